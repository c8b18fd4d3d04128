"""Threats found in DNS traffic: the service under /api/v1/insights."""

from __future__ import annotations

from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import missing, plain
from sandbox.evidence import NO_LIMIT, NOT_FOUND, Part, found, part, store, word
from sandbox.paging import whole
from sandbox.resource import Resource, Service
from sandbox.schema import checked, fields

SOC = Service("/api/v1", plain)
PATH = "insights"
STATUSES = ("Active", "Closed")
PRIORITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
LEVELS = ("High", "Medium", "Low", "Info")
INDICATORS, EVENTS = "insight_indicators", "insight_events"
ASSETS, COMMENTS = "insight_assets", "insight_comments"
CHANGE = fields("""
    insight_ids: strings required
    status: string required words=Active|Closed
    comment: string
""")
PARTS = {
    "indicators": Part(
        "indicators",
        INDICATORS,
        takes={name: name for name in ("confidence", "indicator", "actor", "action")},
        words={"confidence": ("1", "2", "3"), "action": ("Blocked", "Not Blocked")},
    ),
    "events": Part(
        "events",
        EVENTS,
        takes={
            "threat_level": "threatLevel",
            "confidence_level": "confidenceLevel",
            "query": "query",
            "query_type": "queryType",
            "source": "source",
            "device_ip": "deviceIp",
            "indicator": "threatIndicator",
        },
        words={
            "threat_level": LEVELS,
            "confidence_level": LEVELS,
            "query_type": (
                *("A", "AAAA", "ANY", "TXT", "RRSIG", "CNAME"),
                *("MX", "NS", "PTR", "SOA", "SRV"),
            ),
        },
    ),
    "assets": Part(
        "assets",
        ASSETS,
        takes={"qip": "qip", "cmac": "cmac", "os_version": "osVersion", "user": "user"},
    ),
    "comments": Part("comments", COMMENTS, has_limit=False),
}


def listing(call: Call) -> Answer:
    """List insights; without a status only the active ones."""
    wanted = {
        "status": word(call, "status", STATUSES) or "Active",
        "priorityText": word(call, "priority", PRIORITIES),
        "threatType": call.query.get("threat_type") or call.query.get("threatType"),
    }
    limit = whole(call.query, "limit", default=NO_LIMIT, least=1)
    rows = [
        row
        for row in call.account[PATH]
        if all(value is None or row.get(name) == value for name, value in wanted.items())
    ]
    # An empty list is not written at all.
    return answer(200, {"insightList": rows[:limit]} if rows else {})


def get(call: Call) -> Answer:
    """Read one insight."""
    return answer(200, {"insight": found(call, PATH)})


def set_status(call: Call) -> Answer:
    """Set the status of insights, all or none; each call leaves a comment, also the same twice."""
    account, body = call.account, checked(CHANGE, call.body, partial=False)
    idents = list(dict.fromkeys(body["insight_ids"]))
    if any(ident not in account[PATH] for ident in idents):
        raise missing(NOT_FOUND)
    now, comment = account.now(), body.get("comment") or ""
    who, seconds = f"{account.name}@example.com", account.clock.wall()
    for ident in idents:
        row = {**account[PATH].get(ident), "status": body["status"], "dateChanged": now}
        account[PATH].put(ident, {**row, "changer": who, "userComment": comment})
        shown = {"commentsChanger": who, "newComment": comment, "dateChanged": now}
        entry = {**shown, "status": body["status"], "insight": ident}
        account.add(COMMENTS, {**entry, "first": seconds, "last": seconds})
    call.wrote(f"insights {','.join(idents)} {body['status']} {comment}")
    return answer(200, {})


RESOURCES = (
    Resource(
        SOC,
        PATH,
        {},
        key="insightId",
        collection_methods=frozenset(),
        item_methods=frozenset(),
    ),
    *(store(SOC, path) for path in (INDICATORS, EVENTS, ASSETS, COMMENTS)),
)
_ALL = f"{SOC.prefix}/{PATH}"
OPERATIONS = {
    (_ALL, "GET"): Operation(
        listing,
        service=SOC,
        query=frozenset({"status", "threat_type", "threatType", "priority", "limit"}),
    ),
    (f"{_ALL}/{{id}}", "GET"): Operation(get, service=SOC),
    (f"{_ALL}/status", "PUT"): Operation(set_status, service=SOC, has_body=True),
    **{(f"{_ALL}/{{id}}/{name}", "GET"): part(SOC, PATH, one) for name, one in PARTS.items()},
}
