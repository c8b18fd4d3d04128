"""Insights of the newer generation, under /api/v2/insights."""

from __future__ import annotations

import json

from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import invalid, missing
from sandbox.evidence import NO_LIMIT, NOT_FOUND, Part, found, part, store, word
from sandbox.paging import whole
from sandbox.resource import Resource, Service
from sandbox.schema import checked, fields

PATH = "td_insights"
SEVERITIES = ("Critical", "High", "Medium", "Low")
STATUSES = (
    "Needs Review",
    "In Progress",
    "Resolved",
    "Reopened",
    "Accepted Risk",
    "False Positive",
)
ASSETS, EVENTS, INDICATORS = "td_insight_assets", "td_insight_events", "td_insight_indicators"
CHANGE = fields("insight_id: string required\nstatus: string required\ncomment: string")
ONLY_ALONE = frozenset({"key_recommendations", "overview"})
"""Fields that only the read of one insight shows."""
FIFTY = 50
PARTS = {
    "assets": Part(
        "assets",
        ASSETS,
        takes={
            "device_name": "device_name",
            "indicators": "indicators",
            "users": "users",
            "ip_address": "ip_address",
            "is_verified": "is_verified",
        },
        words={"is_verified": ("true", "false")},
        several=frozenset({"indicators", "users", "ip_address"}),
        times=False,
        default_limit=FIFTY,
        empty_key=True,
    ),
    "events": Part(
        "events",
        EVENTS,
        takes={"threat_level": "threat_level", "threat_confidence": "threat_confidence"},
        words={"threat_level": tuple("0123456789")},
        times=False,
        empty_key=True,
    ),
    "indicators": Part("indicators", INDICATORS, times=False, default_limit=FIFTY, empty_key=True),
}


def detailed(_status: int, message: str) -> bytes:
    """Write an error as this generation does."""
    return json.dumps({"detail": message}).encode()


def listing(call: Call) -> Answer:
    """List insights in short; the key of the list is a guess."""
    severity, status = word(call, "severity", SEVERITIES), word(call, "status", STATUSES)
    limit = whole(call.query, "limit", default=NO_LIMIT, least=1)
    rows = [
        {name: value for name, value in row.items() if name not in ONLY_ALONE}
        for row in call.account[PATH]
        if severity in {None, row["severity"]} and status in {None, row["status"]}
    ]
    return answer(200, {"insights": rows[:limit]})


def get(call: Call) -> Answer:
    """Read one insight with what is recommended; that nothing is wrapped around it is a guess."""
    return answer(200, found(call, PATH))


def set_status(call: Call) -> Answer:
    """Set the status of one insight: 201 and an empty object."""
    body = checked(CHANGE, call.body, partial=False)
    row = call.account[PATH].find(body["insight_id"])
    if row is None:
        raise missing(NOT_FOUND)
    if body["status"] not in STATUSES:
        raise invalid(f"invalid status: {body['status']}")
    call.account[PATH].put(body["insight_id"], {**row, "status": body["status"]})
    call.wrote(f"{PATH} {body['insight_id']} {body['status']}")
    return answer(201, {})


TD = Service("/api/v2", detailed)
RESOURCES = (
    Resource(
        TD,
        PATH,
        {},
        key="insight_id",
        collection_methods=frozenset(),
        item_methods=frozenset(),
    ),
    *(store(TD, path) for path in (ASSETS, EVENTS, INDICATORS)),
)
_ALL = f"{TD.prefix}/insights"
OPERATIONS = {
    (_ALL, "GET"): Operation(listing, service=TD, query=frozenset({"severity", "status", "limit"})),
    (f"{_ALL}/{{id}}", "GET"): Operation(get, service=TD),
    (f"{_ALL}/status", "PUT"): Operation(set_status, service=TD, has_body=True),
    **{(f"{_ALL}/{{id}}/{name}", "GET"): part(TD, PATH, one) for name, one in PARTS.items()},
}
