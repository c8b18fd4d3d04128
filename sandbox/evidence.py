"""What lies behind an insight: lists that both generations of the service answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import invalid, missing
from sandbox.paging import whole
from sandbox.resource import Resource, Service
from sandbox.schema import Row

NOT_FOUND = "insight not found"
NO_LIMIT = 100_000
HIDDEN = frozenset({"id", "insight", "first", "last"})
"""Kept beside each entry, never shown: its insight, and the seconds it spans."""
FORM = "%Y-%m-%dT%H:%M:%S.%f"
FRACTION = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One list behind an insight: its key in the answer and the query it takes."""

    key: str
    path: str
    takes: Mapping[str, str] = field(default_factory=dict)
    """Query parameter -> field."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    several: frozenset[str] = frozenset()
    """Parameters that hold a comma list."""
    times: bool = True
    has_limit: bool = True
    default_limit: int = NO_LIMIT
    empty_key: bool = False
    """An empty list is written; otherwise its key is missing."""

    @property
    def query(self) -> frozenset[str]:
        """The names of all parameters."""
        more = {"from", "to"} if self.times else set()
        return frozenset({*self.takes, *more, *({"limit"} if self.has_limit else ())})


def found(call: Call, path: str) -> Row:
    """Find the insight of a call."""
    row = call.account[path].find(call.ident)
    if row is None:
        raise missing(NOT_FOUND)
    return row


def part(service: Service, insights: str, one: Part) -> Operation:
    """Make the call that reads one list behind an insight."""
    return Operation(partial(_listing, insights, one), service=service, query=one.query)


def _listing(insights: str, one: Part, call: Call) -> Answer:
    found(call, insights)
    wanted = {name: word(call, name, one.words.get(name, ())) for name in one.takes}
    first, last = (_moment(call, name) for name in ("from", "to"))
    limit = whole(call.query, "limit", default=one.default_limit, least=1)
    rows = [
        {name: value for name, value in row.items() if name not in HIDDEN}
        for row in call.account[one.path]
        if row["insight"] == call.ident
        and _spans(row, first, last)
        and all(_fits(row, one, name=name, value=value) for name, value in wanted.items() if value)
    ]
    return answer(200, {one.key: rows[:limit]} if rows or one.empty_key else {})


def word(call: Call, name: str, words: tuple[str, ...]) -> str | None:
    """Read a parameter, one of some words if there are any."""
    value = call.query.get(name)
    if value is not None and words and value not in words:
        raise invalid(f"invalid {name}: {value}")
    return value


def _moment(call: Call, name: str) -> float | None:
    text = call.query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.strptime(text, FORM).replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"invalid {name}: YYYY-MM-DDTHH:mm:ss.SSS is expected") from None
    if len(text.rpartition(".")[2]) != FRACTION:
        raise invalid(f"invalid {name}: three digits after the seconds are expected")
    return moment.timestamp()


def _spans(row: Row, first: float | None, last: float | None) -> bool:
    return (first is None or row["last"] >= first) and (last is None or row["first"] <= last)


def _fits(row: Row, one: Part, *, name: str, value: str) -> bool:
    kept = row[one.takes[name]]
    have = {str(item) for item in (kept if isinstance(kept, list) else [kept])}
    if isinstance(kept, bool):
        have = {str(kept).lower()}
    return not have.isdisjoint(value.split(",") if name in one.several else [value])


def store(service: Service, path: str) -> Resource:
    """Make a collection that no path of its own leads to."""
    return Resource(
        service, path, {}, collection_methods=frozenset(), item_methods=frozenset(), ids="token"
    )


def short(seconds: float) -> str:
    """Write a moment as indicators and assets do: milliseconds, no zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime(FORM)[:-3]


def spelled(seconds: float) -> str:
    """Write a moment as events do."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
