"""Insights of the newer generation, with a workflow of their own."""

from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.catalog import Args, Kind, Operation, Path, Query, Queue, WriteArgs
from shared.identifiers import segment
from shared.operations.insights import Most, Sought

row = partial(Operation, queue=Queue.INSIGHTS, toolset="insights")

TD_INSIGHTS = "/api/v2/insights"
# The words on the left are those of the older generation's tools.
WORDS = {
    "OPEN": "Needs Review",
    "IN_PROGRESS": "In Progress",
    "RESOLVED": "Resolved",
    "CLOSED": "Resolved",
    "FALSE_POSITIVE": "False Positive",
}
Status = Annotated[
    Literal[
        "Needs Review",
        "In Progress",
        "Resolved",
        "Reopened",
        "Accepted Risk",
        "False Positive",
        "OPEN",
        "IN_PROGRESS",
        "RESOLVED",
        "CLOSED",
        "FALSE_POSITIVE",
    ],
    AfterValidator(lambda word: WORDS.get(word, word)),
]
InsightId = Annotated[str, AfterValidator(segment), Field(description="The insight_id of the list")]
CommaList = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=256, pattern="^[^,]*$")]] | None,
    Field(max_length=50),
]


class ListTdInsights(Args):
    """List insights of the newer generation (IQ for Threat Defense)."""

    severity: Annotated[Literal["Critical", "High", "Medium", "Low"] | None, Query("severity")] = (
        None
    )
    status: Annotated[Status | None, Query("status")] = None
    limit: Most = 100


class OfTdInsight(Args):
    """One insight of the newer generation."""

    insight_id: Annotated[InsightId, Path()]


class GetTdInsight(OfTdInsight):
    """Read one insight of the newer generation with what is recommended."""


class ListTdInsightAssets(OfTdInsight):
    """List the assets of an insight of the newer generation."""

    device_name: Annotated[Sought, Query("device_name")] = None
    indicators: Annotated[CommaList, Query("indicators")] = None
    users: Annotated[CommaList, Query("users")] = None
    ip_address: Annotated[CommaList, Query("ip_address")] = None
    is_verified: Annotated[Literal["true", "false"] | None, Query("is_verified")] = None
    limit: Most = 50


class ListTdInsightEvents(OfTdInsight):
    """List the events of an insight of the newer generation. An event may come twice."""

    threat_level: Annotated[int | None, Query("threat_level"), Field(ge=0, le=9)] = None
    threat_confidence: Annotated[Sought, Query("threat_confidence")] = None
    limit: Most = 100


class ListTdInsightIndicators(OfTdInsight):
    """List the indicators of an insight of the newer generation."""

    limit: Most = 50


class UpdateTdInsightStatus(WriteArgs):
    """Set the workflow status of an insight of the newer generation. A repeat with a comment leaves
    a second entry in its history, so if the answer is lost and the status cannot tell, it ends
    `unknown`."""

    insight_id: InsightId
    status: Status
    comment: Annotated[str | None, Field(min_length=1, max_length=2000)] = None


READS: tuple[tuple[str, str, type[Args], str], ...] = (
    ("list_td_insight_assets", "List assets of an insight", ListTdInsightAssets, "assets"),
    ("list_td_insight_events", "List events of an insight", ListTdInsightEvents, "events"),
    (
        "list_td_insight_indicators",
        "List indicators of an insight",
        ListTdInsightIndicators,
        "indicators",
    ),
)
OPERATIONS = (
    row(
        name="list_td_insights",
        title="List insights (newer)",
        args=ListTdInsights,
        path=TD_INSIGHTS,
        envelope="insights|results",
        reads=("td_insight",),
    ),
    row(
        name="get_td_insight",
        title="Read an insight (newer)",
        args=GetTdInsight,
        path=f"{TD_INSIGHTS}/{{insight_id}}",
        envelope="insight|result|results",
        single=True,
        reads=("td_insight",),
    ),
    *(
        row(
            name=name,
            title=title,
            args=args,
            path=f"{TD_INSIGHTS}/{{insight_id}}/{part}",
            envelope=part,
            reads=("td_insight",),
        )
        for name, title, args, part in READS
    ),
    row(
        name="update_td_insight_status",
        title="Set the status of an insight (newer)",
        args=UpdateTdInsightStatus,
        kind=Kind.UPDATE,
        single=True,
        changes=("td_insight",),
        targets=("insight_id",),
    ),
)
