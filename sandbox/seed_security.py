"""Policies, lists and insights of the pretend company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.account import Account
from sandbox.clock import stamp
from sandbox.schema import Row

MADE = "2025-03-03T08:00:00Z"
POLICIES = (
    ("Default Global Policy", "action_allow"),
    ("Headquarters", "action_allow"),
    ("Branch offices", "action_log"),
    ("Guest wireless", "action_block"),
    ("Data centres", "action_allow"),
)
LISTS = (
    ("Blocked by SOC", "custom_list", ("bad.example", "worse.example", "198.51.100.7")),
    ("Partner allow list", "custom_list", ("partner.example.net", "files.partner.example.net")),
    ("Phishing drill", "custom_list", ("drill.example.org",)),
    ("Lab exceptions", "custom_list", ("203.0.113.0/24", "lab.example.com")),
    ("Default Allow", "default_allow", ("example.com",)),
    ("Default Block", "default_block", ("blocked.example",)),
    ("Threat Insight - DGA", "dga", ("qx7k2v.example", "zz81ab.example")),
    ("Threat Insight - Data Exfiltration", "threat_insight", ("t.tunnel.example",)),
)
THREATS = (
    ("TI-DGA", "DGA", "HIGH"),
    ("TI-DNST", "DNS Tunneling", "CRITICAL"),
    ("Suspicious", "Suspicious", "MEDIUM"),
    ("Lookalike", "Lookalike Threat", "HIGH"),
    ("TI-CONFIGURATIONISSUE", "Open Resolver", "LOW"),
    ("TI-RESTRICTED", "Restricted Country Communications", "INFO"),
)
INSIGHTS = 12
CLOSED_EVERY = 4
NEWEST = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
STEP = timedelta(hours=31)


def plant(account: Account) -> None:
    """Fill the security part of an account."""
    for number, (name, action) in enumerate(POLICIES):
        account.add("security_policies", _policy(name, action, number))
    for name, kind, items in LISTS:
        account.add("named_lists", _list(name, kind, items))
    for number in range(INSIGHTS):
        account.add("insights", _insight(account, number))


def _policy(name: str, action: str, number: int) -> Row:
    rule = {"type": "custom_list", "data": LISTS[0][0], "action": "action_block"}
    return {
        "name": name,
        "description": f"{name} policy",
        "is_default": number == 0,
        "default_action": action,
        "default_redirect_name": "",
        "rules": [rule],
        "network_lists": [],
        "dfps": [],
        "dfp_services": [],
        "roaming_device_groups": [],
        "user_groups": [],
        "access_codes": [],
        "precedence": number + 1,
        "ecs": False,
        "onprem_resolve": False,
        "safe_search": False,
        "tags": {},
        "created_time": MADE,
        "updated_time": MADE,
    }


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
        "policies": [one for one, _ in POLICIES] if name == LISTS[0][0] else [],
        "tags": {},
        "created_time": MADE,
        "updated_time": MADE,
    }


def _insight(account: Account, number: int) -> Row:
    draw = account.entropy
    kind, threat, priority = THREATS[number % len(THREATS)]
    seen = NEWEST - STEP * number
    blocked, passed = draw.number(0, 400), draw.number(0, 9)
    row = {
        "tClass": kind,
        "tFamily": threat,
        "threatType": threat,
        "priorityText": priority,
        "status": "Closed" if number % CLOSED_EVERY == CLOSED_EVERY - 1 else "Active",
        "feedSource": "Insight Detection Framework",
        "startedAt": stamp((seen - STEP).timestamp()),
        "mostRecentAt": stamp(seen.timestamp()),
        "dateChanged": stamp(seen.timestamp()),
        "numEvents": str(blocked + passed),
    }
    # Counters of zero are left out.
    if blocked:
        row["eventsBlockedCount"] = str(blocked)
    if passed:
        row["eventsNotBlockedCount"] = str(passed)
    return row
