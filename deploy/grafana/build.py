"""The Grafana dashboard as code: `python deploy/grafana/build.py` writes dashboards/*.json."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataSourceRef

TARGET = Path(__file__).with_name("dashboards") / "infoblox-mq.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
_HEIGHT = 7
_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel: a title, what it means, and expressions with their legends."""

    title: str
    about: str
    lines: tuple[tuple[str, str], ...]
    unit: str = "short"
    span: int = 8
    single: bool = False


ROWS: dict[str, tuple[Chart, ...]] = {
    "Is everything well?": (
        Chart(
            "Worker processes",
            "0 is a queue that nobody works on.",
            (("sum by (queue) (mcp_workers)", "{{queue}}"),),
            span=6,
            single=True,
        ),
        Chart(
            "Breakers not closed",
            "Services of Infoblox that fail.",
            (('sum(mcp_circuit_breaker_state{state!="closed"})', "open or half-open"),),
            span=6,
            single=True,
        ),
        Chart(
            "Dead jobs",
            "Every start took its worker down; they are kept for a day.",
            (('sum(mcp_jobs{state="dead"})', "dead"),),
            span=6,
            single=True,
        ),
        Chart(
            "Store memory",
            "At 80 % of its limit new calls are refused.",
            (("mcp_store_memory_bytes", "used"), ("mcp_store_memory_limit_bytes", "limit")),
            unit="bytes",
            span=6,
            single=True,
        ),
    ),
    "Queues": (
        Chart(
            "Open jobs",
            "Accepted, running and waiting. A waiting job holds no thread.",
            (('sum by (queue, state) (mcp_jobs{state!="dead"})', "{{queue}} {{state}}"),),
            span=12,
        ),
        Chart(
            "Oldest job not started",
            "Grows when a queue has too few threads, or no worker.",
            (("mcp_queue_oldest_job_age_seconds", "{{queue}}"),),
            unit="s",
            span=12,
        ),
        Chart(
            "Jobs ended",
            "By how they ended.",
            (("sum by (queue, state) (rate(mcp_jobs_ended_total[5m]))", "{{queue}} {{state}}"),),
            unit="ops",
        ),
        Chart(
            "Time of a job, 95th percentile",
            "From acceptance to the end, waits included.",
            (("mcp:job_seconds:p95_5m", "{{queue}}"),),
            unit="s",
        ),
        Chart(
            "Answers to hosts",
            "Tool calls by outcome; `running` was answered with a job id.",
            (("sum by (outcome) (rate(mcp_tool_calls_total[5m]))", "{{outcome}}"),),
            unit="ops",
        ),
    ),
    "VPN operations": (
        Chart(
            "Open VPN configurations",
            "Those that wait were answered 409 or 429 and go on.",
            (("sum by (state) (mcp_vpn_operations)", "{{state}}"),),
        ),
        Chart(
            "Next attempt in",
            "Of the next one that is due; negative is overdue.",
            (("mcp_vpn_next_attempt_timestamp_seconds - time()", "next attempt"),),
            unit="s",
        ),
        Chart(
            "Attempts of a configuration, 95th percentile",
            "12 is the last.",
            (
                (
                    "histogram_quantile(0.95, sum by (le) (rate(mcp_write_attempts_bucket"
                    '{operation="configure_vpn_infrastructure"}[1h])))',
                    "attempts",
                ),
            ),
        ),
    ),
    "Infoblox": (
        Chart(
            "Requests",
            "By service and answer.",
            (
                (
                    "sum by (service, status) (rate(mcp_api_calls_total[5m]))",
                    "{{service}} {{status}}",
                ),
            ),
            unit="reqps",
        ),
        Chart(
            "Share of errors",
            "5xx, time-outs, lost and refused connections.",
            (("mcp:api_errors:share5m", "{{service}}"),),
            unit="percentunit",
        ),
        Chart(
            "Time of a request, 95th percentile",
            "Without waits in the queue.",
            (("mcp:api_call_seconds:p95_5m", "{{service}}"),),
            unit="s",
        ),
    ),
    "Guards": (
        Chart(
            "Rate limit",
            "What is let through now; lower than configured after 429s without a Retry-After.",
            (
                ("mcp_rate_limit_per_second", "{{account}} per second"),
                ("mcp_rate_limit_waiting", "{{account}} in line"),
            ),
        ),
        Chart(
            "Time slept for the rate limit",
            "Per second, over all threads.",
            (("rate(mcp_rate_limit_wait_seconds_total[5m])", "seconds per second"),),
            unit="s",
        ),
        Chart(
            "Answered without a request of its own",
            "Share of cache hits, and calls that joined an equal one.",
            (
                ("mcp:cache_hits:share5m", "cache hits, share"),
                ("sum(rate(mcp_calls_joined_total[5m])) or vector(0)", "joins per second"),
            ),
        ),
    ),
}


def built() -> str:
    """Return the dashboard as JSON, the same each time."""
    board = (
        dashboard.Dashboard("infoblox-mq")
        .uid("infoblox-mq")
        .tags(["infoblox-mq"])
        .description("Queues, VPN operations and guards of infoblox-mq.")
        .refresh("15s")
        .time("now-1h", "now")
        .timezone("browser")
    )
    for title, charts in ROWS.items():
        board = board.with_row(dashboard.Row(title))
        for chart in charts:
            board = board.with_panel(_panel(chart))
    text: str = JSONEncoder(sort_keys=True, indent=2).encode(board.build())
    return text + "\n"


def expressions() -> Iterable[str]:
    """Return every expression of every panel."""
    return (line for charts in ROWS.values() for chart in charts for line, _ in chart.lines)


def _panel(chart: Chart) -> stat.Panel | timeseries.Panel:
    make: Callable[[], stat.Panel | timeseries.Panel] = (
        stat.Panel if chart.single else timeseries.Panel
    )
    panel = make().title(chart.title).description(chart.about).unit(chart.unit)
    panel = panel.datasource(SOURCE).height(4 if chart.single else _HEIGHT).span(chart.span)
    if isinstance(panel, timeseries.Panel):
        legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST)
        panel = panel.legend(
            legend.placement(LegendPlacement.BOTTOM).show_legend(True)
        ).axis_soft_min(0)
    for number, (line, legend_text) in enumerate(chart.lines):
        query = prometheus.Dataquery().expr(line).legend_format(legend_text)
        panel = panel.with_target(query.ref_id("ABCDEF"[number]))
    return panel


if __name__ == "__main__":
    TARGET.write_text(built(), encoding="utf-8")
