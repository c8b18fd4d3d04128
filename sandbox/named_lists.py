"""Custom lists and threat lists, and the items in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.account import Account
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import Refused, invalid
from sandbox.paging import chosen, ordered, whole
from sandbox.resource import Resource
from sandbox.rules import LISTS, OWN_LISTS, refuse_used, rename, users
from sandbox.schema import Row, checked, fields
from sandbox.security import (
    ATCFW,
    COLLECTION,
    ITEM,
    NAMED,
    TAGGED_QUERY,
    delete_many,
    found,
    is_item,
    shown,
    timed,
)

CREATABLE = "custom_list"
NO_LIMIT = 100_000
NAMED_LIST = f"""{NAMED}
    type: string required words=custom_list|threat_insight|fast_flux|dga|dnsm|\
threat_insight_nde|default_allow|default_block
    item_count: integer readonly
    items: strings
    items_described: objects
    threat_level: string words=INFO|LOW|MEDIUM|HIGH
    confidence_level: string words=LOW|MEDIUM|HIGH
    policies: strings readonly
    tags: object
"""
LEVELS = fields("""
    id: integer
    threat_level: string words=INFO|LOW|MEDIUM|HIGH
    confidence_level: string words=LOW|MEDIUM|HIGH
    tags: object
""")
ITEMS = fields("id: integer\nitems: strings\nitems_described: objects")
MANY = fields("ids: integers required\ninserted_items_described: objects required")
ENTRY = fields("item: string required\ndescription: string\nstatus: string\nstatus_details: string")
CSV_QUERY = frozenset({"_filter", "_order_by", "_tfilter", "_torder_by"})


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Check the items of a list and write them in both of their forms."""
    if before and row["type"] != before["type"]:
        raise invalid("the type of a list cannot be changed")
    if row["type"] != CREATABLE:
        raise invalid(f"a list of type {row['type']} cannot be created or replaced")
    entries = described(row)
    if not entries:
        raise invalid("items cannot be empty")
    blank = {"description": "", "threat_level": "INFO", "confidence_level": "HIGH", "tags": {}}
    return timed(account, with_items({**blank, **row}, entries), before)


def described(body: Row) -> list[Row]:
    """Read items from whichever of the two forms a body uses; the later of two twins wins."""
    if body.get("items") is not None and body.get("items_described") is not None:
        raise invalid("items and items_described exclude each other")
    plain = [{"item": item} for item in body.get("items") or []]
    return entries_of(body.get("items_described") or plain)


def entries_of(given: Sequence[Row]) -> list[Row]:
    """Check items with their descriptions."""
    made = {}
    for one in given:
        kept = checked(ENTRY, one, partial=False)
        if not is_item(kept["item"]):
            raise invalid(f"item '{kept['item']}' is not a domain name, an address or a network")
        description = str(kept.get("description") or "")
        made[kept["item"]] = {"item": kept["item"], "description": description, "status": "ACTIVE"}
    return list(made.values())


def with_items(row: Row, entries: list[Row]) -> Row:
    """Put items into a list."""
    items = [one["item"] for one in entries]
    return {**row, "items": items, "items_described": entries, "item_count": len(items)}


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Let policies and bypass codes follow a new name."""
    if before and after and before["name"] != after["name"]:
        rename(account, "custom_list", old=before["name"], new=after["name"])


def deletable(account: Account, row: Row) -> None:
    """Refuse to delete what is predefined or in use."""
    if row["type"] != CREATABLE:
        raise invalid(f"a list of type {row['type']} cannot be deleted")
    refuse_used(account, "custom_list", row["name"])


def present(account: Account, row: Row) -> Row:
    """Show a list with the policies that use it."""
    kind = "custom_list" if row["type"] in OWN_LISTS else "named_feed"
    return {**row, "policies": users(account, kind, row["name"])}


def get_list(call: Call) -> Answer:
    """Read a list by id, or by name and type with the id 0; pages go through its items."""
    kind = call.query.get("type")
    if call.ident == "0" and not kind:
        raise invalid("type is needed with list id 0")
    row = found(RESOURCE, call, lambda one: one["type"] == kind)
    offset = whole(call.query, "_offset", default=0, least=0)
    limit = whole(call.query, "_limit", default=NO_LIMIT, least=1)
    part = slice(offset, offset + limit)
    paged = {**row, "items": row["items"][part], "items_described": row["items_described"][part]}
    return shown(RESOURCE, call, paged)


def set_levels(call: Call) -> Answer:
    """Set the levels of a threat list: `PATCH` with its id."""
    row = call.account[LISTS].get(call.ident)
    levels = checked(LEVELS, call.body, partial=True)
    if not {"threat_level", "confidence_level"} & set(levels) or row["type"] == CREATABLE:
        raise invalid("threat_level or confidence_level of a threat list is expected")
    if row["type"] in OWN_LISTS:
        raise Refused(405, f"a list of type {row['type']} has no levels to set")
    changed = timed(call.account, {**row, **levels, "id": row["id"]}, row)
    call.account[LISTS].put(call.ident, changed)
    call.wrote(f"update {row['id']}")
    return Answer(201, shown(RESOURCE, call, changed).body)


def _own(call: Call, ident: str) -> Row:
    row = call.account[LISTS].get(ident)
    if row["type"] not in OWN_LISTS:
        raise invalid(f"the items of a list of type {row['type']} cannot be changed")
    return row


def _store(call: Call, row: Row, entries: dict[str, Row]) -> None:
    changed = timed(call.account, with_items(row, list(entries.values())), row)
    call.account[LISTS].put(str(row["id"]), changed)


def _by_item(rows: Sequence[Row]) -> dict[str, Row]:
    return {one["item"]: one for one in rows}


def change_items(call: Call) -> Answer:
    """Add, change and remove items; names the service does not know change nothing."""
    row = _own(call, call.ident)
    inserted, updated, deleted = (
        entries_of(call.body.get(f"{word}_items_described") or [])
        for word in ("inserted", "updated", "deleted")
    )
    known = _by_item(row["items_described"])
    updated = [one for one in updated if one["item"] in known]
    gone = [one for one in deleted if one["item"] in known]
    left = {**known, **_by_item(inserted), **_by_item(updated)}
    left = {item: one for item, one in left.items() if item not in _by_item(gone)}
    if inserted or updated or gone:
        _store(call, row, left)
        call.wrote(_named(call.ident, add=[*inserted, *updated], remove=gone))
    shape = {"inserted_items": inserted, "deleted_items": gone, "updated_items": updated}
    return answer(201, shape)


def add_items(call: Call) -> Answer:
    """Append items; those that are there already stay as they are."""
    row = _own(call, call.ident)
    given = described(checked(ITEMS, call.body, partial=True))
    if not given:
        raise invalid("items cannot be empty")
    _store(call, row, {**_by_item(given), **_by_item(row["items_described"])})
    call.wrote(_named(call.ident, add=given))
    return answer(201, {"success": {"status": 201, "code": "CREATED"}})


def remove_items(call: Call) -> Answer:
    """Remove items, all of which must be there."""
    row = _own(call, call.ident)
    gone = _by_item(described(checked(ITEMS, call.body, partial=True)))
    known = _by_item(row["items_described"])
    if not gone:
        raise invalid("items cannot be empty")
    for item in gone:
        if item not in known:
            raise invalid(f"item '{item}' is not in the list")
    _store(call, row, {item: one for item, one in known.items() if item not in gone})
    call.wrote(_named(call.ident, remove=list(gone.values())))
    return Answer(204)


def add_to_many(call: Call) -> Answer:
    """Insert the same items into several lists, all or none."""
    body = checked(MANY, call.body, partial=False)
    given = entries_of(body["inserted_items_described"])
    if not given or not body["ids"]:
        raise invalid("ids and inserted_items_described cannot be empty")
    rows = [_own(call, str(ident)) for ident in body["ids"]]
    for row in rows:
        _store(call, row, {**_by_item(row["items_described"]), **_by_item(given)})
    call.wrote(_named(",".join(str(row["id"]) for row in rows), add=given))
    return Answer(201)


def _named(lists: str, *, add: Sequence[Row] = (), remove: Sequence[Row] = ()) -> str:
    words = [*(f"+{one['item']}" for one in add), *(f"-{one['item']}" for one in remove)]
    return f"items of {LISTS} {lists}: {' '.join(words)}"


def download(call: Call) -> Answer:
    """Write the lists as lines of CSV, an item each."""
    rows = [present(call.account, row) for row in call.account[LISTS]]
    kept = ordered(RESOURCE, chosen(RESOURCE, rows, call.query), call.query)
    lines = ["name,type,item,description"]
    lines += [
        f"{row['name']},{row['type']},{one['item']},{one['description']}"
        for row in kept
        for one in row["items_described"]
    ]
    return answer(200, {"results": lines})


RESOURCE = Resource(
    ATCFW,
    LISTS,
    fields(NAMED_LIST),
    ids="number",
    collection_methods=COLLECTION,
    item_methods=ITEM,
    list_query=TAGGED_QUERY,
    item_query=frozenset({"name", "type", "_fields", "_offset", "_limit", "_page_token"}),
    item_key="results",
    unique=("name",),
    omitted_in_lists=frozenset({"items", "items_described"}),
    filters={"type": "== !=", "items": "~ !~", "items_described": "=="},
    one_field=True,
    prepare=prepare,
    settled=settled,
    deletable=deletable,
    present=present,
    natural=lambda row: f"name={row['name']} type={row['type']}",
)
RESOURCES = (RESOURCE,)
_ONE = f"{RESOURCE.template}/{{id}}"
WRITES: dict[tuple[str, str], Callable[[Call], Answer]] = {
    (RESOURCE.template, "PATCH"): add_to_many,
    (_ONE, "PATCH"): set_levels,
    (f"{_ONE}/items", "PATCH"): change_items,
    (f"{_ONE}/items", "POST"): add_items,
    (f"{_ONE}/items", "DELETE"): remove_items,
}
OPERATIONS = {
    **{key: Operation(run, service=ATCFW, has_body=True) for key, run in WRITES.items()},
    (_ONE, "GET"): Operation(get_list, service=ATCFW, query=RESOURCE.item_query),
    (RESOURCE.template, "DELETE"): delete_many(RESOURCE),
    (f"{ATCFW.prefix}/named_lists_download", "GET"): Operation(
        download, service=ATCFW, query=CSV_QUERY
    ),
}
