"""Finding out whether a request of unknown outcome was applied: look before sending again."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.catalog import NEXT_AVAILABLE, Operation
from shared.expressions import comparison
from shared.identifiers import bare
from shared.recovery import Recovery
from shared.wire import PAGE, Request, pick
from workers.caller import Caller
from workers.csp import Answer, Lost, NotSent

Json = dict[str, Any]
_MOST_PAGES = 100


class LookupFailed(Exception):
    """A look-up that was not answered well; `reply` is what came instead."""

    def __init__(self, reply: Answer | NotSent | Lost) -> None:
        said = reply.status if isinstance(reply, Answer) else reply
        super().__init__(f"looking it up was answered: {said}")
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up says: our object, somebody else's, or none."""

    whose: Literal["own", "foreign", "nobody"]
    item: Json | None = None


def look_up(
    caller: Caller, recovery: Recovery, request: Request, *, owners: Collection[str]
) -> Found:
    """Look for the object a request would have created, by its natural key and its owners' ids."""
    path, body = recovery.path or request.path, request.body or {}
    wanted = {field: pick(body, place) for field, place in recovery.where.items()}
    if any(NEXT_AVAILABLE in str(value) for value in wanted.values()):
        # What was allocated is not known; only the tag can tell.
        return _marked(caller, path, owners)
    expression = " and ".join(
        comparison(field, "==", value) for field, value in wanted.items() if value is not None
    )
    foreign: Json | None = None
    for item in every_row(caller, path, {"_filter": expression}):
        # Our mark says more than a value, which the API may have written in another way.
        if _is_own(item, owners):
            return Found("own", item)
        if _matches(recovery, item, body):
            foreign = item
    return Found("foreign", foreign) if foreign else Found("nobody")


def _marked(caller: Caller, path: str, owners: Collection[str]) -> Found:
    for owner in owners:
        marked = {"_tfilter": comparison(Operation.MARKER_TAG, "==", owner)}
        for row in every_row(caller, path, marked):
            if _is_own(row, owners):
                return Found("own", row)
    return Found("nobody")


def _is_own(item: Json, owners: Collection[str]) -> bool:
    return (item.get("tags") or {}).get(Operation.MARKER_TAG) in owners


def _matches(recovery: Recovery, item: Json, body: Mapping[str, Any]) -> bool:
    return all(
        _comparable(field, pick(item, field)) == _comparable(field, pick(body, place))
        for field, place in recovery.check.items()
    )


def _comparable(field: str, value: Any) -> Any:
    """Return a value without what the API adds to an id at will."""
    return bare(value) if field.endswith("_id") and isinstance(value, str) else value


def every_row(caller: Caller, path: str, query: Mapping[str, str]) -> Iterator[Json]:
    """Return the rows of all pages of a list under `results`."""
    for page in range(_MOST_PAGES):
        offset = page * int(PAGE)
        request = Request("GET", path, path).with_query(
            **{**query, "_limit": PAGE, "_offset": str(offset)}
        )
        answer = caller(request)
        if not isinstance(answer, Answer) or not answer.ok:
            raise LookupFailed(answer)
        rows = pick(answer.body, "results") or []
        yield from rows
        if len(rows) < int(PAGE):
            return
