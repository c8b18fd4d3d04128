"""The query of a list: filter, order, page, fields."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sandbox.account import Collection
from sandbox.errors import invalid
from sandbox.filtering import Predicate, Vocabulary, compile_filter, pins, reach
from sandbox.resource import FieldWords, Resource, TagWords
from sandbox.schema import Row

DEFAULT_LIMIT = 1000
ORDER_PARTS = 2


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page and the number of rows on all pages."""

    rows: list[Row]
    total: int


def page(
    resource: Resource, rows: Iterable[Row], query: Mapping[str, str], *, counted: bool = True
) -> Page:
    """Apply the query of a list to the rows; the total is that of all pages only if counted."""
    limit = whole(query, "_limit", default=DEFAULT_LIMIT, least=1)
    offset = whole(query, "_offset", default=0, least=0)
    if "_page_token" in query:
        raise invalid("Invalid page token")
    found = chosen(resource, ordered(resource, _narrowed(rows, query), query), query)
    if not counted:
        wanted = list(islice(found, offset, offset + limit))
        return Page(wanted, len(wanted))
    every = list(found)
    return Page(every[offset : offset + limit], len(every))


def _narrowed(rows: Iterable[Row], query: Mapping[str, str]) -> Iterable[Row]:
    """Take the rows an index finds instead of all of them, where the filter allows it."""
    if not isinstance(rows, Collection):
        return rows
    pinned = [
        (name, value)
        for name, value in pins(query.get("_filter", "")).items()
        if name in rows.resource.indexed
    ]
    if not pinned:
        return rows
    return rows.having(*min(pinned, key=lambda pair: rows.count(*pair)))


def chosen(resource: Resource, rows: Iterable[Row], query: Mapping[str, str]) -> Iterable[Row]:
    """Keep the rows that both filters let through."""
    for name, vocabulary in (("_filter", FieldWords(resource)), ("_tfilter", TagWords())):
        if query.get(name):
            rows = filter(_predicate(name, query[name], vocabulary), rows)
    return rows


def _predicate(name: str, expression: str, vocabulary: Vocabulary) -> Predicate:
    predicate = compile_filter(expression, vocabulary)
    if name == "_filter":
        return predicate
    return lambda row: predicate(row.get("tags") or {})


def ordered(resource: Resource, rows: Iterable[Row], query: Mapping[str, str]) -> Iterable[Row]:
    """Sort by the fields and the tags asked for."""
    asked = (query.get("_torder_by"), query.get("_order_by"))
    if not any(asked):
        return rows
    if not isinstance(rows, Collection):
        return _ordered(resource, list(rows), asked)
    # The pages of a list ask for the same order again and again.
    return rows.sorted(asked, lambda: _ordered(resource, list(rows), asked))


def _ordered(
    resource: Resource, rows: list[Row], asked: tuple[str | None, str | None]
) -> Sequence[Row]:
    for name, value, known in (
        ("_torder_by", asked[0], None),
        ("_order_by", asked[1], resource),
    ):
        for part in reversed(value.split(",") if value else []):
            rows = _sorted_by(name, part.split(), rows, resource=known)
    return rows


def _sorted_by(
    name: str, words: list[str], rows: list[Row], *, resource: Resource | None
) -> list[Row]:
    direction = words[1] if len(words) == ORDER_PARTS else "asc"
    if not 1 <= len(words) <= ORDER_PARTS or direction not in {"asc", "desc"}:
        raise invalid(f"Invalid {name}: {' '.join(words)!r}")
    if resource is not None:
        require_known(resource, words[0])
    path = tuple(words[0].split(".")) if resource else ("tags", words[0])
    return sorted(rows, key=lambda row: _rank(reach(row, path)), reverse=direction == "desc")


def _rank(value: Any) -> tuple[int, Any, str]:
    """Numbers before addresses before text before nothing."""
    if isinstance(value, (int, float)):
        return 0, value, ""
    if not isinstance(value, str):
        return 3, 0, ""
    try:
        return 1, int(ipaddress.ip_address(value)), ""
    except ValueError:
        return 2, 0, value


def require_known(resource: Resource, name: str) -> None:
    """Refuse a name that is no field."""
    if name.partition(".")[0] not in resource.fields:
        raise invalid(f"Unknown field: {name}")


def whole(query: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    """Read a whole number from the query."""
    text = query.get(name)
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        raise invalid(f"Invalid {name}: an integer is expected") from None
    if number < least:
        raise invalid(f"Invalid {name}: {number} is less than {least}")
    return number


def trimmed(resource: Resource, row: Row, wanted: str) -> Row:
    """Keep only the fields asked for; dots reach into objects."""
    kept: Row = {}
    for name in wanted.split(","):
        require_known(resource, name.strip())
        _copy(row, kept, name.strip().split("."))
    return kept


def _copy(row: Row, kept: Row, path: list[str]) -> None:
    for step in path[:-1]:
        inner = row.get(step)
        if not isinstance(inner, dict):
            return
        row, kept = inner, kept.setdefault(step, {})
    if path[-1] in row:
        kept[path[-1]] = row[path[-1]]
