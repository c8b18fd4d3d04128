"""Jobs: every one by queue, tool, state and text, a page at a time."""

from typing import Any

from starlette.requests import Request

from dashboard.pages.page import Page, parameter
from dashboard.pages.rows import row
from dashboard.pages.watch import Watch
from dashboard.parts import Json
from shared.catalog import Queue
from shared.errors import InvalidArguments
from shared.ledger import STATES
from shared.ledger.glances import Filter
from shared.operations import CATALOG

ROWS = 50
_LONGEST_TEXT = 200
# Where lists do not change much a look every other second is enough.
EVERY_SECONDS = 2.0
CURSOR = parameter(
    "cursor", "next_cursor of the page before", pattern="^([0-9]{1,16}-[A-Za-z0-9-]{1,64})?$"
)
ORDER = ("accepted", "running", "waiting", "done", "failed", "unknown", "cancelled", "dead")


def wanted(given: Any, accounts: dict[str, str]) -> Filter:
    """Return the filter that a query asks for; raise InvalidArguments for what there is not."""
    queue, state, tool = (given.get(name, "") for name in ("queue", "state", "tool"))
    account = given.get("account", "")
    if queue and queue not in set(Queue):
        raise InvalidArguments(f"queue: there is none called {queue}")
    if state and state not in STATES:
        raise InvalidArguments(f"state: one of {', '.join(ORDER)}")
    if account and account not in accounts:
        raise InvalidArguments(f"account: there is none called {account}")
    return Filter(
        queues=(Queue(queue),) if queue else tuple(Queue),
        states=frozenset({state}) if state else frozenset(),
        tools=frozenset({tool}) if tool else frozenset(),
        account=accounts[account] if account else "",
        text=given.get("text", "").strip()[:_LONGEST_TEXT],
    )


async def jobs(watch: Watch, request: Request) -> Json:
    """Return a page of jobs, newest first."""
    store, given = watch.ops.store, request.query_params
    accounts = await watch.ask("accounts", store.ledger.accounts)
    wish, cursor = wanted(given, accounts), given.get("cursor") or None
    question = ("jobs", wish, cursor)
    found = await watch.ask(question, lambda: watch.glances.search(wish, limit=ROWS, cursor=cursor))
    names = {tag: name for name, tag in accounts.items()}
    return {
        "jobs": [named(row(one, watch.ops.settings), names) for one in found.rows],
        "next_cursor": found.cursor,
        "looked_at": found.looked_at,
        "filter": {
            name: given.get(name, "") for name in ("queue", "state", "tool", "account", "text")
        },
        "accounts": sorted(accounts),
    }


def named(found: Json, names: dict[str, str]) -> Json:
    """Return a row with its account's name instead of the tag that stands for the credential."""
    return found | {"account": names.get(found["account"], "unknown")}


def choices() -> Json:
    """Return what the form of the page offers."""
    return {"queues": list(Queue), "states": ORDER, "tools": sorted(CATALOG)}


PAGE = Page(
    "/jobs",
    "jobs.html",
    "Jobs",
    "jobs by queue, state, tool, account and text, by pages",
    jobs,
    every_seconds=EVERY_SECONDS,
    more=choices,
    parameters=(
        parameter("queue", "jobs of this queue", enum=["", *Queue]),
        parameter("state", "jobs in this state", enum=["", *ORDER]),
        parameter("tool", "jobs of this tool"),
        parameter("text", "a text in id, tool, arguments, note or who asked"),
        CURSOR,
    ),
)
