"""What is special about subnets: masks, allocation, overlap, the block above."""

from __future__ import annotations

import ipaddress

from sandbox.account import Account, last
from sandbox.addresses import Network
from sandbox.errors import conflict, invalid
from sandbox.schema import Row

NEXT_SUBNET = "/nextavailablesubnet"
BLOCK = "ipam/address_block"
FULL_PERCENT = 100
IPV4 = 4


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle address, mask, parent and derived figures of a subnet."""
    network = _network(account, row)
    space = row["space"]
    if before is None or _place(before) != (space, network):
        _refuse_clash(account, space, network, before=before)
    block = enclosing_block(account, space, network)
    derived: Row = {
        "address": str(network.network_address),
        "cidr": network.prefixlen,
        "parent": block["id"] if block else None,
        "protocol": f"ip{network.version}",
        "usage": ["IPAM"],
    }
    if before is None:
        derived |= {"utilization": utilization(network, 0), "dhcp_utilization": dhcp_utilization()}
    return {**row, **derived}


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the plan of addresses and the figures of the block above true."""
    if before is not None:
        account.plan.release(*_place(before))
    if after is not None:
        account.plan.take(*_place(after))
    parents = {row["parent"] for row in (before, after) if row and row.get("parent")}
    for parent in parents:
        recount(account, account[BLOCK].get(last(parent)))


def recount(account: Account, block: Row) -> None:
    """Work out again how much of a block is given to subnets."""
    space, network = _place(block)
    used = account.plan.used_inside(space, network)
    account[BLOCK].put(last(block["id"]), {**block, "utilization": utilization(network, used)})


def natural(row: Row) -> str:
    """Name a subnet by what must be unique; an allocation also by its own words."""
    text = f"space={last(row['space'])} address={row['address']} cidr={row.get('cidr')}"
    if NEXT_SUBNET in row["address"]:
        text += f" name={row.get('name')} comment={row.get('comment')}"
    return text


def enclosing_block(account: Account, space: str, network: Network) -> Row | None:
    """Find the smallest address block of the space around a network."""
    around = [
        row
        for row in account[BLOCK]
        if row["space"] == space and _contains(_place(row)[1], network)
    ]
    return max(around, key=lambda row: int(row["cidr"]), default=None)


def utilization(network: Network, used: int) -> Row:
    """Write the figures of a network; counts are text because they have 64 bits."""
    total = min(network.num_addresses, 2**63 - 1)
    used = min(used, total)
    return {
        "abandon_utilization": 0,
        "abandoned": "0",
        "dynamic": "0",
        "free": str(total - used),
        "static": str(used),
        "total": str(total),
        "used": str(used),
        "utilization": used * FULL_PERCENT // total,
    }


def dhcp_utilization() -> Row:
    """Write the DHCP figures of a network without ranges."""
    return {"dhcp_free": "0", "dhcp_total": "0", "dhcp_used": "0", "dhcp_utilization": 0}


def _place(row: Row) -> tuple[str, Network]:
    return row["space"], ipaddress.ip_network(f"{row['address']}/{row['cidr']}")


def _contains(block: Network, network: Network) -> bool:
    return (
        block.version == network.version
        and block.prefixlen <= network.prefixlen
        and network.network_address in block
    )


def _network(account: Account, row: Row) -> Network:
    address, cidr = row["address"], row.get("cidr")
    if address.endswith(NEXT_SUBNET):
        return _allocated(account, row, address.removesuffix(NEXT_SUBNET))
    host, slash, mask = address.partition("/")
    if slash and cidr is not None and mask != str(cidr):
        raise invalid(f"address '{address}' and cidr {cidr} contradict each other")
    if not slash and cidr is None:
        raise invalid("required field missing: cidr")
    try:
        return ipaddress.ip_network(f"{host}/{int(mask) if slash else cidr}")
    except ValueError:
        raise invalid(f"invalid value for field 'address': '{address}' is no network") from None


def _allocated(account: Account, row: Row, block_id: str) -> Network:
    cidr = row.get("cidr")
    if cidr is None:
        raise invalid("required field missing: cidr")
    block = account[BLOCK].find(last(block_id))
    if block is None or block_id != block["id"]:
        raise invalid(f"address block '{block_id}' is not found")
    space, around = _place(block)
    if space != row["space"]:
        raise invalid(f"address block '{block_id}' belongs to another space")
    if not around.prefixlen <= cidr <= around.max_prefixlen:
        raise invalid(f"cidr {cidr} does not fit into {around}")
    found = account.plan.gap(space, around, cidr)
    if found is None:
        raise invalid(f"no subnet of size /{cidr} is available in {around}")
    return found


def _refuse_clash(account: Account, space: str, network: Network, *, before: Row | None) -> None:
    if before is not None:
        account.plan.release(*_place(before))
    clash = account.plan.clash(space, network)
    if before is not None:
        account.plan.take(*_place(before))
    if clash:
        raise conflict(f"The subnet {network} already exists or overlaps an existing subnet")
