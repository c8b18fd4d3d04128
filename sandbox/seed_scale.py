"""As many more objects as asked for: subnets, addresses, records."""

from __future__ import annotations

import ipaddress
from itertools import islice

from sandbox.account import Account, last
from sandbox.dns.names import RECORD, VIEW, ZONE, punycode
from sandbox.ipam import networks
from sandbox.ipam.names import ADDRESS, BLOCK, SPACE, SUBNET
from sandbox.plan import span_of
from sandbox.schema import Row
from sandbox.seed_rows import add, stamped

NAME = "Scale"
AROUND = ipaddress.IPv4Network("100.64.0.0/10")
MASK = 28
EACH = 3
RECORDS_EACH = 10_000
SHARE = 10
SITES = ("FRA", "LON", "NYC", "SIN", "DC1", "DC2")


def plant(account: Account, objects: int) -> None:
    """Plant a tenth subnets, three tenths addresses in them, and the rest records."""
    space = add(account, SPACE, {"name": NAME, "comment": "objects by the thousand"})
    where = {"address": str(AROUND.network_address), "cidr": AROUND.prefixlen}
    block = add(account, BLOCK, {**where, "space": space["id"], "name": NAME})
    count = objects // SHARE
    _subnets(account, block, count)
    networks.recount_blocks(account, block["id"])
    _records(account, objects - count * (1 + EACH))


def _subnets(account: Account, block: Row, count: int) -> None:
    """Store complete rows at once: preparing each would take seconds."""
    space = block["space"]
    room = (space, 4)
    figures = networks.utilization(1 << (32 - MASK), static=EACH)
    blank = stamped(account, SUBNET, {"utilization": figures, "usage": ["IPAM"], "comment": NAME})
    plain = stamped(account, ADDRESS, {"state": "used", "usage": ["IPAM", "RESERVED"], "names": []})
    home = {"space": space, "protocol": "ip4"}
    for number, around in enumerate(islice(AROUND.subnets(new_prefix=MASK), count)):
        place = {"address": str(around.network_address), "cidr": MASK, "parent": block["id"]}
        words = {"name": f"scale-{number:05d}", "tags": {"Site": SITES[number % len(SITES)]}}
        subnet = account.add(SUBNET, {**blank, **home, **place, **words})
        first, final = span_of(around)
        account.plan.subnets.take(room, (first, final), ident=last(subnet["id"]))
        for step in range(1, EACH + 1):
            address = ipaddress.IPv4Address(first + step)
            at = {"address": str(address), "parent": subnet["id"], "range": None, "host": None}
            row = account.add(ADDRESS, {**plain, **home, **at, "comment": words["name"]})
            account.plan.occupy(space, address, last(row["id"]))


def _records(account: Account, count: int) -> None:
    """Fill zones of ten thousand records each."""
    view = account[VIEW].holder("default")
    for zone_number, start in enumerate(range(0, count, RECORDS_EACH)):
        row = {"fqdn": f"scale-{zone_number:02d}.example.com.", "primary_type": "cloud"}
        zone = add(account, ZONE, {**row, "view": view["id"] if view else None})
        blank = _blank(account, zone)
        for number in range(start, min(start + RECORDS_EACH, count)):
            name = f"host-{number:06d}"
            full = f"{name}.{zone['fqdn']}"
            address = str(ipaddress.IPv4Address(int(AROUND.network_address) + number))
            own = {"name_in_zone": name, "dns_name_in_zone": name, "rdata": {"address": address}}
            names = {"absolute_name_spec": full, "dns_absolute_name_spec": full}
            account.add(RECORD, {**blank, **own, **names, "dns_rdata": address})


def _blank(account: Account, zone: Row) -> Row:
    return stamped(
        account,
        RECORD,
        {
            "zone": zone["id"],
            "view": zone["view"],
            "view_name": "default",
            "absolute_zone_name": zone["fqdn"],
            "dns_absolute_zone_name": punycode(zone["fqdn"]),
            "type": "A",
            "ttl": 3600,
            "source": ["STATIC"],
        },
    )
