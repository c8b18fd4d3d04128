"""DHCP hosts, options, filters, fixed addresses and leases of the pretend company."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.dhcp import leases
from sandbox.dhcp.options import (
    HARDWARE_FILTER,
    MAC_ITEM,
    OPTION_CODE,
    OPTION_FILTER,
    OPTION_GROUP,
    OPTION_SPACE,
)
from sandbox.dhcp.servers import DHCP_HOST, HA_GROUP, SERVER
from sandbox.dns.keys import KERBEROS, TSIG
from sandbox.ipam.names import FIXED, LEASE, RANGE, SUBNET
from sandbox.ipam.networks import address, place
from sandbox.schema import Row
from sandbox.seed_rows import STARTED, add

HOSTS = ("fra-dhcp-1", "fra-dhcp-2", "lon-dhcp-1", "nyc-dhcp-1", "sin-dhcp-1", "dc1-dhcp-1")
OPTIONS = (
    *((1, "subnet-mask", "address4"), (2, "time-offset", "int32"), (3, "routers", "address4")),
    *((4, "time-servers", "address4"), (6, "domain-name-servers", "address4")),
    *((12, "host-name", "text"), (15, "domain-name", "fqdn"), (26, "interface-mtu", "uint16")),
    *((42, "ntp-servers", "address4"), (43, "vendor-encapsulated-options", "empty")),
    *((44, "netbios-name-servers", "address4"), (51, "dhcp-lease-time", "uint32")),
    *((60, "vendor-class-identifier", "text"), (66, "tftp-server-name", "text")),
    *((67, "boot-file-name", "text"), (119, "domain-search", "fqdn")),
    *((150, "tftp-server-address", "address4"), (252, "wpad-url", "text")),
)
OPTIONS6 = ((23, "dns-servers", "address6"), (24, "domain-search", "fqdn"))
LISTS = frozenset({"routers", "domain-name-servers", "ntp-servers", "time-servers", "dns-servers"})
VENDOR = ((1, "controller-address", "address4"), (2, "provisioning-url", "text"))
FIXED_STEP = 4
LEASES_EACH = 3
CLIENTS = ("laptop", "phone", "tablet", "desk")


def plant_servers(account: Account) -> list[Row]:
    """Plant what serves leases; give the hosts."""
    codes = _options(account)
    server = add(account, SERVER, {"name": "default-profile", "dhcp_options": codes[:1]})
    hosts = [_host(account, name, server, number=n) for n, name in enumerate(HOSTS)]
    members = [
        {"host": hosts[0]["id"], "role": "active"},
        {"host": hosts[1]["id"], "role": "passive"},
    ]
    add(account, HA_GROUP, {"name": "fra-pair", "mode": "active-passive", "hosts": members})
    account.add("dhcp/global", account["dhcp/global"].resource.blank())
    _filters(account, codes)
    add(account, TSIG, {"name": "ddns-update.corp.example.com.", "tags": {"Env": "prod"}})
    principal = {"principal": "DNS/dc1.corp.example.com", "domain": "CORP.EXAMPLE.COM"}
    made = {**principal, "algorithm": "aes256-cts-hmac-sha1-96", "version": 2}
    account.add(KERBEROS, {"comment": "", "tags": {}, "uploaded_at": STARTED, **made})
    return hosts


def _host(account: Account, name: str, server: Row, *, number: int) -> Row:
    row = {
        "name": name,
        "address": f"10.50.0.{number + 20}",
        "anycast_addresses": [],
        "associated_server": {"id": server["id"], "name": server["name"]},
        "comment": f"serves {name.partition('-')[0].upper()}",
        "current_version": "v3.8.4",
        "ip_space": None,
        "ophid": account.entropy.token(),
        "provider_id": "",
        "server": server["id"],
        "tags": {"Site": name.partition("-")[0].upper()},
        "type": "bloxone_ddi",
    }
    return account.add(DHCP_HOST, row)


def _options(account: Account) -> list[Row]:
    """Plant the standard options and one vendor's; give values for some of them."""
    spaces = [
        add(account, OPTION_SPACE, {"name": name, "protocol": protocol})
        for name, protocol in (("DHCPv4", "ip4"), ("DHCPv6", "ip6"), ("Acme phones", "ip4"))
    ]
    codes: dict[str, Row] = {}
    for space, table in zip(spaces, (OPTIONS, OPTIONS6, VENDOR), strict=True):
        source = "customer" if table is VENDOR else "dhcp_server"
        for code, name, kind in table:
            row = {"option_space": space["id"], "code": code, "name": name, "type": kind}
            codes[name] = add(
                account, OPTION_CODE, {**row, "source": source, "array": name in LISTS}
            )
    values = (("domain-name-servers", "10.50.0.5,10.50.0.6"), ("ntp-servers", "10.50.0.9"))
    return [
        {"type": "option", "option_code": codes[name]["id"], "option_value": value}
        for name, value in (*values, ("tftp-server-name", "tftp.corp.example.com"))
    ]


def _filters(account: Account, codes: list[Row]) -> None:
    group = {"name": "standard-ipv4", "protocol": "ip4", "dhcp_options": codes[:2]}
    add(account, OPTION_GROUP, group)
    rule = {"compare": "text_substring", "option_value": "acme", "substring_offset": 0}
    rules = {"match": "any", "rules": [{**rule, "option_code": codes[2]["option_code"]}]}
    add(account, OPTION_FILTER, {"name": "acme-phones", "rules": rules, "dhcp_options": codes[2:]})
    macs = [f"00:1b:c5:00:{number // 256:02x}:{number % 256:02x}" for number in range(4)]
    made = add(account, HARDWARE_FILTER, {"name": "known-printers", "addresses": macs})
    for number in range(16):
        row = {"address": f"00:1b:c5:01:00:{number:02x}", "hardware_filter_id": made["id"]}
        account.add(MAC_ITEM, row)


def plant_clients(account: Account) -> None:
    """Plant fixed addresses in every few subnets, and leases in every range."""
    for number, subnet in enumerate(list(account[SUBNET])):
        if subnet["protocol"] == "ip4" and number % FIXED_STEP == 0:
            _fixed(account, subnet, number=number)
    for number, row in enumerate(list(account[RANGE])):
        for client in range(LEASES_EACH):
            _lease(account, row, number=number * LEASES_EACH + client, client=client)


def _fixed(account: Account, subnet: Row, *, number: int) -> None:
    _, around = place(subnet)
    row = {
        "name": f"printer-{number:03d}",
        "address": str(around[5]),
        "ip_space": subnet["space"],
        "match_type": "mac",
        "match_value": f"00:1b:c5:02:{number // 256:02x}:{number % 256:02x}",
        "tags": subnet["tags"],
    }
    add(account, FIXED, row)


def _lease(account: Account, row: Row, *, number: int, client: int) -> None:
    name = f"{CLIENTS[number % len(CLIENTS)]}-{number:04d}"
    hardware = f"3c:22:fb:00:{number // 256:02x}:{number % 256:02x}"
    made = {
        "address": str(address(row["start"]) + client),
        "client_id": f"01:{hardware}",
        "ends": "2025-03-04T08:00:00.000000Z",
        "fingerprint": "",
        "ha_group": "",
        "hardware": hardware,
        "host": row["dhcp_host"],
        "hostname": name,
        "last_updated": STARTED,
        "options": "{}",
        "space": row["space"],
        "starts": STARTED,
        "state": "used",
        "range": row["id"],
        "subnet": row["parent"],
    }
    leases.settled(account, None, account.add(LEASE, made))
