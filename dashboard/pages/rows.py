"""Jobs as the pages show them: names, waits, attempts; secrets are taken out before anything else.

What is sealed in a record stays in the store: neither the sealed text nor the place's value gets
here. Of a tool that this release does not know the arguments are not shown at all.
"""

import re
from collections.abc import Mapping
from typing import Any

from dashboard.pages.drawing import kind_of
from dashboard.parts import Json
from shared.ledger import FINAL, Attempt
from shared.ledger.glances import Glance
from shared.operations import CATALOG
from shared.sealing import REDACTED, SEALED, answer_places, redacted
from shared.settings import Settings
from shared.wire import pick

_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})\b")
_LONGEST_SUBJECT = 90
# Where a call says what it is about, the best first.
_SUBJECTS = ("name", "fqdn", "address", "service_name", "query", "id")


def shown_arguments(tool: str, arguments: Any) -> Any:
    """Return arguments as people may see them."""
    row = CATALOG.get(tool)
    if row is None:
        return {"not shown": "this release does not know the tool, nor which of them are secret"}
    return without_sealed(redacted(arguments, row.sensitive))


def shown_result(tool: str, result: Any) -> Any:
    """Return an answer as people may see it: what only the caller gets is left out."""
    row = CATALOG.get(tool)
    if row is None or result is None:
        return None
    return without_sealed(redacted(result, answer_places((*row.sealed, *row.hidden))))


def without_sealed(value: Any) -> Any:
    """Return a copy in which nothing is sealed any more, but taken out."""
    if isinstance(value, Mapping):
        if SEALED in value:
            return REDACTED
        return {name: without_sealed(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [without_sealed(entry) for entry in value]
    return value


def subject(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return what a call is about, in a few words: a name, or the arguments that were given."""
    shown = shown_arguments(tool, arguments)
    service = pick(shown, "vpn_payload.universal_service") or {}
    if named := service.get("name") or service.get("id"):
        return str(named)
    for name in _SUBJECTS:
        if shown.get(name):
            return str(shown[name])
    given = [
        f"{name}={value}"
        for name, value in shown.items()
        if value not in (None, "", [], {}, False) and isinstance(value, (str, int, float))
    ]
    text = " ".join(given)
    return text if len(text) <= _LONGEST_SUBJECT else f"{text[: _LONGEST_SUBJECT - 1]}…"


def trace_id(trace: str) -> str | None:
    """Return the id of the trace that a record's context names."""
    found = _TRACE.match(trace)
    return found[1] if found else None


def trace_url(settings: Settings, trace: str) -> str | None:
    """Return where a trace can be looked at, if a setting says where."""
    found = trace_id(trace)
    if settings.trace_url is None or found is None:
        return None
    return settings.trace_url.replace("{trace_id}", found)


def most_tries(tool: str, settings: Settings) -> int | None:
    """Return how often a write is tried; a read is not tried, it is asked again."""
    row = CATALOG.get(tool)
    return settings.vpn_max_tries if row and row.writes else None


def row(glance: Glance, settings: Settings) -> Json:
    """Return one row of a list."""
    state, tool = glance.text("state"), glance.text("tool")
    accepted, finished = glance.seconds("accepted") or 0.0, glance.seconds("finished")
    due = glance.seconds("due") if state == "waiting" else None
    last = glance.last
    return {
        "id": glance.text("id"),
        "tool": tool,
        "queue": glance.text("queue"),
        "kind": glance.text("kind"),
        "state": state,
        "seen": f"{state}:{glance.number('fence')}",
        "final": state in FINAL,
        "subject": subject(tool, glance.arguments),
        "client": glance.text("client"),
        "asked_by": glance.text("asked_by"),
        "account": glance.text("account"),
        "accepted": accepted,
        "finished": finished,
        "elapsed_seconds": round(max(0.0, (finished or glance.now) - accepted), 3),
        "attempt": glance.number("tries") or glance.number("starts"),
        "tries": glance.number("tries"),
        "most_tries": most_tries(tool, settings),
        "starts": glance.number("starts"),
        "followers": glance.number("followers"),
        "next_at": due,
        "next_seconds": round(max(0.0, due - glance.now), 1) if due else None,
        "behind": glance.fields["behind"],
        "note": glance.text("note"),
        "cancelling": bool(glance.fields["cancel"]) and state not in FINAL,
        "marks": ["used"] * (last.number - 1) + [_kind(last)] if last else [],
        "last_status": last.status if last else None,
        "last_retry_after": last.retry_after if last else None,
        "last_why": last.why if last else "",
        "owner": glance.fields["owner"],
        "error": glance.problem.as_dict() if glance.problem else None,
    }


def _kind(one: Attempt) -> str:
    return kind_of(one.status, ended=one.ended is not None, lost=one.lost)


def attempt(one: Attempt, now: float) -> Json:
    """Return one attempt as the timeline shows it."""
    return {
        "number": one.number,
        "started": one.started,
        "ended": one.ended,
        "seconds": round((one.ended or now) - one.started, 3),
        "status": one.status,
        "kind": _kind(one),
        "retry_after": one.retry_after,
        "request_id": one.request_id,
        "wait_seconds": one.wait_seconds,
        "wait_why": one.wait_why,
        "why": one.why,
        "lost": one.lost,
    }
