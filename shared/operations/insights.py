"""SOC insights: the rows of the `insights` queue."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.catalog import Args, Cut, Kind, Operation, Path, Query, Queue, WriteArgs
from shared.identifiers import segment

row = partial(Operation, queue=Queue.INSIGHTS, toolset="insights")

INSIGHTS = "/api/v1/insights"
# The API knows two states; the words on the left are those of the portal's workflow.
STATES = {
    "OPEN": "Active",
    "IN_PROGRESS": "Active",
    "RESOLVED": "Closed",
    "CLOSED": "Closed",
    "FALSE_POSITIVE": "Closed",
}
State = Literal["OPEN", "IN_PROGRESS", "RESOLVED", "CLOSED", "Active", "Closed"]
ThreatType = Literal[
    "DGA",
    "Undefined",
    "Malicious",
    "Open Resolver",
    "Phishing",
    "DNS Tunneling",
    "MalwareDownload",
    "Sinkhole",
    "Zero Day DNS",
    "Notional Data Exfiltration",
    "MalwareC2DGA",
    "MalwareC2",
    "Restricted Country Communications",
    "Suspicious",
    "CompromisedHost",
    "CompromisedDomain",
    "Lookalike Threat",
    "Sanctioned Feed Disabled",
    "DNSTunnel",
]


def api_time(text: str) -> str:
    """Return a time as the API takes it: UTC, milliseconds, no zone."""
    moment = datetime.fromisoformat(text)
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds")


class ListSecurityInsights(Args):
    """List SOC insights: threats found in DNS traffic. Without a status only active ones come."""

    status: Annotated[
        State | None,
        Query("status"),
        AfterValidator(lambda word: STATES.get(word, word)),
        Field(description="OPEN and IN_PROGRESS mean Active; RESOLVED and CLOSED mean Closed"),
    ] = None
    threat_type: Annotated[ThreatType | None, Query("threat_type")] = None
    priority: Annotated[
        Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"] | None, Query("priority")
    ] = None
    limit: Annotated[int, Cut(), Field(ge=1, le=1000, description="Rows to return at most")] = 100


InsightId = Annotated[str, AfterValidator(segment), Field(description="The insightId of the list")]
Moment = Annotated[
    str,
    AfterValidator(api_time),
    Field(max_length=40, description="ISO time such as 2026-05-01T08:00:00; UTC without a zone"),
]


class GetSecurityInsightDetails(Args):
    """Read one SOC insight: threat, priority, times and counts of its events."""

    insight_id: Annotated[InsightId, Path()]


class GetInsightCommentsHistory(Args):
    """List the comments and status changes of a SOC insight, oldest first."""

    insight_id: Annotated[InsightId, Path()]
    start_date: Annotated[Moment | None, Query("from")] = None
    end_date: Annotated[Moment | None, Query("to")] = None


class UpdateSecurityInsightStatus(WriteArgs):
    """Set the status of SOC insights, with an optional comment. The API knows Active and Closed;
    IN_PROGRESS and FALSE_POSITIVE are said in the comment, which ends in the job's id. Two equal
    calls leave two comments, unless they have the same idempotency_key."""

    insight_ids: Annotated[list[InsightId], Field(min_length=1, max_length=100)]
    status: Literal[
        "OPEN", "IN_PROGRESS", "RESOLVED", "CLOSED", "FALSE_POSITIVE", "Active", "Closed"
    ]
    comment: Annotated[str | None, Field(min_length=1, max_length=2000)] = None


OPERATIONS = (
    row(
        name="list_security_insights",
        title="List SOC insights",
        args=ListSecurityInsights,
        path=INSIGHTS,
        envelope="insightList",
        reads=("insight",),
    ),
    row(
        name="get_security_insight_details",
        title="Read a SOC insight",
        args=GetSecurityInsightDetails,
        path=INSIGHTS + "/{insight_id}",
        envelope="insight",
        single=True,
        reads=("insight",),
    ),
    row(
        name="get_insight_comments_history",
        title="List comments of a SOC insight",
        args=GetInsightCommentsHistory,
        path=INSIGHTS + "/{insight_id}/comments",
        envelope="comments",
        reads=("insight",),
    ),
    row(
        name="update_security_insight_status",
        title="Set the status of SOC insights",
        args=UpdateSecurityInsightStatus,
        kind=Kind.UPDATE,
        single=True,
        changes=("insight",),
        touches=lambda arguments: tuple(arguments["insight_ids"]),
    ),
)
