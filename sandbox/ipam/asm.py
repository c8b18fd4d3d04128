"""Automated scope management: ranges that are filling up, and how they could grow."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.account import Account, last
from sandbox.errors import invalid
from sandbox.ipam import ranges
from sandbox.ipam.names import RANGE, SUBNET
from sandbox.ipam.networks import place, span_of_range
from sandbox.plan import address_at, hosts_of
from sandbox.schema import Row

THRESHOLD = 90
GROWTH = 20
LOOKAHEAD = 14
HUNDRED = 100


def suggestions(account: Account) -> Iterator[Row]:
    """Suggest how each range above its threshold could grow inside its subnet."""
    for row in account[RANGE]:
        if row["utilization"]["utilization"] >= THRESHOLD and row.get("parent"):
            subnet = account[SUBNET].find(last(row["parent"]))
            if subnet is not None:
                yield _suggestion(subnet, row)


def _suggestion(subnet: Row, row: Row) -> Row:
    _, around = place(subnet)
    lowest, highest = hosts_of(around)
    first, final = span_of_range(row)
    more = max((final - first + 1) * GROWTH // HUNDRED, 1)
    front = str(address_at(max(first - more, lowest), around.version))
    back = str(address_at(min(final + more, highest), around.version))
    return {
        "id": f"ipam/asm/{last(row['id'])}",
        "front_start": front,
        "front_end": row["start"],
        "back_start": row["end"],
        "back_end": back,
        "both_start": front,
        "both_end": back,
        "growth": more,
        "lookahead": LOOKAHEAD,
        "range_id": row["id"],
        "range_start": row["start"],
        "range_end": row["end"],
        "subnet_address": subnet["address"],
        "subnet_cidr": subnet["cidr"],
        "subnet_direction": "none",
        "subnet_id": subnet["id"],
        "suppress": "no",
        "threshold_utilization": THRESHOLD,
        "update": "none",
        "utilization": row["utilization"]["utilization"],
    }


def apply(account: Account, body: Row) -> Row:
    """Move the ends of a range as asked; anything else is only noted."""
    subnet = account[SUBNET].get(last(body["subnet_id"]))
    pools = account[RANGE].having("parent", subnet["id"])
    wanted = last(body.get("range_id") or "")
    before = next((row for row in pools if wanted in {"", last(row["id"])}), None)
    if before is None:
        raise invalid(f"{subnet['id']} has no such range")
    if body.get("update") != "range":
        return {**_suggestion(subnet, before), "suppress": body["suppress"]}
    ends = {
        "start": body.get("range_start") or before["start"],
        "end": body.get("range_end") or before["end"],
    }
    after = ranges.prepare(account, {**before, **ends}, before)
    account[RANGE].put(last(before["id"]), after)
    ranges.settled(account, before, after)
    return {**_suggestion(subnet, after), "update": "range"}
