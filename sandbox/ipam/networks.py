"""Networks of blocks and subnets: reading them, finding free ones, counting what is used."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from sandbox.account import Account, last
from sandbox.errors import invalid
from sandbox.ipam.names import ADDRESS, BLOCK, LEASE, RANGE, SUBNET
from sandbox.plan import Address, Network, Span, gaps, span_of
from sandbox.schema import Row

FULL_PERCENT = 100
LARGEST_COUNT = 2**63 - 1


def place(row: Row) -> tuple[str, Network]:
    """Read the space and the network of a stored block or subnet."""
    return row["space"], ipaddress.ip_network(f"{row['address']}/{row['cidr']}")


def span_of_range(row: Row) -> Span:
    """Read the first and the last number of a stored range."""
    return int(address(row["start"])), int(address(row["end"]))


_parsed = lru_cache(8192)(ipaddress.ip_address)


def address(text: str, *, field: str = "address") -> Address:
    """Read an address, or refuse it."""
    try:
        return _parsed(text)
    except ValueError:
        raise invalid(f"invalid value for field '{field}': '{text}' is no address") from None


def network(account: Account, row: Row, *, allocation: str) -> Network:
    """Read the network a create or an update asks for; `<block>/<allocation>` takes the next."""
    text, cidr = row["address"], row.get("cidr")
    if text.endswith(allocation):
        return _allocated(account, row, text.removesuffix(allocation))
    host, slash, mask = text.partition("/")
    if slash and cidr is not None and mask != str(cidr):
        raise invalid(f"address '{text}' and cidr {cidr} contradict each other")
    if not slash and cidr is None:
        raise invalid("required field missing: cidr")
    try:
        return ipaddress.ip_network(f"{host}/{int(mask) if slash else cidr}")
    except ValueError:
        raise invalid(f"invalid value for field 'address': '{text}' is no network") from None


def _allocated(account: Account, row: Row, block_id: str) -> Network:
    cidr = row.get("cidr")
    if cidr is None:
        raise invalid("required field missing: cidr")
    block = account[BLOCK].find(last(block_id))
    if block is None or block_id != block["id"]:
        raise invalid(f"address block '{block_id}' is not found")
    if block["space"] != row["space"]:
        raise invalid(f"address block '{block_id}' belongs to another space")
    return next_networks(account, block, cidr, count=1)[0]


def next_networks(account: Account, block: Row, cidr: int, *, count: int) -> list[Network]:
    """Find the lowest free networks of a block, all that were asked for or none."""
    space, around = place(block)
    if not around.prefixlen <= cidr <= around.max_prefixlen:
        raise invalid(f"cidr {cidr} does not fit into {around}")
    taken = [place(child)[1] for child in account[BLOCK].having("parent", block["id"])]
    spans = [span_of(one) for one in taken]
    room = (space, around.version)
    spans += [one[:2] for one in account.plan.subnets.inside(room, span_of(around))]
    found = list(islice(gaps(around, cidr, iter(sorted(spans))), count))
    if len(found) < count:
        raise invalid(f"not enough space in {around}: {count} of size /{cidr} were asked for")
    return found


def enclosing_block(account: Account, space: str, inner: Network) -> Row | None:
    """Find the smallest address block of a space around a network, itself left out."""
    lengths = range(inner.prefixlen - 1, -1, -1)
    return _holding(account, space, (inner.supernet(new_prefix=one) for one in lengths))


def block_around(account: Account, space: str, inner: Network) -> Row | None:
    """Find the smallest address block of a space that holds a network."""
    lengths = range(inner.prefixlen, -1, -1)
    return _holding(account, space, (inner.supernet(new_prefix=one) for one in lengths))


def _holding(account: Account, space: str, outer: Iterator[Network]) -> Row | None:
    for one in outer:
        found = account[BLOCK].holder(space, one.network_address, one.prefixlen)
        if found is not None:
            return found
    return None


def container(account: Account, space: str, number: Address) -> Row | None:
    """Find the subnet of an address, or else the smallest block around it."""
    ident = account.plan.subnets.around((space, number.version), int(number))
    if ident is not None:
        return account[SUBNET].get(ident)
    return block_around(account, space, ipaddress.ip_network(number))


def utilization(total: int, *, static: int, dynamic: int = 0) -> Row:
    """Write the figures of a network; counts are text because they have 64 bits."""
    total = min(total, LARGEST_COUNT)
    used = min(static + dynamic, total)
    return {
        "abandon_utilization": 0,
        "abandoned": "0",
        "dynamic": str(dynamic),
        "free": str(total - used),
        "static": str(used - dynamic),
        "total": str(total),
        "used": str(used),
        "utilization": used * FULL_PERCENT // total if total else 0,
    }


def dhcp_utilization(total: int, used: int) -> Row:
    """Write how much of the ranges is leased."""
    return {
        "dhcp_free": str(total - used),
        "dhcp_total": str(total),
        "dhcp_used": str(used),
        "dhcp_utilization": used * FULL_PERCENT // total if total else 0,
    }


def recount_all(account: Account) -> None:
    """Work out all figures, after they were left alone for a while."""
    account.plan.counts = True
    for subnet in list(account[SUBNET]):
        recount_subnet(account, subnet["id"])
    for block in list(account[BLOCK]):
        recount_blocks(account, block["id"])


def recount_blocks(account: Account, block_id: str | None) -> None:
    """Work out again how much of a block, and of those around it, is given to subnets."""
    while account.plan.counts and block_id is not None:
        block = account[BLOCK].find(last(block_id))
        if block is None:
            return
        space, around = place(block)
        spans = account.plan.subnets.inside((space, around.version), span_of(around))
        used = sum(final - first + 1 for first, final, _ in spans)
        figures = {"utilization": utilization(around.num_addresses, static=used)}
        account[BLOCK].put(last(block["id"]), {**block, **figures})
        block_id = block.get("parent")


def recount_subnet(account: Account, subnet_id: str | None) -> None:
    """Work out again how much of a subnet and its ranges is used."""
    subnet = account[SUBNET].find(last(subnet_id or ""))
    if subnet is None or not account.plan.counts:
        return
    pool = 0
    for row in account[RANGE].having("parent", subnet["id"]):
        total = size_of_range(row)
        pool += total
        account[RANGE].put(last(row["id"]), {**row, "utilization": range_figures(account, row)})
    fixed = account[ADDRESS].count("parent", subnet["id"])
    leased = account[LEASE].count("subnet", subnet["id"])
    _, around = place(subnet)
    figures = {
        "utilization": utilization(around.num_addresses, static=fixed, dynamic=pool),
        "dhcp_utilization": dhcp_utilization(pool, min(leased, pool)),
        "usage": ["IPAM", "DHCP"] if pool else ["IPAM"],
    }
    account[SUBNET].put(last(subnet["id"]), {**subnet, **figures})


def size_of_range(row: Row) -> int:
    """Count the addresses of a range that may be leased."""
    first, final = span_of_range(row)
    shut = [span_of_range(one) for one in row.get("exclusion_ranges") or []]
    return final - first + 1 - sum(end - start + 1 for start, end in shut)


def range_figures(account: Account, row: Row) -> Row:
    """Write the figures of a range."""
    static = account[ADDRESS].count("range", row["id"])
    leased = account[LEASE].count("range", row["id"])
    return utilization(size_of_range(row), static=static, dynamic=leased)
