"""What the resources of the DNS security service under /api/atcfw/v1 have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from sandbox.account import Account
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.crud import removable, remove, shown_row
from sandbox.errors import invalid, missing, named
from sandbox.paging import page, trimmed
from sandbox.resource import Resource, Service
from sandbox.schema import Row, checked, fields, is_network

ATCFW = Service("/api/atcfw/v1", named, created=201, changed=201, deleted=204, bare_delete=False)
PAGE_QUERY = frozenset({"_offset", "_limit", "_page_token"})
LIST_QUERY = PAGE_QUERY | {"_filter", "_fields"}
TAGGED_QUERY = LIST_QUERY | {"_tfilter", "_torder_by"}
NAME_QUERY = frozenset({"_fields", "name"})
COLLECTION = frozenset({"GET", "POST"})
ITEM = frozenset({"GET", "PUT", "DELETE"})
TEXT_SIGNS = "!= == ~ !~ > < <= >="
NUMBER_SIGNS = "!= == > < <= >="
FLAG_SIGNS = "!= =="
NO_ID = "0"
NAMED = """
    id: integer readonly
    name: string required size=1..256
    description: string size=0..256
    created_time: datetime readonly
    updated_time: datetime readonly
"""
NUMBERS = fields("ids: integers required")
TEXTS = fields("ids: strings required")
_DOMAIN = re.compile(r"(?i)^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$")


def is_item(value: object) -> bool:
    """Tell whether this is a domain name, an address or a network."""
    return isinstance(value, str) and bool(is_network(value) or _DOMAIN.match(value))


def timed(account: Account, row: Row, before: Row | None) -> Row:
    """Add when a row was made and changed."""
    now = account.now()
    return {**row, "created_time": before["created_time"] if before else now, "updated_time": now}


def by_name(resource: Resource) -> Operation:
    """Make the call that reads a row by id, or by name with the id 0."""
    return Operation(partial(_read, resource), service=resource.service, query=resource.item_query)


def _read(resource: Resource, call: Call) -> Answer:
    return shown(resource, call, found(resource, call))


def found(resource: Resource, call: Call, fits: Callable[[Row], bool] | None = None) -> Row:
    """Find the row of a call by id, or by name with the id 0."""
    if call.ident != NO_ID:
        return call.account[resource.path].get(call.ident)
    name = call.query.get("name")
    if not name:
        raise invalid("name is needed with id 0")
    for row in call.account[resource.path]:
        if row["name"] == name and (fits is None or fits(row)):
            return row
    raise missing(f"{resource.path} '{name}' is not found")


def shown(resource: Resource, call: Call, row: Row) -> Answer:
    """Answer one row."""
    if resource.present:
        row = resource.present(call.account, row)
    wanted = call.query.get("_fields")
    shape = shown_row(resource, row, wanted, inherit=False, listed=False)
    return answer(200, {resource.item_key: shape})


def delete_many(resource: Resource) -> Operation:
    """Make the call that deletes several rows, all or none."""
    return Operation(partial(_delete_many, resource), service=resource.service, has_body=True)


def _delete_many(resource: Resource, call: Call) -> Answer:
    table = TEXTS if resource.secret_ids else NUMBERS
    ids = [str(one) for one in checked(table, call.body, partial=False)["ids"]]
    if not ids or len(set(ids)) < len(ids):
        raise invalid("ids cannot be empty or given twice")
    rows = [removable(resource, call.account, ident) for ident in ids]
    for row in rows:
        remove(resource, call.account, row)
    call.wrote(f"delete {resource.path} {','.join(str(row['name']) for row in rows)}")
    return Answer(resource.service.deleted)


def computed(resource: Resource, call: Call, rows: Iterable[Row]) -> Answer:
    """Answer a list whose rows are stored nowhere."""
    kept = page(resource, rows, call.query).rows
    wanted = call.query.get("_fields")
    return answer(
        200, {"results": [trimmed(resource, row, wanted) if wanted else row for row in kept]}
    )
