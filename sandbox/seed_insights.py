"""Insights of the pretend company: the events first, everything else counted from them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sandbox import config_insights, insights, td_insights
from sandbox.account import Account
from sandbox.clock import stamp
from sandbox.evidence import short, spelled
from sandbox.schema import Row

THREATS = (
    ("TI-DGA", "DGA", "HIGH"),
    ("TI-DNST", "DNS Tunneling", "CRITICAL"),
    ("Suspicious", "Suspicious", "MEDIUM"),
    ("Lookalike", "Lookalike Threat", "HIGH"),
    ("TI-CONFIGURATIONISSUE", "Open Resolver", "LOW"),
    ("TI-RESTRICTED", "Restricted Country Communications", "INFO"),
)
DEVICES = (
    ("fin-lt-014", "a.keller", "00:50:56:0a:14:01", "10.16.4.21", "Windows 11"),
    ("eng-ws-201", "j.moreau", "00:50:56:0a:20:02", "10.16.8.77", "Ubuntu 24.04"),
    ("hr-lt-033", "s.nowak", "00:50:56:0a:33:03", "10.17.4.12", "macOS 15"),
    ("scan-07", "", "00:50:56:0a:07:04", "10.18.2.9", "Embedded"),
    ("guest-phone", "", "00:50:56:0a:99:05", "10.19.40.3", "Android 15"),
)
"""Name, user, hardware address, address, system."""
WORDS = {"CRITICAL": "High", "HIGH": "High", "MEDIUM": "Medium", "LOW": "Low", "INFO": "Info"}
DIGITS = {"High": "3", "Medium": "2", "Low": "1", "Info": "1"}
SEVERITIES = {"CRITICAL": "Critical", "HIGH": "High", "MEDIUM": "Medium"}
INSIGHTS = 12
CLOSED_EVERY = 4
BLOCKED_OF_TEN = 8
HOUR = 3600
NEWEST = datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
STEP = timedelta(hours=31)

Span = tuple[float, float]


def plant(account: Account) -> None:
    """Fill the insights of an account."""
    for number in range(INSIGHTS):
        _plant_one(account, number)
    for number in range(len(THREATS)):
        _plant_newer(account, number)
    for title, status in (("Unused list", "OPEN"), ("Shadowed rule", "RESOLVED")):
        row = {"title": title, "status": status, "severity": "MEDIUM", "policy": "Headquarters"}
        account.add(config_insights.ANALYTICS, row)
    for title, kind in (("Feeds are only logged", "security"), ("Long rule list", "performance")):
        row = {"title": title, "check_type": kind, "severity": "LOW", "policy": "Branch offices"}
        account.add(config_insights.CHECKS, row)


def _plant_one(account: Account, number: int) -> None:
    kind, threat, priority = THREATS[number % len(THREATS)]
    seen = (NEWEST - STEP * number).timestamp()
    closed = number % CLOSED_EVERY == CLOSED_EVERY - 1
    row = {
        "tClass": kind,
        "tFamily": threat,
        "threatType": threat,
        "priorityText": priority,
        "status": "Closed" if closed else "Active",
        "feedSource": "Insight Detection Framework",
        "startedAt": stamp(seen - STEP.total_seconds()),
        "mostRecentAt": stamp(seen),
        "dateChanged": stamp(seen),
    }
    made = account.add(insights.PATH, row)
    events = _events(account, row, seen)
    actions = Counter(event["action"] for event in events)
    made["numEvents"] = str(len(events))
    # Counters of zero are left out.
    for name, action in (("Blocked", "Block"), ("NotBlocked", "Allow - No Log")):
        if actions[action]:
            made[f"events{name}Count"] = str(actions[action])
    ident = made["insightId"]
    for event in events:
        shown = {name: value for name, value in event.items() if name != "at"}
        _keep(account, insights.EVENTS, ident, shown=shown, span=(event["at"], event["at"]))
    _plant_sums(account, ident, events)
    if closed:
        who = f"soc@{account.name}.example.com"
        note = {"commentsChanger": who, "newComment": "Handled", "dateChanged": stamp(seen)}
        shown = {**note, "status": "Closed"}
        _keep(account, insights.COMMENTS, ident, shown=shown, span=(seen, seen))


def _keep(account: Account, path: str, ident: str, *, shown: Row, span: Span) -> None:
    account.add(path, {**shown, "insight": ident, "first": span[0], "last": span[1]})


def _events(account: Account, row: Row, seen: float) -> list[Row]:
    draw = account.entropy
    level = WORDS[row["priorityText"]]
    names = [f"{draw.token()[:10]}.example" for _ in range(draw.number(2, 4))]
    found = []
    for at in range(draw.number(6, 20)):
        device, user, mac, address, system = draw.pick(DEVICES)
        name = draw.pick(names)
        blocked = draw.number(1, 10) <= BLOCKED_OF_TEN
        moment = seen - at * HOUR
        found.append(
            {
                "at": moment,
                "action": "Block" if blocked else "Allow - No Log",
                "class": row["tClass"],
                "confidenceLevel": "High",
                "detected": spelled(moment),
                "deviceCountry": "Germany",
                "deviceRegion": "Hesse",
                "deviceIp": address,
                "deviceName": device,
                "dnsView": "default",
                "feed": "base",
                "macAddress": mac,
                "osVersion": system,
                "policy": "Headquarters",
                "property": row["threatType"],
                "query": f"www.{name}",
                "queryType": draw.pick(("A", "AAAA", "TXT")),
                "response": "NXDOMAIN" if blocked else "192.0.2.66",
                "source": "dfp-hq-1",
                "threatFamily": row["tFamily"],
                "threatIndicator": name,
                "threatLevel": level,
                "user": user,
            }
        )
    return found


def _plant_sums(account: Account, ident: str, events: list[Row]) -> None:
    for name in dict.fromkeys(event["threatIndicator"] for event in events):
        own = [event for event in events if event["threatIndicator"] == name]
        shown, span = _sum(own)
        shown |= {
            "indicator": name,
            "action": _word(own[0]),
            "confidence": "3",
            "feedName": own[0]["feed"],
            "actor": "",
            "macAddress": own[0]["macAddress"],
        }
        _keep(account, insights.INDICATORS, ident, shown=shown, span=span)
    for device in dict.fromkeys(event["deviceName"] for event in events):
        own = [event for event in events if event["deviceName"] == device]
        shown, span = _sum(own)
        shown |= {
            "cid": device,
            "cmac": own[0]["macAddress"],
            "qip": own[0]["deviceIp"],
            "user": own[0]["user"],
            "osVersion": own[0]["osVersion"],
            "location": "Frankfurt, Germany",
            "threatIndicatorDistinctCount": str(len({one["threatIndicator"] for one in own})),
            "mostRecentAction": _word(own[0]),
        }
        _keep(account, insights.ASSETS, ident, shown=shown, span=span)


def _sum(events: list[Row]) -> tuple[Row, Span]:
    """Count events that come newest first."""
    span = events[-1]["at"], events[0]["at"]
    shown: Row = {
        "count": len(events),
        "threatLevelMax": DIGITS[events[0]["threatLevel"]],
        "timeMin": short(span[0]),
        "timeMax": short(span[1]),
    }
    return shown, span


def _word(event: Row) -> str:
    return "Blocked" if event["action"] == "Block" else "Not Blocked"


def _plant_newer(account: Account, number: int) -> None:
    kind, threat, priority = THREATS[number]
    seen = (NEWEST - STEP * number).timestamp()
    events = _events(
        account,
        {"tClass": kind, "priorityText": priority, "threatType": threat, "tFamily": threat},
        seen,
    )
    names = list(dict.fromkeys(event["threatIndicator"] for event in events))
    devices = list(dict.fromkeys(event["deviceName"] for event in events))
    made = account.add(
        td_insights.PATH,
        {
            "name": threat,
            "description": f"{threat} seen on {len(devices)} devices",
            "severity": SEVERITIES.get(priority, "Low"),
            "status": td_insights.STATUSES[number % 2],
            "date_created": stamp(seen),
            "evaluation_start_date": stamp(seen - STEP.total_seconds()),
            "evaluation_end_date": stamp(seen),
            "total_events": len(events),
            "total_indicators": len(names),
            "total_assets": len(devices),
            "total_users": len({event["user"] for event in events} - {""}),
            "expiring_in_days": 30,
            "threat_properties": [threat],
            "time_saved_seconds": 1800,
            "key_recommendations": [
                {
                    "id": "1",
                    "recommendation": "Isolate the devices",
                    "type": "manual",
                    "action_taken": False,
                }
            ],
            "overview": [f"{len(events)} queries in {len(names)} domains"],
        },
    )
    _plant_newer_parts(account, made["insight_id"], events)


def _plant_newer_parts(account: Account, ident: str, events: list[Row]) -> None:
    # The service gives some events twice.
    for event in [*events, events[-1]]:
        shown = {
            "threat_level": DIGITS[event["threatLevel"]],
            "threat_confidence": "3",
            "detected_at": stamp(event["at"]),
            "query": event["query"],
            "device_ip": event["deviceIp"],
            "mac_address": event["macAddress"],
        }
        _keep(account, td_insights.EVENTS, ident, shown=shown, span=(event["at"], event["at"]))
    for name in dict.fromkeys(event["threatIndicator"] for event in events):
        own = [event for event in events if event["threatIndicator"] == name]
        shown = {"indicator": name, "count": len(own), "action": _word(own[0])}
        _keep(account, td_insights.INDICATORS, ident, shown=shown, span=_sum(own)[1])
    for device in dict.fromkeys(event["deviceName"] for event in events):
        own = [event for event in events if event["deviceName"] == device]
        shown = {
            "device_name": device,
            "ip_address": own[0]["deviceIp"],
            "mac_address": own[0]["macAddress"],
            "users": sorted({event["user"] for event in own} - {""}),
            "indicators": sorted({event["threatIndicator"] for event in own}),
            "is_verified": bool(own[0]["user"]),
            "count": len(own),
        }
        _keep(account, td_insights.ASSETS, ident, shown=shown, span=_sum(own)[1])
