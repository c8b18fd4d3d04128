"""What is special about spaces and address blocks: nesting and counting."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.errors import conflict
from sandbox.ipam.names import BLOCK, SUBNET
from sandbox.ipam.networks import (
    dhcp_utilization,
    enclosing_block,
    network,
    place,
    recount_blocks,
    utilization,
)
from sandbox.plan import Network, span_of
from sandbox.schema import Row

NEXT_BLOCK = "/nextavailableaddressblock"
WORLD = 2**32


def prepare_space(_account: Account, row: Row, before: Row | None) -> Row:
    """Give a new space its figures."""
    return row if before else {**row, "utilization": utilization(WORLD, static=0)}


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle address, mask, parent and derived figures of a block."""
    around = network(account, row, allocation=NEXT_BLOCK)
    space = row["space"]
    if before is None or place(before) != (space, around):
        _refuse_inside_subnet(account, space, around)
    outer = enclosing_block(account, space, around)
    derived: Row = {
        "address": str(around.network_address),
        "cidr": around.prefixlen,
        "parent": outer["id"] if outer else None,
        "protocol": f"ip{around.version}",
        "usage": ["IPAM"],
    }
    if before is None:
        figures = utilization(around.num_addresses, static=0)
        derived |= {"utilization": figures, "dhcp_utilization": dhcp_utilization(0, 0)}
    return {**row, **derived}


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the nesting true: what lies inside a new block belongs to it."""
    moved = before is None or after is None or place(before) != place(after)
    if before is not None and moved:
        recount_blocks(account, before.get("parent"))
    if after is not None and moved:
        _adopt(account, after)
        recount_blocks(account, after["id"])


def _adopt(account: Account, block: Row) -> None:
    space, around = place(block)
    for path in (BLOCK, SUBNET):
        for row in account[path].having("parent", block["parent"]) or _orphans(
            account, path, block
        ):
            child_space, child = place(row)
            if child_space == space and row["id"] != block["id"] and _inside(child, around):
                account[path].put(last(row["id"]), {**row, "parent": block["id"]})


def _orphans(account: Account, path: str, block: Row) -> list[Row]:
    if block["parent"] is not None:
        return []
    return [row for row in account[path].having("space", block["space"]) if row["parent"] is None]


def _inside(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen > outer.prefixlen - (inner == outer)
        and inner.network_address in outer
    )


def _refuse_inside_subnet(account: Account, space: str, around: Network) -> None:
    first, final = span_of(around)
    for start, end, _ in account.plan.subnets.inside((space, around.version), (first, final)):
        if start <= first and end >= final:
            raise conflict(f"The address block {around} overlaps an existing subnet")
