"""Many hardware addresses of a filter at once."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.ddi_base import DDI, operation
from sandbox.dhcp.options import MAC_ITEM, mac
from sandbox.references import check_references
from sandbox.schema import Row, checked, fields

BULK = fields("""
    addresses: strings required size=1..10000
    hardware_filter_id: string required ref=dhcp/hardware_filter
""")
UPLOAD = fields("""
    append: boolean default=true
    content: string required
    hardware_filter_id: string required ref=dhcp/hardware_filter
""")


def bulk_create(call: Call) -> Answer:
    """Add addresses to a filter: all of them, or none if one is there already."""
    account = call.account
    body = checked(BULK, call.body, partial=False)
    check_references(account, BULK, body)
    rows = [_row(text, body) for text in dict.fromkeys(body["addresses"])]
    for row in rows:
        account[MAC_ITEM].refuse_duplicate(row)
    made = [account.add(MAC_ITEM, row) for row in rows]
    call.wrote(f"bulk {MAC_ITEM} filter={last(body['hardware_filter_id'])} count={len(made)}")
    return answer(DDI.created, {"results": made})


def upload(call: Call) -> Answer:
    """Add the addresses of a text, one a line; what is there already stays."""
    account = call.account
    body = checked(UPLOAD, call.body, partial=False)
    check_references(account, UPLOAD, body)
    lines = (line.strip() for line in body["content"].splitlines())
    rows = [_row(text, body) for text in lines if text]
    if not body["append"]:
        for row in account[MAC_ITEM].having("hardware_filter_id", body["hardware_filter_id"]):
            account[MAC_ITEM].remove(last(row["id"]))
    for row in rows:
        if account[MAC_ITEM].taken(row) is None:
            account.add(MAC_ITEM, row)
    call.wrote(f"upload {MAC_ITEM} filter={last(body['hardware_filter_id'])}")
    shown = {
        "description": f"{len(rows)} addresses",
        "hardware_filter_id": body["hardware_filter_id"],
        "job_id": account.entropy.uuid(),
    }
    return answer(DDI.created, shown)


def _row(text: str, body: Row) -> Row:
    return {"address": mac(text), "hardware_filter_id": body["hardware_filter_id"]}


def both(*checks: Callable[[Account, Row], None]) -> Callable[[Account, Row], None]:
    """Join several reasons to keep a row."""

    def check(account: Account, row: Row) -> None:
        for one in checks:
            one(account, row)

    return check


OPERATIONS = {
    **operation(f"{MAC_ITEM}/bulk_create", "POST", bulk_create),
    **operation(f"{MAC_ITEM}/upload", "POST", upload),
}
