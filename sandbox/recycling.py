"""The recycle bin over HTTP, under /api/atlas-recyclebin/v1."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.bin import Deleted
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import Refused, invalid, listed, missing
from sandbox.references import check_references
from sandbox.resource import Resource, Service
from sandbox.schema import checked, fields

BIN = Service("/api/atlas-recyclebin/v1", listed)
ITEM = """
    id: string readonly
    name: string readonly
    type: string readonly
    resource_id: string readonly
    deleted_at: datetime readonly
"""
ITEMS = Resource(
    BIN,
    "items",
    fields(ITEM),
    list_query=frozenset({"_filter", "_fields", "_limit", "_offset", "_order_by"}),
    source=lambda account: account.bin.shown(),
    item_methods=frozenset(),
)
BODY = fields("id: strings required size=1..1000")


def restore(call: Call) -> Answer:
    """Put rows back where they were; those whose place is taken stay in the bin."""
    account = call.account
    body = checked(BODY, call.body, partial=False)
    numbers = [_number(account, text) for text in body["id"]]
    # What was deleted last comes first: a container goes after what lay in it.
    for number in sorted(numbers, reverse=True):
        item = account.bin.take(number)
        if item is not None and not _restored(account, item):
            account.bin.put(item)
    call.wrote(f"restore {','.join(str(number) for number in numbers)}")
    return answer(200, {})


def _number(account: Account, text: str) -> int:
    token = last(text)
    if not token.isdigit():
        raise invalid(f"'{text}' is no item of the recycle bin")
    if int(token) not in account.bin:
        raise missing(f"item {token} of the recycle bin is not found")
    return int(token)


def _restored(account: Account, item: Deleted) -> bool:
    collection = account[item.path]
    resource, row = collection.resource, dict(item.row)
    try:
        known = {name: value for name, value in row.items() if name in resource.fields}
        check_references(account, resource.fields, known)
        if resource.prepare:
            row = resource.prepare(account, row, None)
        collection.refuse_duplicate(row)
    except Refused:
        return False
    for path, member in item.members:
        account[path].put(last(member["id"]), member)
    collection.put(last(row["id"]), row)
    if resource.settled:
        resource.settled(account, None, row)
    return True


RESOURCES = (ITEMS,)
OPERATIONS = {
    (f"{BIN.prefix}/items/restore", "PUT"): Operation(restore, service=BIN, has_body=True)
}
