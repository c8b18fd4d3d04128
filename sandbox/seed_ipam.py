"""Spaces, blocks, subnets and ranges of the pretend company."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from sandbox.account import Account, last
from sandbox.ipam import networks
from sandbox.ipam.names import ADDRESS, BLOCK, HOST, RANGE, SPACE, SUBNET
from sandbox.plan import Network, span_of
from sandbox.schema import Row
from sandbox.seed_rows import add, stamped

SPACES = ("Corporate", "Guest and IoT", "Lab")
BLOCKS = (
    ("Corporate", "10.0.0.0/8", "Corporate supernet", "", 0),
    ("Corporate", "10.10.0.0/16", "Frankfurt headquarters", "FRA", 48),
    ("Corporate", "10.20.0.0/16", "London office", "LON", 32),
    ("Corporate", "10.30.0.0/16", "New York office", "NYC", 32),
    ("Corporate", "10.40.0.0/16", "Singapore office", "SIN", 24),
    ("Corporate", "10.50.0.0/16", "Data centre Frankfurt", "DC1", 40),
    ("Corporate", "10.60.0.0/16", "Data centre Dublin", "DC2", 36),
    ("Corporate", "172.16.0.0/16", "Cloud AWS eu-central-1", "AWS", 24),
    ("Corporate", "172.17.0.0/16", "Cloud Azure westeurope", "AZR", 20),
    ("Corporate", "2001:db8:10::/48", "Corporate IPv6", "V6", 8),
    ("Guest and IoT", "192.168.0.0/17", "Guest wireless", "GST", 12),
    ("Guest and IoT", "192.168.128.0/17", "Building automation", "IOT", 10),
    ("Lab", "10.0.0.0/12", "Lab networks", "LAB", 8),
    ("Lab", "198.18.0.0/15", "Traffic generators", "TGN", 4),
    ("Lab", "203.0.113.0/24", "Public test range", "PUB", 1),
)
USES = ("users", "voice", "servers", "printers", "management", "wireless", "storage", "cameras")
LEASING = frozenset({"users", "voice", "wireless"})
ENVIRONMENTS = ("prod", "staging", "dev")
MASKS = (24, 24, 24, 25, 26, 23)
IPV6_MASK = 64
PUBLIC_MASK = 26
GATEWAY = {"name": "gateway", "type": "user"}


@dataclass(frozen=True, slots=True)
class Site:
    """A block that is cut into subnets, and who serves leases there."""

    block: Row
    name: str
    count: int
    dhcp_host: str


def plant(account: Account, hosts: list[Row]) -> dict[str, Row]:
    """Plant spaces and all they hold; give the spaces by name."""
    spaces = {
        name: add(account, SPACE, {"name": name, "comment": f"{name} address space"})
        for name in SPACES
    }
    for number, (space, text, comment, site, count) in enumerate(BLOCKS):
        block = _block(account, spaces[space], text, comment=comment, site=site)
        host = hosts[number % len(hosts)]["id"]
        _subnets(account, Site(block, site, count, host))
    _hosts(account, spaces["Corporate"])
    return spaces


def _block(account: Account, space: Row, text: str, *, comment: str, site: str) -> Row:
    around = ipaddress.ip_network(text)
    row = {
        "address": str(around.network_address),
        "cidr": around.prefixlen,
        "name": comment,
        "comment": comment,
        "space": space["id"],
        "tags": {"Site": site} if site else {},
    }
    return add(account, BLOCK, row)


def _subnets(account: Account, site: Site) -> None:
    """Cut a block from its beginning; masks and environments are drawn."""
    draw, (_, around) = account.entropy, networks.place(site.block)
    start, _ = span_of(around)
    for number in range(site.count):
        use = USES[number % len(USES)]
        mask = draw.pick(MASKS)
        if around.version == 6:  # noqa: PLR2004
            mask = IPV6_MASK
        elif site.name == "PUB":
            mask = PUBLIC_MASK
        size = 1 << (around.max_prefixlen - mask)
        start = -(-start // size) * size
        wanted: Network = type(around)((start, mask))
        start += size
        row = {
            "address": str(wanted.network_address),
            "cidr": mask,
            "space": site.block["space"],
            "parent": site.block["id"],
            "protocol": f"ip{around.version}",
            "name": f"{site.name.lower()}-{use}-{number + 1:02d}",
            "comment": f"{site.block['comment']}, {use}",
            "tags": {"Site": site.name, "Env": draw.pick(ENVIRONMENTS), "Owner": "network-team"},
        }
        _subnet(account, site, row, around=wanted, leasing=use in LEASING)


def _subnet(account: Account, site: Site, row: Row, *, around: Network, leasing: bool) -> None:
    """Plant a subnet with its gateway and, where clients come and go, a range."""
    leases = leasing and around.version == 4  # noqa: PLR2004
    plain = {
        "utilization": networks.utilization(around.num_addresses, static=0),
        "dhcp_utilization": networks.dhcp_utilization(0, 0),
        "usage": ["IPAM"],
        **({"dhcp_host": site.dhcp_host} if leases else {}),
    }
    made = account.add(SUBNET, stamped(account, SUBNET, {**row, **plain}))
    room = (row["space"], around.version)
    account.plan.subnets.take(room, span_of(around), ident=last(made["id"]))
    if leases:
        quarter = around.num_addresses // 4
        ends = {"start": str(around[quarter]), "end": str(around[3 * quarter - 1])}
        words = {"name": f"{row['name']}-pool", "space": row["space"], "tags": row["tags"]}
        add(account, RANGE, {**words, **ends, "dhcp_host": site.dhcp_host})
    words = {"comment": "default gateway", "names": [GATEWAY]}
    add(account, ADDRESS, {"address": str(around[1]), "space": row["space"], **words})


def _hosts(account: Account, space: Row) -> None:
    """Plant hosts of address management in the first subnets of a data centre."""
    block = account[BLOCK].holder(space["id"], "10.50.0.0", 16)
    subnets = account[SUBNET].having("parent", block["id"]) if block else []
    for number, subnet in enumerate(subnets[:12]):
        _, around = networks.place(subnet)
        address = {"address": str(around[10]), "space": space["id"]}
        row = {"name": f"srv-{number + 1:02d}", "addresses": [address], "host_names": []}
        add(account, HOST, {**row, "tags": {"Site": "DC1"}})
