"""Threats found in DNS traffic: the service under /api/v1/insights."""

from __future__ import annotations

from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import invalid, plain
from sandbox.paging import whole
from sandbox.resource import Resource, Service
from sandbox.schema import fields

SOC = Service("/api/v1", plain)
STATUSES = ("Active", "Closed")
PRIORITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
NO_LIMIT = 100_000

INSIGHT = """
    insightId: string readonly
    tClass: string
    tFamily: string
    threatType: string
    priorityText: string
    status: string
    feedSource: string
    startedAt: datetime
    persistentDate: datetime
    spreadingDate: datetime
    mostRecentAt: datetime
    dateChanged: datetime
    changer: string
    userComment: string
    numEvents: string
    eventsBlockedCount: string
    eventsNotBlockedCount: string
"""


def listing(call: Call) -> Answer:
    """List insights; without a status only the active ones."""
    wanted = {
        "status": _word(call, "status", STATUSES) or "Active",
        "priorityText": _word(call, "priority", PRIORITIES),
        "threatType": call.query.get("threat_type") or call.query.get("threatType"),
    }
    limit = whole(call.query, "limit", default=NO_LIMIT, least=1)
    rows = [
        row
        for row in call.account["insights"]
        if all(value is None or row.get(name) == value for name, value in wanted.items())
    ]
    # An empty list is not written at all.
    return answer(200, {"insightList": rows[:limit]} if rows else {})


def _word(call: Call, name: str, words: tuple[str, ...]) -> str | None:
    value = call.query.get(name)
    if value is not None and value not in words:
        raise invalid(f"invalid {name}: {value}")
    return value


INSIGHTS = Resource(
    SOC,
    "insights",
    fields(INSIGHT),
    key="insightId",
    collection_methods=frozenset(),
    list_key="insightList",
    item_key="insight",
)
RESOURCES = (INSIGHTS,)
OPERATIONS = {
    (INSIGHTS.template, "GET"): Operation(
        listing,
        service=SOC,
        query=frozenset(["status", "threat_type", "threatType", "priority", "limit"]),
    )
}
