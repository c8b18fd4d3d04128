"""Spaces, blocks, subnets, views, zones and records of the pretend company."""

from __future__ import annotations

import ipaddress

from sandbox import records, subnets
from sandbox.account import Account
from sandbox.schema import Row

SPACES = ("Corporate", "Guest and IoT", "Lab")
BLOCKS = (
    ("Corporate", "10.0.0.0/8", "Corporate supernet", "", 0),
    ("Corporate", "10.10.0.0/16", "Frankfurt headquarters", "FRA", 18),
    ("Corporate", "10.20.0.0/16", "London office", "LON", 12),
    ("Corporate", "10.30.0.0/16", "New York office", "NYC", 12),
    ("Corporate", "10.40.0.0/16", "Singapore office", "SIN", 8),
    ("Corporate", "10.50.0.0/16", "Data centre Frankfurt", "DC1", 16),
    ("Corporate", "10.60.0.0/16", "Data centre Dublin", "DC2", 14),
    ("Corporate", "172.16.0.0/16", "Cloud AWS eu-central-1", "AWS", 10),
    ("Corporate", "172.17.0.0/16", "Cloud Azure westeurope", "AZR", 8),
    ("Corporate", "2001:db8:10::/48", "Corporate IPv6", "V6", 4),
    ("Guest and IoT", "192.168.0.0/17", "Guest wireless", "GST", 6),
    ("Guest and IoT", "192.168.128.0/17", "Building automation", "IOT", 5),
    ("Lab", "10.0.0.0/12", "Lab networks", "LAB", 4),
    ("Lab", "198.18.0.0/15", "Traffic generators", "TGN", 2),
    ("Lab", "203.0.113.0/24", "Public test range", "PUB", 1),
)
USES = ("users", "voice", "servers", "printers", "management", "wireless", "storage", "cameras")
ENVIRONMENTS = ("prod", "staging", "dev")
MASKS = (24, 24, 24, 25, 26, 23)
IPV6_MASK = 64
PUBLIC_MASK = 26
ZONES = (
    ("default", "corp.example.com."),
    ("default", "fra.corp.example.com."),
    ("default", "lon.corp.example.com."),
    ("default", "nyc.corp.example.com."),
    ("default", "dc1.corp.example.com."),
    ("default", "lab.example.com."),
    ("default", "10.10.in-addr.arpa."),
    ("default", "50.10.in-addr.arpa."),
    ("external", "example.com."),
    ("external", "example.net."),
    ("external", "example.org."),
    ("external", "shop.example.com."),
)
FORWARDED = ("ad.example.com.", "partner.example.net.", "aws.internal.", "azure.internal.")
HOSTS = ("www", "mail", "vpn", "api", "db", "git", "ldap", "ntp", "proxy", "wiki", "build", "files")
A_RECORDS = 10
STARTED = "2025-03-03T08:00:00.000000Z"


def plant(account: Account) -> None:
    """Fill the DDI part of an account."""
    spaces = {name: _space(account, name) for name in SPACES}
    for space, text, comment, site, count in BLOCKS:
        block = _block(account, spaces[space], text, comment=comment, site=site)
        for number in range(count):
            _subnet(account, block, site, number=number)
    for block in list(account[subnets.BLOCK]):
        subnets.recount(account, block)
    views = {name: _view(account, name) for name in ("default", "external")}
    zones = [_zone(account, views[view], fqdn) for view, fqdn in ZONES]
    for fqdn in FORWARDED:
        _forward(account, views["default"], fqdn)
    for zone in zones:
        _fill(account, zone)


def _stamped(row: Row) -> Row:
    return {"comment": "", "tags": {}, "created_at": STARTED, "updated_at": STARTED, **row}


def _space(account: Account, name: str) -> Row:
    figures = subnets.utilization(ipaddress.ip_network("0.0.0.0/0"), 0)
    row = {"name": name, "comment": f"{name} address space", "utilization": figures}
    return account.add("ipam/ip_space", _stamped(row))


def _block(account: Account, space: Row, text: str, *, comment: str, site: str) -> Row:
    network = ipaddress.ip_network(text)
    parent = subnets.enclosing_block(account, space["id"], network)
    row = {
        "address": str(network.network_address),
        "cidr": network.prefixlen,
        "name": comment,
        "comment": comment,
        "space": space["id"],
        "parent": parent["id"] if parent else None,
        "protocol": f"ip{network.version}",
        "usage": ["IPAM"],
        "utilization": subnets.utilization(network, 0),
        "dhcp_utilization": subnets.dhcp_utilization(),
        "tags": {"Site": site} if site else {},
    }
    return account.add(subnets.BLOCK, _stamped(row))


def _subnet(account: Account, block: Row, site: str, *, number: int) -> None:
    draw = account.entropy
    mask = IPV6_MASK if block["protocol"] == "ip6" else draw.pick(MASKS)
    use = USES[number % len(USES)]
    wish = {
        "address": f"{block['id']}{subnets.NEXT_SUBNET}",
        "cidr": PUBLIC_MASK if site == "PUB" else mask,
        "space": block["space"],
        "name": f"{site.lower()}-{use}-{number + 1:02d}",
        "comment": f"{block['comment']}, {use}",
        "tags": {"Site": site, "Env": draw.pick(ENVIRONMENTS), "Owner": "network-team"},
        "disable_dhcp": False,
    }
    row = account.add("ipam/subnet", _stamped(subnets.prepare(account, wish, None)))
    space, network = row["space"], ipaddress.ip_network(f"{row['address']}/{row['cidr']}")
    account.plan.take(space, network)
    used = min(draw.number(2, 240), network.num_addresses - 2)
    row["utilization"] = subnets.utilization(network, used)


def _view(account: Account, name: str) -> Row:
    return account.add("dns/view", _stamped({"name": name, "disabled": False, "ip_spaces": []}))


def _zone_row(view: Row, fqdn: str) -> Row:
    return _stamped(
        {
            "fqdn": fqdn,
            "protocol_fqdn": fqdn,
            "view": view["id"],
            "mapping": "ipv4_reverse" if fqdn.endswith("in-addr.arpa.") else "forward",
            "disabled": False,
            "nsgs": [],
            "warnings": [],
        }
    )


def _zone(account: Account, view: Row, fqdn: str) -> Row:
    more = {"primary_type": "cloud", "notify": False, "external_primaries": []}
    return account.add("dns/auth_zone", {**_zone_row(view, fqdn), **more})


def _forward(account: Account, view: Row, fqdn: str) -> None:
    servers = [{"address": f"10.50.0.{number}", "fqdn": f"ns{number}.{fqdn}"} for number in (5, 6)]
    more = {"forward_only": True, "external_forwarders": servers, "hosts": []}
    account.add("dns/forward_zone", {**_zone_row(view, fqdn), **more})


def _fill(account: Account, zone: Row) -> None:
    """Give a zone its dozen records."""
    for row in (
        _reverse_rows(zone) if zone["mapping"] != "forward" else _forward_rows(account, zone)
    ):
        wish = {"zone": zone["id"], "ttl": 3600, **row}
        account.add("dns/record", _stamped(records.prepare(account, wish, None)))


def _reverse_rows(zone: Row) -> list[Row]:
    return [
        {
            "type": "PTR",
            "name_in_zone": f"{number + 10}.{number % 4}",
            "rdata": {"dname": f"{host}.corp.example.com."},
        }
        for number, host in enumerate(HOSTS)
    ]


def _forward_rows(account: Account, zone: Row) -> list[Row]:
    draw = account.entropy
    rows: list[Row] = [
        {
            "type": "A",
            "name_in_zone": host,
            "rdata": {"address": f"10.50.{draw.number(0, 7)}.{draw.number(10, 250)}"},
            "comment": f"{host} service",
            "tags": {"Env": draw.pick(ENVIRONMENTS)},
        }
        for host in HOSTS[:A_RECORDS]
    ]
    rows += [
        {"type": "CNAME", "name_in_zone": "intranet", "rdata": {"cname": f"www.{zone['fqdn']}"}},
        {
            "type": "MX",
            "name_in_zone": "",
            "rdata": {"preference": 10, "exchange": f"mail.{zone['fqdn']}"},
        },
        {"type": "TXT", "name_in_zone": "", "rdata": {"text": "v=spf1 mx -all"}},
    ]
    return rows
