"""The figures in the shape and under the names of the server this one follows.

Its gauges of percentages and percentiles cannot be summed over processes, so they are for people
and for charts that exist already; `/metrics` has what should be used instead.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from dashboard.snapshot import Snapshot, error_kind
from shared import counting
from shared.operations import CATALOG

Json = dict[str, Any]
SCHEMA: Json = {
    "type": "object",
    "required": [
        "timestamp",
        "uptime_seconds",
        "api_calls",
        "cache",
        "latency",
        "circuit_breakers",
        "errors",
    ],
    "properties": {
        "timestamp": {"type": "string"},
        "uptime_seconds": {"type": "integer"},
        "api_calls": {"type": "object", "required": ["total", "by_service"]},
        "cache": {
            "type": "object",
            "required": ["total_hits", "total_misses", "hit_rate_percent", "by_method"],
        },
        "latency": {"type": "object"},
        "circuit_breakers": {"type": "object"},
        "errors": {"type": "object", "required": ["total", "by_type"]},
    },
}
_STATES = {"closed": 0.0, "half-open": 0.5, "open": 1.0}


def figures(now: Snapshot, *, uptime_seconds: float, timestamp: str) -> Json:
    """Return everything as one object. Percentiles are estimated from the histograms' bounds."""
    return {
        "timestamp": timestamp,
        "uptime_seconds": round(uptime_seconds),
        "api_calls": _calls(now.counts),
        "cache": cache(now.counts),
        "latency": _latency(now.counts),
        "latency_is": "estimated from a histogram; min and max are the bounds of the outer buckets",
        "circuit_breakers": _breakers(now, timestamp),
        "errors": _errors(now.counts),
    }


def _client(service: str) -> str:
    return f"{service}_client"


def _calls(counts: counting.Counts) -> Json:
    by_service: dict[str, Counter[str]] = {}
    for (service, _, status), value in counts.of(counting.CALLS).items():
        by_service.setdefault(_client(service), Counter())[status] += value
    return {
        "total": sum(found.total() for found in by_service.values()),
        "by_service": {
            service: {"total": found.total(), "by_status": dict(sorted(found.items()))}
            for service, found in sorted(by_service.items())
        },
    }


def cache(counts: counting.Counts) -> Json:
    """Return how often answers were kept, by tool."""
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    for (tool, verdict), value in counts.of(counting.ACCEPTS).items():
        if verdict == "cached":
            hits[tool] += value
    for (tool,), value in counts.of(counting.MISSES).items():
        misses[tool] += value
    return {
        "total_hits": hits.total(),
        "total_misses": misses.total(),
        "hit_rate_percent": percent(hits.total(), hits.total() + misses.total()),
        "by_method": {
            f"{_client(_service(tool))}.{tool}": {
                "hits": hits[tool],
                "misses": misses[tool],
                "hit_rate_percent": percent(hits[tool], hits[tool] + misses[tool]),
            }
            for tool in sorted({*hits, *misses})
        },
    }


def _service(tool: str) -> str:
    row = CATALOG.get(tool)
    return str(row.queue) if row else "unknown"


def _latency(counts: counting.Counts) -> Json:
    found: Json = {}
    for (service, tool), histogram in sorted(counts.histograms(counting.SECONDS).items()):
        row = CATALOG.get(tool)
        # Several tools may ask the same path; each has its own line then.
        name = f"{_client(service)}/{row.path if row and row.path else tool}"
        found[f"{name} ({tool})" if name in found else name] = _spread(histogram)
    return found


def _spread(histogram: counting.Histogram) -> Json:
    filled = [float(bound) for bound, count in histogram.counts.items() if count]
    bounds = [0.0, *sorted(float(bound) for bound in histogram.counts)]
    least = bounds[bounds.index(min(filled)) - 1]
    most = max(filled)
    most = bounds[-2] if most == float("inf") else most
    return {
        "count": histogram.count,
        "min_ms": _ms(least),
        "max_ms": _ms(most),
        "p50_ms": _ms(histogram.quantile(0.5)),
        "p95_ms": _ms(histogram.quantile(0.95)),
        "p99_ms": _ms(histogram.quantile(0.99)),
        "avg_ms": _ms(histogram.sum_seconds / histogram.count),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _breakers(now: Snapshot, timestamp: str) -> Json:
    return {name: {"state": state, "updated_at": timestamp} for name, state in breakers(now)}


def breakers(now: Snapshot) -> Iterator[tuple[str, str]]:
    """Return the state of each breaker; those of other accounts have the account's name too."""
    for name, account in now.accounts.items():
        for service, breaker in account.breakers.items():
            prefix = "" if name == "default" else f"{name}_"
            yield f"{prefix}{service}_api", breaker.state


def _errors(counts: counting.Counts) -> Json:
    by_type: Counter[str] = Counter()
    for (service, _, status), value in counts.of(counting.CALLS).items():
        if kind := error_kind(status):
            by_type[f"{_client(service)}/{kind}"] += value
    return {"total": by_type.total(), "by_type": dict(sorted(by_type.items()))}


def percent(part: float, whole: float) -> float:
    """Return a share in per cent; of nothing it is 0."""
    return round(100 * part / whole, 2) if whole else 0.0


def exposition(found: Json) -> str:
    """Return the figures in Prometheus' text format under the older names."""
    lines: list[str] = []
    for name, kind, about, values in _series(found):
        lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{labels} {value}" for labels, value in values]
    return "\n".join([*lines, ""])


_Values = list[tuple[str, float]]


def _series(found: Json) -> Iterator[tuple[str, str, str, _Values]]:
    calls, kept, errors = found["api_calls"], found["cache"], found["errors"]
    yield "mcp_uptime_seconds", "counter", "Server uptime", [("", found["uptime_seconds"])]
    yield "mcp_api_calls_total", "counter", "Total API calls", [("", calls["total"])]
    by_status = [
        (_labels(service=service, status_code=status), value)
        for service, one in calls["by_service"].items()
        for status, value in one["by_status"].items()
    ]
    yield "mcp_api_calls_by_service_total", "counter", "API calls by service and status", by_status
    yield "mcp_cache_hits_total", "counter", "Total cache hits", [("", kept["total_hits"])]
    yield "mcp_cache_misses_total", "counter", "Total cache misses", [("", kept["total_misses"])]
    rate = [("", kept["hit_rate_percent"])]
    yield "mcp_cache_hit_rate", "gauge", "Cache hit rate percentage", rate
    by_method = [
        (_labels(method=_plain(method)), one["hit_rate_percent"])
        for method, one in kept["by_method"].items()
    ]
    yield "mcp_cache_hit_rate_by_method", "gauge", "Cache hit rate by method", by_method
    for word in ("p50", "p95", "p99", "avg"):
        values = [
            (_labels(endpoint=_plain(endpoint)), one[f"{word}_ms"])
            for endpoint, one in found["latency"].items()
        ]
        yield f"mcp_latency_{word}_ms", "gauge", f"Latency in milliseconds, {word}", values
    states = [
        (_labels(service=name), _STATES[one["state"]])
        for name, one in found["circuit_breakers"].items()
    ]
    about = "Circuit breaker state (0 closed, 0.5 half-open, 1 open)"
    yield "mcp_circuit_breaker_state", "gauge", about, states
    yield "mcp_errors_total", "counter", "Total errors", [("", errors["total"])]
    by_type = [(_labels(type=_plain(kind)), value) for kind, value in errors["by_type"].items()]
    yield "mcp_errors_by_type_total", "counter", "Errors by type", by_type


def _labels(**labels: str) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{inside}}}"


def _plain(text: str) -> str:
    return text.replace("/", "_").replace(".", "_")


def summary(found: Json) -> str:
    """Return the figures as text for people."""
    line = "=" * 70
    calls, kept, errors = found["api_calls"], found["cache"], found["errors"]
    lines = [line, "INFOBLOX MCP SERVER - METRICS SUMMARY", line]
    lines += [f"Uptime: {found['uptime_seconds']}s", "", "API Calls:", f"  Total: {calls['total']}"]
    for service, one in calls["by_service"].items():
        lines.append(f"  {service}: {one['total']} calls")
        lines += [f"    - {status}: {count}" for status, count in one["by_status"].items()]
    lines += ["", "Cache Performance:", f"  Hit Rate: {kept['hit_rate_percent']}%"]
    lines += [f"  Hits: {kept['total_hits']}", f"  Misses: {kept['total_misses']}"]
    lines += ["", "Latency (ms):"]
    for endpoint, one in found["latency"].items():
        words = (f"{word}: {one[f'{word}_ms']}ms" for word in ("p50", "p95", "p99"))
        lines += [f"  {endpoint}:", f"    {', '.join(words)}"]
    lines += ["", "Circuit Breakers:"]
    lines += [f"  {name}: {one['state']}" for name, one in found["circuit_breakers"].items()]
    lines += ["", f"Errors: {errors['total']} total", line]
    return "\n".join(lines)
