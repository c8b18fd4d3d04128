"""SOC insights: the rows of the `insights` queue."""

from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.catalog import Args, Cut, Kind, Operation, Path, Query, Queue, Rare, WriteArgs
from shared.identifiers import segment
from shared.operations.arguments import Limit, Offset, PickedFields

row = partial(Operation, queue=Queue.INSIGHTS, toolset="insights")

INSIGHTS = "/api/v1/insights"
CONFIG_INSIGHTS = "/api/insights/v1/config-insights"
# How these answers are wrapped is published nowhere.
FOUND_UNDER = "results|analytics|insights"
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

EventLevel = Literal["High", "Medium", "Low", "Info"]
QueryType = Literal["A", "AAAA", "ANY", "TXT", "RRSIG", "CNAME", "MX", "NS", "PTR", "SOA", "SRV"]


def api_time(text: str) -> str:
    """Return a time as the API takes it: UTC, milliseconds, no zone."""
    moment = datetime.fromisoformat(text)
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds")


class ListSecurityInsights(Args):
    """List SOC insights: threats found in DNS traffic. Without a status only active ones come.
    For the newer generation use list_td_insights."""

    rare: ClassVar[Rare] = frozenset({"threat_type"})
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
    fields: PickedFields = None


InsightId = Annotated[str, AfterValidator(segment), Field(description="The insightId of the list")]
Moment = Annotated[
    str,
    AfterValidator(api_time),
    Field(max_length=40, description="ISO time such as 2026-05-01T08:00:00; UTC without a zone"),
]


class GetSecurityInsightDetails(Args):
    """Read one SOC insight: threat, priority, times and counts of its events. For its devices use
    get_insight_affected_assets; for the events get_insight_security_events."""

    insight_id: Annotated[InsightId, Path()]


From = Annotated[Moment | None, Query("from")]
To = Annotated[Moment | None, Query("to")]
Most = Annotated[int, Query("limit"), Field(ge=1, le=1000, description="Rows at most")]
Sought = Annotated[str | None, Field(min_length=1, max_length=256)]
_CONFIDENCE = {"low": "1", "medium": "2", "high": "3"}


class OfInsight(Args):
    """What is behind one insight."""

    insight_id: Annotated[InsightId, Path()]
    fields: PickedFields = None


class GetInsightThreatIndicators(OfInsight):
    """List the indicators of a SOC insight: the domains and addresses that were asked for."""

    confidence: Annotated[
        Literal["low", "medium", "high", "1", "2", "3"] | None,
        Query("confidence"),
        AfterValidator(lambda word: _CONFIDENCE.get(word, word)),
    ] = None
    indicator: Annotated[Sought, Query("indicator")] = None
    actor: Annotated[Sought, Query("actor")] = None
    action: Annotated[Literal["Blocked", "Not Blocked"] | None, Query("action")] = None
    start_time: From = None
    end_time: To = None
    limit: Most = 1000


class GetInsightSecurityEvents(OfInsight):
    """List the DNS events behind a SOC insight."""

    threat_level: Annotated[EventLevel | None, Query("threat_level")] = None
    confidence_level: Annotated[EventLevel | None, Query("confidence_level")] = None
    query: Annotated[Sought, Query("query"), Field(description="The name asked for")] = None
    query_type: Annotated[QueryType | None, Query("query_type")] = None
    source: Annotated[Sought, Query("source")] = None
    source_ip: Annotated[
        IPv4Address | IPv6Address | None,
        Query("device_ip"),
        Field(description="The same as device_ip"),
    ] = None
    device_ip: Annotated[IPv4Address | IPv6Address | None, Query("device_ip")] = None
    indicator: Annotated[Sought, Query("indicator")] = None
    start_time: From = None
    end_time: To = None
    limit: Most = 1000

    @model_validator(mode="after")
    def has_one_address(self) -> Self:
        """Refuse two addresses: the API knows one."""
        if self.source_ip and self.device_ip:
            raise ValueError("give either source_ip or device_ip: they mean the same")
        return self


class GetInsightAffectedAssets(OfInsight):
    """List the devices and users that a SOC insight touches."""

    ip_address: Annotated[IPv4Address | IPv6Address | None, Query("qip")] = None
    mac_address: Annotated[Sought, Query("cmac")] = None
    os_version: Annotated[Sought, Query("os_version")] = None
    user: Annotated[Sought, Query("user")] = None
    start_time: From = None
    end_time: To = None
    limit: Most = 1000


class GetInsightCommentsHistory(OfInsight):
    """List the comments and status changes of a SOC insight, oldest first."""

    start_date: From = None
    end_date: To = None


class ListPolicyAnalyticsInsights(Args):
    """List what could be better in security policies. Unconfirmed: no other client of the vendor
    has this call, and a 404 means that this account does not have it."""

    status: Annotated[Literal["OPEN", "RESOLVED", "CLOSED"] | None, Query("status")] = None
    limit: Limit = 100
    offset: Offset = 0


class GetPolicyAnalyticsInsightDetails(Args):
    """Read what could be better in one security policy. Unconfirmed: no other client of the vendor
    has this call, and a 404 may mean that this account does not have it."""

    analytic_insight_id: Annotated[str, AfterValidator(segment), Path()]


class ListPolicyComplianceInsights(Args):
    """List the results of checks of security policies. Unconfirmed: no other client of the vendor
    has this call, and a 404 means that this account does not have it."""

    check_type: Annotated[
        Sought,
        Query("check_type"),
        Field(description="Such as security, performance, best_practice"),
    ] = None
    limit: Limit = 100
    offset: Offset = 0


class UpdateSecurityInsightStatus(WriteArgs):
    """Set the status of SOC insights, with an optional comment. The API knows Active and Closed;
    IN_PROGRESS and FALSE_POSITIVE are said in the comment, which ends in the job's id. Two equal
    calls leave two comments, unless they have the same idempotency_key. For the newer generation
    use update_td_insight_status."""

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
    *(
        row(
            name=args_name,
            title=title,
            args=args,
            path=f"{INSIGHTS}/{{insight_id}}/{part}",
            envelope=part,
            reads=("insight",),
        )
        for args_name, title, args, part in (
            (
                "get_insight_threat_indicators",
                "List indicators of a SOC insight",
                GetInsightThreatIndicators,
                "indicators",
            ),
            (
                "get_insight_security_events",
                "List events of a SOC insight",
                GetInsightSecurityEvents,
                "events",
            ),
            (
                "get_insight_affected_assets",
                "List assets of a SOC insight",
                GetInsightAffectedAssets,
                "assets",
            ),
        )
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
    row(
        name="list_policy_analytics_insights",
        title="List findings about policies",
        args=ListPolicyAnalyticsInsights,
        path=f"{CONFIG_INSIGHTS}/analytics",
        envelope=FOUND_UNDER,
        reads=("config_insight",),
    ),
    row(
        name="get_policy_analytics_insight_details",
        title="Read a finding about policies",
        args=GetPolicyAnalyticsInsightDetails,
        path=f"{CONFIG_INSIGHTS}/analytics/{{analytic_insight_id}}",
        envelope="result|results",
        single=True,
        reads=("config_insight",),
    ),
    row(
        name="list_policy_compliance_insights",
        title="List checks of policies",
        args=ListPolicyComplianceInsights,
        path=f"{CONFIG_INSIGHTS}/policy-check",
        envelope=FOUND_UNDER,
        reads=("config_insight",),
    ),
)
