"""What is special about subnets: masks, allocation, overlap, the block above."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.errors import conflict
from sandbox.ipam.names import ADDRESS, RANGE, SUBNET
from sandbox.ipam.networks import address as read_address
from sandbox.ipam.networks import (
    block_around,
    container,
    dhcp_utilization,
    network,
    place,
    recount_blocks,
    utilization,
)
from sandbox.plan import Network, span_of
from sandbox.schema import Row

NEXT_SUBNET = "/nextavailablesubnet"


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle address, mask, parent and derived figures of a subnet."""
    around = network(account, row, allocation=NEXT_SUBNET)
    space = row["space"]
    if before is None or place(before) != (space, around):
        _refuse_clash(account, space, around, before=before)
    block = block_around(account, space, around)
    derived: Row = {
        "address": str(around.network_address),
        "cidr": around.prefixlen,
        "parent": block["id"] if block else None,
        "protocol": f"ip{around.version}",
        "usage": ["IPAM"],
    }
    if before is None:
        figures = utilization(around.num_addresses, static=0)
        derived |= {"utilization": figures, "dhcp_utilization": dhcp_utilization(0, 0)}
    return {**row, **derived}


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the plan of addresses, the members and the figures of the blocks above true."""
    if before is not None and after is not None and place(before) == place(after):
        return
    for row in (before, after):
        if row is not None:
            space, around = place(row)
            room = (space, around.version)
            if row is before:
                account.plan.subnets.release(room, span_of(around))
            else:
                account.plan.subnets.take(room, span_of(around), ident=last(row["id"]))
    if before is not None and after is not None:
        _regroup(account, before)
    if after is not None:
        _regroup(account, after)
    for parent in {row["parent"] for row in (before, after) if row}:
        recount_blocks(account, parent)


def _regroup(account: Account, subnet: Row) -> None:
    """Give the ranges and addresses around a subnet to the container they lie in now."""
    space, _ = place(subnet)
    for path, name in ((RANGE, "start"), (ADDRESS, "address")):
        near = account[path].having("parent", subnet["id"])
        if subnet["parent"]:
            near = [*near, *account[path].having("parent", subnet["parent"])]
        for row in near:
            home = container(account, space, read_address(row[name]))
            parent = home["id"] if home else None
            if parent != row["parent"]:
                account[path].put(last(row["id"]), {**row, "parent": parent})


def _refuse_clash(account: Account, space: str, around: Network, *, before: Row | None) -> None:
    own = last(before["id"]) if before else None
    room = (space, around.version)
    for _, _, ident in account.plan.subnets.inside(room, span_of(around)):
        if ident != own:
            other = place(account[SUBNET].get(ident))[1]
            raise conflict(f"The subnet {around} already exists or overlaps the subnet {other}")
