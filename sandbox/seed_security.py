"""Policies, lists and filters of the pretend company."""

from __future__ import annotations

from sandbox import catalogue
from sandbox.account import Account
from sandbox.content import CATEGORIES
from sandbox.networks import DOMAINS
from sandbox.policies import DEFAULTS, NETWORKS, PROXIES
from sandbox.resolver import APPROVALS, REGIONS
from sandbox.rules import CODES, FEEDS, LISTS, POLICIES, REDIRECTS
from sandbox.schema import Row

MADE = "2025-03-03T08:00:00Z"
FROM, UNTIL = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"
TIMES = {"created_time": MADE, "updated_time": MADE}
DEFAULT = "Default Global Policy"
POLICY_ACTIONS = (
    (DEFAULT, "action_allow"),
    ("Headquarters", "action_allow"),
    ("Branch offices", "action_log"),
    ("Guest wireless", "action_block"),
    ("Data centres", "action_allow"),
)
LIST_ITEMS = (
    ("Blocked by SOC", "custom_list", ("bad.example", "worse.example", "198.51.100.7")),
    ("Partner allow list", "custom_list", ("partner.example.net", "files.partner.example.net")),
    ("Phishing drill", "custom_list", ("drill.example.org",)),
    ("Lab exceptions", "custom_list", ("203.0.113.0/24", "lab.example.com")),
    ("Default Allow", "default_allow", ("example.com",)),
    ("Default Block", "default_block", ("blocked.example",)),
    ("Threat Insight - DGA", "dga", ("qx7k2v.example", "zz81ab.example")),
    ("Threat Insight - Data Exfiltration", "threat_insight", ("t.tunnel.example",)),
)
BLOCKED = LIST_ITEMS[0][0]
DOMAIN_ENTRIES = (
    ("Default Bypass Domains/CIDRs", True, ("corp.example.com", "10.0.0.0/8", "192.168.0.0/16")),
    ("Factory floor", False, ("plc.example.com", "172.20.0.0/16")),
)
NETWORK_NAMES = ("Headquarters uplink", "Berlin uplink", "Guest uplink")
PROXY_NAMES = ("dfp-hq-1", "dfp-hq-2", "dfp-ber-1")
CATEGORY_NAMES = (
    ("Not at work", ("Gambling", "Adult", "Weapons")),
    ("Bandwidth", ("Peer to Peer", "Streaming Media")),
)
APPLICATION_NAMES = (("File sharing", False, ("Box", "Dropbox")), ("Meetings", True, ("Zoom",)))


def plant(account: Account) -> None:
    """Fill the security part of an account."""
    _plant_catalogue(account)
    for name, kind, items in LIST_ITEMS:
        account.add(LISTS, _list(name, kind, items))
    networks = _plant_networks(account)
    proxies = _plant_proxies(account)
    _plant_filters(account)
    for number, (name, action) in enumerate(POLICY_ACTIONS):
        # Headquarters and branches have networks and proxies of their own.
        share = number - 1 if name in {"Headquarters", "Branch offices"} else None
        scope = {
            "network_lists": [] if share is None else [networks[share]],
            "dfps": [] if share is None else [proxies[share]],
        }
        account.add(POLICIES, {**_policy(account, name, action), "precedence": number + 1, **scope})
    account.add(CODES, _code(account))


def _plant_catalogue(account: Account) -> None:
    for name, text, threat, confidence in catalogue.FEEDS:
        key = account.entropy.token()
        about = {"description": text, "source": "Infoblox", "threat_level": threat}
        feed = {"name": name, "key": key, **about, "confidence_level": confidence}
        account[FEEDS].put(name, feed)
    for code, name, group in catalogue.CATEGORIES:
        row: Row = {"category_code": code, "category_name": name, "functional_group": group}
        account[CATEGORIES].put(str(code), row)
    for number, region, location, addresses in catalogue.REGIONS:
        place: Row = {"id": number, "region": region, "location": location}
        account[REGIONS].put(str(number), {**place, "addresses": list(addresses)})
    for name in ("Slack", "Zoom"):
        account[APPROVALS].put(name, {"app_name": name, "status": "approved"})
    account.add(REDIRECTS, {"name": "Walled garden", "data": "203.0.113.80", **TIMES})


def _plant_networks(account: Account) -> list[int]:
    for name, default, entries in DOMAIN_ENTRIES:
        row = {"name": name, "description": "", "internal_domains": list(entries)}
        account.add(DOMAINS, {**row, "is_default": default, "tags": {}, **TIMES})
    # No two customers may have the same network.
    digits = "".join(one for one in account.name if one.isdigit())
    third = int(digits or 0) % 256
    rows = [
        {"name": name, "description": "", "items": [f"198.{18 + at}.{third}.0/24"], **TIMES}
        for at, name in enumerate(NETWORK_NAMES)
    ]
    return [account.add(NETWORKS, row)["id"] for row in rows]


def _plant_proxies(account: Account) -> list[int]:
    domains = [row["id"] for row in account[DOMAINS] if row["is_default"]]
    found = []
    for at, name in enumerate(PROXY_NAMES):
        row = account.add(
            PROXIES,
            {
                "id": 501 + at,
                "service_name": name,
                "name": name,
                "ophid": account.entropy.token(),
                "site_id": account.entropy.uuid(),
                "pop_region_id": 3,
                "forwarding_policy": "ib_cloud_first",
                "resolvers_all": [],
                "internal_domain_lists": domains,
                "host": [],
                "net_addr_policy_ids": [],
                "elb_ip_list": [],
                **TIMES,
            },
        )
        found.append(row["id"])
    return found


def _plant_filters(account: Account) -> None:
    for name, categories in CATEGORY_NAMES:
        row = {"name": name, "description": "", "categories": list(categories), "tags": {}}
        account.add("category_filters", {**row, **TIMES})
    for name, fixed, applications in APPLICATION_NAMES:
        criteria = [{"name": one, "id": catalogue.APPLICATIONS[one]} for one in applications]
        found: Row = {"name": name, "description": "", "criteria": criteria, "tags": {}}
        account.add("application_filters", {**found, "readonly": fixed, **TIMES})


def _policy(account: Account, name: str, action: str) -> Row:
    extra = [_rule("category_filter", "Not at work", "action_block")]
    return {
        **DEFAULTS,
        "name": name,
        "description": f"{name} policy",
        "is_default": name == DEFAULT,
        "default_action": action,
        "rules": [
            _rule("custom_list", BLOCKED, "action_block"),
            *(_rule("named_feed", row["name"], _action(row)) for row in account[FEEDS]),
            *(extra if name == "Guest wireless" else []),
        ],
        **TIMES,
    }


def _action(feed: Row) -> str:
    return "action_block" if feed["threat_level"] == "HIGH" else "action_log"


def _rule(kind: str, data: str, action: str) -> Row:
    return {"type": kind, "data": data, "action": action, "redirect_name": "", "description": ""}


def _list(name: str, kind: str, items: tuple[str, ...]) -> Row:
    return {
        "name": name,
        "type": kind,
        "description": "",
        "item_count": len(items),
        "items": list(items),
        "items_described": [
            {"item": item, "description": "", "status": "ACTIVE"} for item in items
        ],
        "threat_level": "HIGH" if kind == "dga" else "INFO",
        "confidence_level": "HIGH",
        "tags": {},
        **TIMES,
    }


def _code(account: Account) -> Row:
    guests = next(row for row in account[POLICIES] if row["name"] == "Guest wireless")
    return {
        "name": "Auditors",
        "description": "External auditors",
        "activation": FROM,
        "expiration": UNTIL,
        "rules": [_rule("category_filter", "Not at work", "action_allow")],
        "policy_ids": [guests["id"]],
        **TIMES,
    }
