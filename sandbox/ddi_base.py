"""What all resources under /api/ddi/v1 have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, Operation
from sandbox.crud import one_row, update
from sandbox.errors import conflict, listed
from sandbox.resource import Resource, Service
from sandbox.schema import Fields, Row, fields
from sandbox.shapes import SHAPES

DDI = Service("/api/ddi/v1", listed, unknown_path=501, wrong_method=501)
NEXT = "/nextavailable"

PAGE_QUERY = frozenset({"_offset", "_limit", "_page_token", "_is_total_size_needed"})
PLAIN_QUERY = PAGE_QUERY | {"_order_by", "_fields", "_filter"}
TAG_QUERY = frozenset({"_tfilter", "_torder_by"})
INHERIT_QUERY = frozenset({"_inherit"})
RECURSE_QUERY = frozenset({"_options"})
METHODS = {"list": "GET", "create": "POST", "get": "GET", "update": "PATCH", "delete": "DELETE"}
EVERY = "list create get update delete"
READ_ONLY = "list get"

STAMPS = """
    created_at: datetime readonly
    updated_at: datetime readonly
"""
STAMPED = f"""
    id: string readonly
    comment: string size=0..1024
    tags: object
{STAMPS}"""


def collection(
    path: str, table: str | Fields, *, serves: str = EVERY, inherit: bool = False, **more: Any
) -> Resource:
    """Describe a collection: its table of fields, the calls it serves, and what is special.

    Tags and inheritance are asked for in the query only where the fields know of them.
    """
    known = fields(table, SHAPES) if isinstance(table, str) else table
    asked = INHERIT_QUERY if inherit else frozenset[str]()
    calls = serves.split()
    if "natural" not in more and more.get("unique"):
        more["natural"] = by(*more["unique"])
    return Resource(
        DDI,
        path,
        known,
        prefix=f"{path}/",
        collection_methods=_methods(calls, ("list", "create")),
        item_methods=_methods(calls, ("get", "update", "delete")),
        list_query=PLAIN_QUERY
        | asked
        | (TAG_QUERY if "tags" in known else frozenset())
        | more.pop("also_listed_by", frozenset()),
        item_query=frozenset({"_fields"}) | asked | more.pop("also_read_by", frozenset()),
        write_query=asked,
        **more,
    )


def _methods(calls: Iterable[str], these: Iterable[str]) -> frozenset[str]:
    return frozenset(METHODS[one] for one in these if one in calls)


def by(*names: str) -> Callable[[Row], str]:
    """Name a row by these fields; an allocation also by its own words."""

    def natural(row: Row) -> str:
        text = " ".join(f"{name}={_short(row.get(name))}" for name in names)
        if NEXT in str(row.get("address")):
            text += f" name={row.get('name')} comment={row.get('comment')}"
        return text

    return natural


def _short(value: object) -> object:
    if isinstance(value, str) and NEXT not in value:
        return last(value)
    return value


def unless_named_in(*paths: str) -> Callable[[Account, Row], None]:
    """Refuse to remove a row that is named somewhere inside a row of these collections."""

    def refuse(account: Account, row: Row) -> None:
        wanted = row["id"].encode()
        for path in paths:
            collection = account[path]
            others = (one for one in collection if one["id"] != row["id"])
            if any(wanted in collection.written(one) for one in others):
                raise conflict(f"{row['id']} is in use: referenced by a {path} object")

    return refuse


def operation(
    template: str,
    method: str,
    run: Callable[[Call], Answer],
    *,
    query: frozenset[str] = frozenset(),
) -> dict[tuple[str, str], Operation]:
    """Describe a call that is none of the generic ones; what is no `GET` has a body."""
    has_body = method != "GET"
    made = Operation(run, service=DDI, query=query, has_body=has_body)
    return {(f"{DDI.prefix}/{template}", method): made}


def singleton(path: str) -> dict[tuple[str, str], Operation]:
    """Describe the calls on an object of which an account has exactly one."""
    return {
        **operation(path, "GET", partial(_read_only, path), query=frozenset({"_fields"})),
        **operation(path, "PATCH", partial(_update_only, path)),
    }


def _read_only(path: str, call: Call) -> Answer:
    return one_row(call.account[path].resource, call, next(iter(call.account[path])))


def _update_only(path: str, call: Call) -> Answer:
    row = next(iter(call.account[path]))
    whole = replace(call, ident=last(row["id"]))
    answer = update(call.account[path].resource, whole)
    call.wrote(whole.natural_key or "")
    return answer
