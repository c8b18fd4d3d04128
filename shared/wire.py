"""From a row and its arguments to the request that goes out, and back from the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from shared.catalog import (
    WITH_BODY,
    AllPages,
    Body,
    Conditions,
    Contains,
    Cut,
    Kind,
    Operation,
    Path,
    Pick,
    Query,
    RawFilter,
    Where,
)
from shared.expressions import comparison
from shared.identifiers import bare, segment
from shared.sealing import redacted

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the Infoblox API. `template` is the path for logs and metrics: no ids.

    `secrets` are the parts of the path that nobody may read in a message.
    """

    method: str
    path: str
    template: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json | None = None
    safe: bool = True
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def shown(self) -> str:
        """Return the path as people may see it."""
        return self.template if self.secrets else self.path

    def with_query(self, **changes: str) -> "Request":
        """Return the request with these query parameters set."""
        return replace(self, query=tuple((dict(self.query) | changes).items()))


def build(operation: Operation, arguments: Mapping[str, Any], *, mark: str = "") -> Request:
    """Return the request of a tool; `mark` is the job id a created object is tagged with.

    Raises ValueError when an id could leave the route, whatever was validated before.
    """
    if operation.path is None:
        raise ValueError(f"{operation.name} is not a single request")
    placed = {
        name: (place, arguments[name])
        for name, place in operation.places.items()
        if arguments.get(name) is not None
    }
    parts = {
        name: quote(str(value) if place.free else segment(bare(str(value))), safe="")
        for name, (place, value) in placed.items()
        if isinstance(place, Path)
    }
    return Request(
        method=operation.method,
        path=operation.path.format(**parts),
        template=operation.path,
        query=_query(placed),
        body=_body(operation, placed, mark=mark) if _has_body(operation) else None,
        safe=operation.kind is Kind.READ,
        secrets=tuple(parts[name] for name in operation.secret_path),
    )


PAGE = "1000"


def _query(placed: Mapping[str, tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    query = {}
    filters: list[str] = []
    for place, value in placed.values():
        match place:
            case Query(name, None):
                query[name] = ",".join(value) if isinstance(value, list) else str(value)
            case Query(name, str(text)) if value:
                query[name] = text
            case AllPages() if value:
                query["_limit"] = PAGE
            case _:
                filters += _filters(place, value)
    if filters:
        query["_filter"] = " and ".join(filters)
    if any(isinstance(place, Contains) and value for place, value in placed.values()):
        # The worker filters by itself and needs every row.
        query |= {"_limit": PAGE, "_offset": "0"}
    return tuple(query.items())


def _filters(place: object, value: Any) -> list[str]:
    match place:
        case Where(field, operator):
            return [comparison(field, operator, value)]
        case Conditions():
            return [comparison(it["field"], it["operator"], it["value"]) for it in value]
        case RawFilter():
            return [f"({value})"]
    return []


def _has_body(operation: Operation) -> bool:
    """Tell whether the request has a body; a DELETE has one where an argument is placed in it."""
    placed = (isinstance(place, Body) for place in operation.places.values())
    return operation.method in WITH_BODY or any(placed)


def _body(operation: Operation, placed: Mapping[str, tuple[Any, Any]], *, mark: str) -> Json:
    body: Json = dict(operation.fixed)
    for name, (place, value) in placed.items():
        if isinstance(place, Body):
            # Copied, because what is put beside it must not change the arguments of the job.
            put(body, place.place or name, _given(value))
    for name in placed.keys() & operation.implied.keys():
        put(body, *operation.implied[name])
    if operation.marker and mark:
        tags = body.get(operation.marker) or {}
        body[operation.marker] = {**tags, Operation.MARKER_TAG: mark}
    return body


def _given(value: Any) -> Any:
    """Return a copy without what was left out, at any depth: a null may mean something else."""
    if isinstance(value, dict):
        return {name: _given(inner) for name, inner in value.items() if inner is not None}
    return [_given(inner) for inner in value] if isinstance(value, list) else value


def put(body: Json, place: str, value: object) -> None:
    """Set a value at a dotted place, making the objects and lists in between."""
    node: Any = body
    parts = place.split(".")
    for part, following in pairwise(parts):
        fresh: Any = [] if following.isdecimal() else {}
        node = _held(node, part, fresh)
    if isinstance(node, list):
        node.append(value)
    else:
        node[parts[-1]] = value


def _held(node: Any, part: str, fresh: Any) -> Any:
    if not isinstance(node, list):
        return node.setdefault(part, fresh)
    if len(node) <= int(part):
        node.append(fresh)
    return node[int(part)]


def pick(body: object, place: str) -> Any:
    """Return the value at a dotted place, or None where there is none."""
    for part in place.split("."):
        if not isinstance(body, Mapping):
            return None
        body = body.get(part)
    return body


def unwrapped(operation: Operation, body: object) -> Any:
    """Return what is in an answer; `a|b` is for answers that are wrapped in one of several ways."""
    found = (pick(body, place) for place in operation.envelope.split("|"))
    return next((inside for inside in found if inside is not None), None)


def wrapped(operation: Operation, rows: list[Any]) -> Json:
    """Return rows as an answer would hold them."""
    return {operation.envelope.partition("|")[0]: rows}


def shown(operation: Operation, row: Any) -> Any:
    """Return an object as callers see it: without what nobody may see, in the API's usual words."""
    if not isinstance(row, Mapping):
        return row
    said = {
        name: words.get(str(row[name]), row[name])
        for name, words in operation.spelled.items()
        if name in row
    }
    return redacted(dict(row) | said, operation.hidden)


def rows_of(operation: Operation, body: object) -> list[Any]:
    """Return the rows of a list answer; a missing key is an empty list."""
    listed = unwrapped(operation, body)
    if isinstance(listed, Mapping):
        return [listed]
    return list(listed) if isinstance(listed, list) else []


def result_of(
    operation: Operation, arguments: Mapping[str, Any], body: object, *, ended: bool = True
) -> Json | None:
    """Return what the caller sees of a good answer: an object's fields, or items and a cursor.

    `ended` is false where the worker that reads all pages stopped before the last one.
    """
    if operation.single:
        one = unwrapped(operation, body)
        found = one if isinstance(one, Mapping) else (body if isinstance(body, Mapping) else None)
        return picked(operation, arguments, shown(operation, found)) if found else None
    rows = [shown(operation, row) for row in rows_of(operation, body)]
    result = _rows_result(operation, arguments, body, rows=rows, ended=ended)
    return result | {"items": [picked(operation, arguments, row) for row in result["items"]]}


def picked(operation: Operation, arguments: Mapping[str, Any], row: Any) -> Any:
    """Return the fields of an object that were asked for, where the API cannot choose them."""
    for name, place in operation.places.items():
        if isinstance(place, Pick) and arguments.get(name) and isinstance(row, Mapping):
            return {field: row[field] for field in arguments[name].split(",") if field in row}
    return row


def _rows_result(
    operation: Operation,
    arguments: Mapping[str, Any],
    body: object,
    *,
    rows: list[Any],
    ended: bool,
) -> Json:
    offset, limit = arguments.get("offset", 0), arguments.get("limit", len(rows) + 1)
    matched = narrowed(operation, arguments, rows)
    if matched is not rows:
        page = matched[offset : offset + limit]
        more = len(matched) > offset + limit and "offset" in arguments
        return _page(
            page,
            next_offset=offset + limit if more else None,
            total=len(matched) if ended else None,
        )
    after = offset + len(rows)
    if reads_all_pages(operation, arguments):
        return _page(rows, next_offset=None if ended else after, total=after if ended else None)
    full = len(rows) >= limit and "offset" in arguments
    return _page(rows, next_offset=after if full else None, total=_total(body))


def _page(rows: list[Any], *, next_offset: int | None, total: int | None) -> Json:
    return {"items": rows, "next_offset": next_offset, "total": total}


def _total(body: object) -> int | None:
    # A 64-bit number, which JSON of this API writes as a text.
    told = str(pick(body, "page.total_size"))
    return int(told) if told.isdecimal() else None


def narrowed(operation: Operation, arguments: Mapping[str, Any], rows: list[Any]) -> list[Any]:
    """Return the rows that pass the filters the API does not have; the same list if none apply."""
    for name, place in operation.places.items():
        if isinstance(place, Contains) and arguments.get(name):
            part = str(arguments[name]).lower()
            rows = [row for row in rows if part in str(pick(row, place.field)).lower()]
        elif isinstance(place, Cut):
            rows = rows.copy()
    return rows


def reads_all_pages(operation: Operation, arguments: Mapping[str, Any]) -> bool:
    """Tell whether the worker reads every page to answer."""
    return any(
        isinstance(place, Contains | AllPages) and arguments.get(name)
        for name, place in operation.places.items()
    )
