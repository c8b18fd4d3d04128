"""The metrics, one list: names, labels and where each figure comes from.

Everything is read from the store at scrape time: what is counted there survives each process, and a
state that every worker exported would be summed up too often.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from platform import python_version
from typing import Any, cast

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from dashboard.snapshot import Snapshot, error_kind
from shared import counting
from shared.catalog import Queue

BREAKER_STATES = ("closed", "open", "half_open")
Labels = tuple[str, ...]
# By labels; their number is that of the family.
Values = Mapping[Any, float]


def _family(made: Callable[..., Any], spec: str, about: str) -> Any:
    """Make a family from `name{label,label}`."""
    name, _, labels = spec.rstrip("}").partition("{")
    return made(name, about, labels=labels.split(",") if labels else [])


def _counter(spec: str, about: str, values: Values) -> Metric:
    family = _family(CounterMetricFamily, spec, about)
    for label, value in values.items():
        family.add_metric(label, value)
    return cast(Metric, family)


def _gauge(spec: str, about: str, values: Values) -> Metric:
    family = _family(GaugeMetricFamily, spec, about)
    for label, value in values.items():
        family.add_metric(label, value)
    return cast(Metric, family)


def _histogram(spec: str, about: str, values: Mapping[Labels, counting.Histogram]) -> Metric:
    family = _family(HistogramMetricFamily, spec, about)
    for label, value in values.items():
        family.add_metric(label, buckets=value.cumulated(), sum_value=value.sum_seconds)
    return cast(Metric, family)


def _calls(now: Snapshot) -> Iterator[Metric]:
    counts = now.counts
    yield _counter(
        "mcp_api_calls{service,method,status}",
        "Requests to Infoblox by answer: a status code, timeout, lost, not_sent, or unknown where "
        "the worker was lost with the answer.",
        counts.of(counting.CALLS),
    )
    errors: Counter[Labels] = Counter()
    for (service, _, status), value in counts.of(counting.CALLS).items():
        if kind := error_kind(status):
            errors[service, kind] += value
    yield _counter(
        "mcp_errors{service,kind}", "Requests to Infoblox that went wrong, by kind.", errors
    )
    yield _histogram(
        "mcp_api_call_duration_seconds{service,operation}",
        "Time of a request to Infoblox, by the tool that asked.",
        counts.histograms(counting.SECONDS),
    )
    yield _counter(
        "mcp_api_retries{queue,reason}",
        "Attempts of jobs that are made again later, by what was answered.",
        counts.of(counting.RETRIES),
    )


def _front(now: Snapshot) -> Iterator[Metric]:
    counts = now.counts
    accepts = counts.of(counting.ACCEPTS)
    yield _counter(
        "mcp_calls_accepted{operation,verdict}",
        "Calls handed in, by what became of them at once.",
        accepts,
    )
    joins = {(tool,): n for (tool, verdict), n in accepts.items() if verdict in {"joined", "same"}}
    yield _counter("mcp_calls_joined{operation}", "Calls that joined an equal one.", joins)
    hits = {(tool, "hit"): n for (tool, verdict), n in accepts.items() if verdict == "cached"}
    misses = {(tool, "miss"): n for (tool,), n in counts.of(counting.MISSES).items()}
    yield _counter(
        "mcp_cache_requests{operation,outcome}",
        "Calls of tools whose answers are kept, by outcome.",
        hits | misses,
    )
    yield _counter(
        "mcp_tool_calls{tool,outcome}", "Tool calls by hosts.", counts.of(counting.TOOLS)
    )
    yield _histogram(
        "mcp_tool_call_duration_seconds{outcome}",
        "Time until a host had its answer, a job id at the latest.",
        counts.histograms(counting.TOOL_SECONDS),
    )


def _jobs(now: Snapshot) -> Iterator[Metric]:
    counts, backlogs = now.counts, now.backlogs
    yield _counter("mcp_jobs_ended{queue,state}", "Jobs that ended.", counts.of(counting.ENDED))
    yield _histogram(
        "mcp_job_duration_seconds{queue}",
        "Time from acceptance to the end of a job.",
        counts.histograms(counting.JOBS, counting.JOB_BOUNDS),
    )
    states = {
        (str(queue), state): count
        for queue, backlog in backlogs.items()
        for state, count in (*backlog.states.items(), ("dead", backlog.dead))
    }
    yield _gauge("mcp_jobs{queue,state}", "Jobs that are open, and dead ones still kept.", states)
    ages = {(str(queue),): backlog.oldest_seconds for queue, backlog in backlogs.items()}
    yield _gauge(
        "mcp_queue_oldest_job_age_seconds{queue}",
        "Age of the oldest job that was never started.",
        ages,
    )
    overdue = {(str(queue),): backlog.overdue_seconds for queue, backlog in backlogs.items()}
    yield _gauge(
        "mcp_queue_overdue_seconds{queue}",
        "For how long a due job has found no worker.",
        overdue,
    )
    waiting = {(str(queue),): count for queue, count in now.messages.items()}
    yield _gauge("mcp_queue_messages{queue}", "Hints that wait for a worker.", waiting)
    live = {(str(queue),): backlog.workers for queue, backlog in backlogs.items()}
    yield _gauge("mcp_workers{queue}", "Worker processes that live.", live)


def _vpn(now: Snapshot) -> Iterator[Metric]:
    backlog = now.backlogs[Queue.NIOSXAAS]
    states = {(state,): count for state, count in backlog.vpn.items()}
    yield _gauge("mcp_vpn_operations{state}", "VPN configurations that are open.", states)
    yield _attempts(now.counts)
    due = {(): backlog.vpn_next_due} if backlog.vpn_next_due is not None else {}
    yield _gauge(
        "mcp_vpn_next_attempt_timestamp_seconds",
        "When the next attempt of a waiting VPN configuration is due; absent when none waits.",
        due,
    )


def _attempts(counts: counting.Counts) -> Metric:
    family = _family(
        HistogramMetricFamily,
        "mcp_write_attempts{operation}",
        "Requests that a write took until its end.",
    )
    by_tool: dict[str, Counter[int]] = {}
    for (tool, tries), count in counts.of(counting.TRIES).items():
        by_tool.setdefault(tool, Counter())[int(tries)] += count
    for tool, found in by_tool.items():
        buckets = [
            (str(bound), sum(count for tries, count in found.items() if tries <= bound))
            for bound in (1, 2, 3, 5, 8, 12)
        ]
        total = sum(tries * count for tries, count in found.items())
        family.add_metric([tool], [*buckets, ("+Inf", found.total())], total)
    return cast(Metric, family)


def _guards(now: Snapshot) -> Iterator[Metric]:
    breakers = {
        (name, str(service), state): float(breaker.state.replace("-", "_") == state)
        for name, account in now.accounts.items()
        for service, breaker in account.breakers.items()
        for state in BREAKER_STATES
    }
    yield _gauge(
        "mcp_circuit_breaker_state{account,service,state}", "1 for the state it is in.", breakers
    )
    changes = {
        (service, state.replace("-", "_")): count
        for (service, state), count in now.counts.of(counting.BREAKER).items()
    }
    yield _counter(
        "mcp_circuit_breaker_changes{service,to}", "Changes of a breaker's state.", changes
    )
    yield _counter(
        "mcp_rate_limit_wait_seconds",
        "Time that requests slept for the rate limit.",
        {(): now.counts.one(counting.RATE_MICROS) / 1e6},
    )
    yield _counter(
        "mcp_rate_limit_parked",
        "Requests whose job was put back because the rate limit was far off.",
        {(): now.counts.one(counting.RATE_PARKS)},
    )
    for name, about, pick in _LIMITER:
        values = {
            (account,): float(value)
            for account, figures in now.accounts.items()
            if (value := getattr(figures.limiter, pick)) is not None
        }
        yield _gauge(f"{name}{{account}}", about, values)


_LIMITER = (
    ("mcp_rate_limit_tokens", "Requests that may go out at once now.", "tokens"),
    ("mcp_rate_limit_per_second", "Requests per second as let through now.", "rate_per_second"),
    ("mcp_rate_limit_pause_seconds", "Until a pause asked for by Infoblox ends.", "pause_seconds"),
    ("mcp_rate_limit_waiting", "Jobs in line for a slot.", "waiting"),
)


def _caches(now: Snapshot) -> Iterator[Metric]:
    for name, about, pick in (
        ("mcp_cache_entries", "Answers that are kept.", "entries"),
        ("mcp_cache_bytes", "Bytes of the answers that are kept.", "bytes"),
    ):
        values = {
            (account, cache): float(getattr(shelf, pick))
            for account, figures in now.accounts.items()
            for cache, shelf in figures.caches.items()
        }
        yield _gauge(f"{name}{{account,cache}}", about, values)


def _store(now: Snapshot) -> Iterator[Metric]:
    yield _gauge("mcp_store_memory_bytes", "Memory of the store.", {(): now.memory_bytes})
    yield _gauge(
        "mcp_store_memory_limit_bytes",
        "Most memory the store may take; 0 is no limit.",
        {(): now.memory_limit_bytes},
    )


GROUPS = (_calls, _front, _jobs, _vpn, _guards, _caches, _store)


def families(now: Snapshot) -> Iterator[Metric]:
    """Return every metric that comes from the store."""
    for group in GROUPS:
        yield from group(now)


def own(version: str, *, up: bool) -> Iterator[Metric]:
    """Return what can be told without the store too."""
    yield _gauge("mcp_store_up", "1 while the store answers.", {(): float(up)})
    built = {(version, python_version()): 1.0}
    yield _gauge("mcp_build_info{version,python}", "Versions, as labels.", built)
