"""The question before several jobs are changed: which, how many, and in which state they are.

What is posted then names the state each was in here, so that a page that is out of date changes
nothing that has moved on since.
"""

import re
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request

from dashboard.pages.jobs import ORDER, wanted
from dashboard.pages.page import BASE, Page
from dashboard.pages.rows import row
from dashboard.pages.watch import Watch
from dashboard.parts import Json
from shared.errors import InvalidArguments
from shared.ledger import FINAL, STATES
from shared.ledger.glances import Filter
from shared.ledger.reading import Place

_REDOABLE = frozenset({"failed", "dead", "unknown", "cancelled"})
# What may be done to a job in which state.
APPLIES = {"cancel": STATES - FINAL, "replay": _REDOABLE, "delete": FINAL}
_ABOUT = {
    "cancel": "What was not sent to Infoblox yet is not sent any more; what was sent goes on.",
    "replay": "Each is done again, after a look at what Infoblox has.",
    "delete": "The records are forgotten. Nothing in Infoblox changes.",
}
_MOST_CHOSEN = 200
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_SHOWN = 20


async def confirm(watch: Watch, request: Request) -> Json:
    """Return the jobs that an action would change."""
    given = request.query_params
    action = given.get("action", "")
    if action not in APPLIES:
        raise InvalidArguments(f"action: one of {', '.join(APPLIES)}")
    back = given.get("back", "")
    found = {
        "action": action,
        "all": bool(given.get("all")),
        "back_to": back if local(back) else f"{BASE}/jobs",
        "words": {
            "title": f"{action.capitalize()} jobs",
            "about": _ABOUT[action],
            "button": action.capitalize(),
        },
        "filter": {
            name: given.get(name, "") for name in ("queue", "state", "tool", "account", "text")
        },
    }
    jobs, count = await (_matching if found["all"] else _chosen)(watch, request, action)
    choices = await _choices(watch, request, action) if found["all"] else []
    return found | {"jobs": jobs, "count": count, "choices": choices}


def local(path: str) -> bool:
    """Tell whether a path leads back to a page of ours and nowhere else."""
    parts = urlsplit(path)
    return not (parts.scheme or parts.netloc) and path.startswith(BASE) and "\\" not in path


async def _chosen(watch: Watch, request: Request, action: str) -> tuple[list[Json], int]:
    ids = [one for one in request.query_params.getlist("job") if _ID.fullmatch(one)]
    places = [Place(0, one) for one in ids[:_MOST_CHOSEN]]
    rows = await watch.ops.store.ask(watch.glances.rows, places)
    jobs = [row(one, watch.ops.settings) for one in rows]
    apt = [one for one in jobs if one["state"] in APPLIES[action]]
    return apt, len(apt)


async def _matching(watch: Watch, request: Request, action: str) -> tuple[list[Json], int]:
    wish = await _wish(watch, request)
    if len(wish.states & APPLIES[action]) != 1:
        return [], 0
    ids, _more = await watch.ops.store.ask(watch.glances.matching, wish)
    rows = await watch.ops.store.ask(watch.glances.rows, [Place(0, one) for one in ids[:_SHOWN]])
    return [row(one, watch.ops.settings) for one in rows], len(ids)


async def _choices(watch: Watch, request: Request, action: str) -> list[Json]:
    """Return the states there are to choose from, where the filter names none."""
    wish = await _wish(watch, request)
    if wish.states:
        return []
    found = []
    for state in ORDER:
        if state in APPLIES[action]:
            one = replace(wish, states=frozenset({state}))
            ids, _more = await watch.ops.store.ask(watch.glances.matching, one)
            query = {**request.query_params, "state": state}
            found.append({"state": state, "count": len(ids), "href": f"?{urlencode(query)}"})
    return [one for one in found if one["count"]]


async def _wish(watch: Watch, request: Request) -> Filter:
    accounts = await watch.ask("accounts", watch.ops.store.ledger.accounts)
    return wanted(request.query_params, accounts)


PAGE = Page(
    "/confirm",
    "confirm.html",
    "Confirm",
    "the jobs that an action would change, before it does",
    confirm,
    still=True,
)
