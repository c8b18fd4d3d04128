"""/health: is everything well? One word, what is wrong, and the figures that say so."""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard import seed
from dashboard.parts import Endpoint, Json, Ops, Part
from dashboard.snapshot import Snapshot, calls, failures, take
from shared.catalog import Queue
from shared.counting import Counts
from shared.errors import CallError
from shared.figures import Backlog

Status = Literal["healthy", "degraded", "unhealthy"]
WINDOW_SECONDS = 300.0
MOST_ERRORS_PERCENT = 5.0
LONGEST_OVERDUE_SECONDS = 30.0
_SAMPLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Share:
    """Requests to Infoblox in the last minutes, and how many of them failed."""

    calls: int
    failures: int

    @property
    def percent(self) -> float:
        """Return the failures in per cent."""
        return seed.percent(self.failures, self.calls)


class Recent:
    """What the counts were in the last five minutes, sample by sample."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque()

    def note(self, at: float, counts: Counts) -> Share:
        """Note the counts at an instant, and return what came since the window began."""
        now = (at, calls(counts), failures(counts))
        if self._samples and now[1] < self._samples[-1][1]:
            # Another store, or an emptied one.
            self._samples.clear()
        self._samples.append(now)
        # The last sample from before the window stays: the window begins with it.
        while len(self._samples) > 1 and self._samples[1][0] <= at - WINDOW_SECONDS:
            self._samples.popleft()
        first = self._samples[0]
        return Share(now[1] - first[1], now[2] - first[2])


def judge(now: Snapshot, share: Share) -> tuple[Status, list[str]]:
    """Return how things are, and every reason why they are not well."""
    bad = list(deserted(now.backlogs))
    poor = [
        f"circuit breaker {name} is {state}"
        for name, state in seed.breakers(now)
        if state != "closed"
    ]
    poor += [f"the queue {queue} is paused" for queue, one in now.backlogs.items() if one.paused]
    if share.percent > MOST_ERRORS_PERCENT:
        poor.append(f"error rate {share.percent} % in the last 5 minutes")
    status: Status = "unhealthy" if bad else "degraded" if poor else "healthy"
    return status, bad + poor


def deserted(backlogs: Mapping[Queue, Backlog]) -> Iterator[str]:
    """Return the queues in which jobs have been due for long and nobody takes them."""
    for queue, backlog in backlogs.items():
        if backlog.overdue_seconds >= LONGEST_OVERDUE_SECONDS:
            seconds = round(backlog.overdue_seconds)
            yield f"jobs of {queue} have been due for {seconds} s without a worker"


def health(ops: Ops) -> Part:
    """Return /health, and what keeps the counts of the last minutes."""
    recent = Recent()

    async def answer(_request: Request) -> JSONResponse:
        try:
            now = await ops.store.ask(take, ops.store)
        except CallError as error:
            found = report("unhealthy", [error.problem.message], uptime_seconds=ops.uptime_seconds)
            return JSONResponse(found, status_code=503)
        share = recent.note(ops.clock.steady(), now.counts)
        status, issues = judge(now, share)
        found = report(
            status, issues, uptime_seconds=ops.uptime_seconds, now=now, percent=share.percent
        )
        return JSONResponse(found, status_code=503 if status == "unhealthy" else 200)

    async def sample() -> None:
        while True:
            try:
                counts = await ops.store.ask(ops.store.figures.counts)
                recent.note(ops.clock.steady(), counts)
            except CallError:
                pass  # /health itself says that the store is away
            await asyncio.sleep(_SAMPLE_SECONDS)

    endpoint = Endpoint(
        "/health",
        "how everything is: 200 when healthy or degraded, 503 when unhealthy",
        answer,
        responses={200: SCHEMA, 503: SCHEMA},
    )
    return Part(endpoints=(endpoint,), background=(sample,))


def report(
    status: Status,
    issues: list[str],
    *,
    uptime_seconds: float,
    now: Snapshot | None = None,
    percent: float = 0.0,
) -> Json:
    """Return the answer; without a snapshot its figures are those of nothing."""
    cache: Json = seed.cache(now.counts) if now else {"hit_rate_percent": 0.0}
    return {
        "status": status,
        "uptime_seconds": round(uptime_seconds),
        "issues": issues,
        "metrics": {
            "api_calls": calls(now.counts) if now else 0,
            "error_rate_percent": percent,
            "cache_hit_rate_percent": cache["hit_rate_percent"],
            "circuit_breakers": dict(seed.breakers(now)) if now else {},
        },
    }


_METRICS: Json = {
    "type": "object",
    "required": [
        "api_calls",
        "error_rate_percent",
        "cache_hit_rate_percent",
        "circuit_breakers",
    ],
    "properties": {
        "api_calls": {"type": "integer"},
        "error_rate_percent": {"type": "number"},
        "cache_hit_rate_percent": {"type": "number"},
        "circuit_breakers": {
            "type": "object",
            "additionalProperties": {"enum": ["closed", "open", "half-open"]},
        },
    },
}
SCHEMA: Json = {
    "type": "object",
    "required": ["status", "uptime_seconds", "issues", "metrics"],
    "properties": {
        "status": {"enum": ["healthy", "degraded", "unhealthy"]},
        "uptime_seconds": {"type": "integer"},
        "issues": {"type": "array", "items": {"type": "string"}},
        "metrics": _METRICS,
    },
}
