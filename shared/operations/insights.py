"""SOC insights: the rows of the `insights` queue."""

from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.catalog import Args, Cut, Operation, Path, Query, Queue
from shared.identifiers import segment

row = partial(Operation, queue=Queue.INSIGHTS, toolset="insights")

INSIGHTS = "/api/v1/insights"
# The API knows two states; the words on the left are those of the portal's workflow.
STATES = {"OPEN": "Active", "IN_PROGRESS": "Active", "RESOLVED": "Closed", "CLOSED": "Closed"}
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


class GetSecurityInsightDetails(Args):
    """Read one SOC insight: threat, priority, times and counts of its events."""

    insight_id: Annotated[
        str, Path(), AfterValidator(segment), Field(description="The insightId of the list")
    ]


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
)
