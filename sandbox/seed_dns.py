"""Views, zones and records of the pretend company."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.dns.names import DELEGATION, DNS_HOST, FORWARD, RECORD, SERVER, VIEW, ZONE
from sandbox.schema import Row
from sandbox.seed_ipam import ENVIRONMENTS
from sandbox.seed_rows import add, stamped

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
NAME_SERVERS = ("dc1-dns-1", "dc1-dns-2", "fra-dns-1", "lon-dns-1")


def plant(account: Account, spaces: dict[str, Row]) -> None:
    """Plant views and all they hold."""
    _servers(account)
    views = {
        name: add(account, VIEW, {"name": name, "ip_spaces": held})
        for name, held in (("default", [spaces["Corporate"]["id"]]), ("external", []))
    }
    for view, fqdn in ZONES:
        row = {"fqdn": fqdn, "view": views[view]["id"], "primary_type": "cloud", "nsgs": []}
        _fill(account, add(account, ZONE, row))
    for fqdn in FORWARDED:
        servers = [{"address": f"10.50.0.{n}", "fqdn": f"ns{n}.{fqdn}"} for n in (5, 6)]
        row = {"fqdn": fqdn, "view": views["default"]["id"], "forward_only": True}
        add(account, FORWARD, {**row, "external_forwarders": servers, "hosts": [], "nsgs": []})
    servers = [{"address": "10.50.0.7", "fqdn": "ns1.test.lab.example.com."}]
    row = {"fqdn": "test.lab.example.com.", "view": views["default"]["id"]}
    add(account, DELEGATION, {**row, "delegation_servers": servers})
    load = {"name": "shop.example.com.", "view": views["external"]["id"], "precedence": 1}
    add(account, "dtc/lbdn", load)


def _servers(account: Account) -> None:
    account.add("dns/global", account["dns/global"].resource.blank())
    server = add(account, SERVER, {"name": "default-dns-profile"})
    for number, name in enumerate(NAME_SERVERS):
        row = {
            "absolute_name": f"{name}.corp.example.com.",
            "address": f"10.50.0.{number + 30}",
            "anycast_addresses": [],
            "associated_server": {"id": server["id"], "name": server["name"]},
            "comment": "",
            "current_version": "v4.2.1",
            "dfp": False,
            "dfp_service": "disabled",
            "name": name,
            "ophid": account.entropy.token(),
            "protocol_absolute_name": f"{name}.corp.example.com.",
            "provider_id": "",
            "server": server["id"],
            "site_id": "",
            "tags": {"Site": name.partition("-")[0].upper()},
            "type": "bloxone_ddi",
        }
        account.add(DNS_HOST, row)
    rules = [{"element": "ip", "address": "10.0.0.0/8", "access": "allow"}]
    add(account, "dns/acl", {"name": "internal-clients", "list": rules})
    secondary = {"address": "10.50.0.6", "fqdn": "ns2.corp.example.com."}
    add(account, "dns/auth_nsg", {"name": "data-centres", "external_secondaries": [secondary]})
    forwarder = {"address": "10.50.0.5", "fqdn": "ns1.corp.example.com."}
    add(account, "dns/forward_nsg", {"name": "resolvers", "external_forwarders": [forwarder]})


def _fill(account: Account, zone: Row) -> None:
    """Give a zone its dozen records, of every type."""
    rows = _pointers() if zone["mapping"] != "forward" else _names(account, zone["fqdn"])
    resource = account[RECORD].resource
    for row in rows:
        wish = stamped(account, RECORD, {"zone": zone["id"], "ttl": 3600, **row})
        assert resource.prepare  # noqa: S101
        account.add(RECORD, resource.prepare(account, wish, None))


def _pointers() -> list[Row]:
    return [
        {
            "type": "PTR",
            "name_in_zone": f"{number + 10}.{number % 4}",
            "rdata": {"dname": f"{host}.corp.example.com."},
        }
        for number, host in enumerate(HOSTS)
    ]


def _names(account: Account, zone: str) -> list[Row]:
    draw = account.entropy
    rows: list[Row] = [
        {
            "type": "A",
            "name_in_zone": host,
            "rdata": {"address": f"10.50.{draw.number(0, 7)}.{draw.number(10, 250)}"},
            "comment": f"{host} service",
            "tags": {"Env": draw.pick(ENVIRONMENTS)},
        }
        for host in HOSTS
    ]
    others: tuple[tuple[str, str, Row], ...] = (
        ("", "MX", {"preference": 10, "exchange": f"mail.{zone}"}),
        ("", "TXT", {"text": "v=spf1 mx -all"}),
        ("", "CAA", {"tag": "issue", "value": "ca.example.net"}),
        ("", "NS", {"dname": f"ns1.{zone}"}),
        ("intranet", "CNAME", {"cname": f"www.{zone}"}),
        ("ipv6", "AAAA", {"address": "2001:db8:10::50"}),
        ("_ldap._tcp", "SRV", {"priority": 0, "weight": 5, "port": 389, "target": f"ldap.{zone}"}),
        (
            "sip",
            "NAPTR",
            {
                "order": 10,
                "preference": 10,
                "flags": "S",
                "services": "SIP+D2U",
                "replacement": f"_sip._udp.{zone}",
            },
        ),
        ("old", "DNAME", {"target": f"new.{zone}"}),
        ("client", "DHCID", {"dhcid": "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="}),
    )
    return rows + [
        {"type": kind, "name_in_zone": name, "rdata": data} for name, kind, data in others
    ]
