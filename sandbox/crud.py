"""The six generic calls, driven by the facts of a resource."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import partial

from sandbox import removal
from sandbox.account import Account, Collection, encode, last
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import Refused, invalid
from sandbox.inheritance import with_sources
from sandbox.paging import page, trimmed
from sandbox.references import check_references
from sandbox.resource import Resource
from sandbox.schema import Row, checked

COUNTED = "_is_total_size_needed"
FLAGS = {"true": True, "false": False}
RECURSE = "recurse=true"
INHERITANCE = ("none", "partial", "full")


def operations(resource: Resource) -> dict[tuple[str, str], Operation]:
    """Make the operations of a resource by method and path template."""
    whole, one = resource.template, f"{resource.template}/{{id}}"
    table = {
        (whole, "GET"): (listing, resource.list_query, False),
        (whole, "POST"): (create, resource.write_query, True),
        (one, "GET"): (get, resource.item_query, False),
        (one, "PATCH"): (update, resource.write_query, True),
        (one, "PUT"): (replace, resource.write_query, True),
        (one, "DELETE"): (delete, resource.delete_query, False),
    }
    allowed = {whole: resource.collection_methods, one: resource.item_methods}
    return {
        (path, method): Operation(
            partial(run, resource), service=resource.service, query=query, has_body=has_body
        )
        for (path, method), (run, query, has_body) in table.items()
        if method in allowed[path]
    }


def listing(resource: Resource, call: Call) -> Answer:
    """List rows: `GET` on the collection."""
    rows: Iterable[Row] = call.account[resource.path]
    present = resource.present
    if resource.source:
        rows = resource.source(call.account)
    elif present:
        rows = (present(call.account, row) for row in call.account[resource.path])
    return listed_rows(resource, call, rows)


def listed_rows(resource: Resource, call: Call, rows: Iterable[Row]) -> Answer:
    """Answer with the page of these rows that the query asks for."""
    counted = _flag(call, COUNTED)
    inherit = _inherited(call)
    found = page(resource, rows, call.query, counted=counted)
    wanted = call.query.get("_fields")
    if wanted or inherit or not isinstance(rows, Collection):
        shown = [
            shown_row(
                resource,
                with_sources(call.account, resource, row) if inherit else row,
                wanted,
                inherit=inherit,
                listed=True,
            )
            for row in found.rows
        ]
        written = encode(shown)
    else:
        written = b"[" + b",".join(_plain(rows, row) for row in found.rows) + b"]"
    tail = b',"page":{"total_size":"%d"}' % found.total if counted else b""
    return Answer(200, b'{"%s":%s%s}' % (resource.list_key.encode(), written, tail))


def _plain(collection: Collection, row: Row) -> bytes:
    if "inheritance_sources" in row:
        return encode({k: v for k, v in row.items() if k != "inheritance_sources"})
    return collection.written(row)


def get(resource: Resource, call: Call) -> Answer:
    """Read one row: `GET` with its id."""
    row = call.account[resource.path].get(call.ident)
    return one_row(resource, call, row)


def create(resource: Resource, call: Call) -> Answer:
    """Create a row: `POST` on the collection."""
    account = call.account
    row = checked(resource.fields, call.body, partial=False)
    asked = dict(row)
    check_references(account, resource.fields, row)
    if resource.prepare:
        row = resource.prepare(account, row, None)
    account[resource.path].refuse_duplicate(row)
    now = account.now()
    stamps = {name: now for name in ("created_at", "updated_at") if name in resource.fields}
    made = account.add(resource.path, {**row, **stamps})
    if resource.settled:
        resource.settled(account, None, made)
        made = account[resource.path].get(last(str(made[resource.key])))
    # An allocation is named by what was asked for: what was given is new every time.
    natural = resource.natural(asked if _allocates(asked) else made) if resource.natural else ""
    call.wrote(f"create {resource.path} {natural or made[resource.key]}")
    return one_row(resource, call, made, status=resource.service.created)


def update(resource: Resource, call: Call) -> Answer:
    """Change some fields of a row: `PATCH` with its id."""
    before = call.account[resource.path].get(call.ident)
    changes = checked(resource.fields, call.body, partial=True)
    return _put(resource, call, before, kept=before, changes=changes)


def replace(resource: Resource, call: Call) -> Answer:
    """Write a row anew: `PUT` with its id; what the body leaves out is gone."""
    before = call.account[resource.path].get(call.ident)
    changes = checked(resource.fields, call.body, partial=False)
    gone = {one.name for one in resource.fields.values() if not (one.readonly or one.immutable)}
    kept = {name: value for name, value in before.items() if name not in gone}
    return _put(resource, call, before, kept=kept, changes=changes)


def _put(resource: Resource, call: Call, before: Row, *, kept: Row, changes: Row) -> Answer:
    account, collection = call.account, call.account[resource.path]
    check_references(account, resource.fields, changes)
    row = {**copy.deepcopy(kept), **_merged(resource, kept, _changeable(resource, before, changes))}
    if resource.prepare:
        row = resource.prepare(account, row, before)
    collection.refuse_duplicate(row, call.ident)
    if "updated_at" in resource.fields:
        row["updated_at"] = account.now()
    collection.put(call.ident, row)
    if resource.settled:
        resource.settled(account, before, row)
        row = collection.get(call.ident)
    call.wrote(f"update {_label(resource, row)}")
    return one_row(resource, call, row, status=resource.service.changed)


def _changeable(resource: Resource, before: Row, changes: Row) -> Row:
    """Leave out what can never change; it may be sent as it is, in another spelling as well."""
    fixed = {name: value for name, value in changes.items() if resource.fields[name].immutable}
    for name, value in fixed.items():
        if _spelt(value) != _spelt(before.get(name)):
            raise invalid(f"field '{name}' cannot be changed")
    return {name: value for name, value in changes.items() if name not in fixed}


def _spelt(value: object) -> object:
    """Read a name without what does not make it another: case, and the dot at its end."""
    return value.casefold().rstrip(".") if isinstance(value, str) else value


def _merged(resource: Resource, before: Row, changes: Row) -> Row:
    """Complete objects of known fields with what they said before; the others are replaced."""
    merged = dict(changes)
    for name, value in changes.items():
        old = before.get(name)
        if resource.fields[name].of and isinstance(value, dict) and isinstance(old, dict):
            merged[name] = {**old, **value}
    return merged


def delete(resource: Resource, call: Call) -> Answer:
    """Remove a row: `DELETE` with its id."""
    recurse = _recursive(call)
    row = removable(resource, call.account, call.ident)
    remove(resource, call.account, row, recurse=recurse)
    call.wrote(f"delete {_label(resource, row)}")
    return Answer(resource.service.deleted)


def removable(resource: Resource, account: Account, ident: str) -> Row:
    """Find a row that may be removed."""
    row = account[resource.path].find(ident)
    if row is None:
        raise Refused(resource.gone, f"{resource.path} {ident} is not found")
    if resource.deletable:
        resource.deletable(account, row)
    return row


def remove(resource: Resource, account: Account, row: Row, *, recurse: bool = False) -> None:
    """Remove a row, with everything that hangs on it."""
    removal.remove(account, resource.path, row, recurse=recurse)


def _label(resource: Resource, row: Row) -> str:
    """Name a row in the journal."""
    if resource.secret_ids and resource.natural:
        return f"{resource.path} {resource.natural(row)}"
    return str(row[resource.key])


def one_row(resource: Resource, call: Call, row: Row, *, status: int = 200) -> Answer:
    """Answer with one row."""
    if resource.present:
        row = resource.present(call.account, row)
    wanted, inherit = call.query.get("_fields"), _inherited(call)
    if inherit:
        row = with_sources(call.account, resource, row)
    shown = shown_row(resource, row, wanted, inherit=inherit, listed=False)
    return answer(status, {resource.item_key: shown})


def shown_row(
    resource: Resource, row: Row, wanted: str | None, *, inherit: bool, listed: bool
) -> Row:
    """Give a row as the answer carries it."""
    hidden = set(resource.omitted_in_lists) if listed else set()
    if not inherit:
        hidden.add("inheritance_sources")
    shown = {name: value for name, value in row.items() if name not in hidden}
    if inherit and "inheritance_sources" in resource.fields:
        shown.setdefault("inheritance_sources", {})
    return trimmed(resource, shown, wanted) if wanted else shown


def _recursive(call: Call) -> bool:
    options = call.query.get("_options")
    if options not in {None, RECURSE, "recurse=false"}:
        raise invalid(f"Invalid _options: {RECURSE} is expected")
    return options == RECURSE


def _flag(call: Call, name: str) -> bool:
    text = call.query.get(name, "false")
    if text not in FLAGS:
        raise invalid(f"Invalid {name}: true or false is expected")
    return FLAGS[text]


def _inherited(call: Call) -> bool:
    wanted = call.query.get("_inherit", "none")
    if wanted not in INHERITANCE:
        raise invalid(f"Invalid _inherit: one of {', '.join(INHERITANCE)} is expected")
    return wanted != "none"


def _allocates(row: Row) -> bool:
    return "/nextavailable" in str(row.get("address", ""))
