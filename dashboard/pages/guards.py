"""Guards: breakers, rate, caches, and calls that became one job."""

from collections import Counter

from starlette.requests import Request

from dashboard.pages.page import Page
from dashboard.pages.rows import row
from dashboard.pages.watch import Watch
from dashboard.parts import Json
from dashboard.seed import percent
from shared.catalog import Queue
from shared.counting import ACCEPTS, BREAKER, MISSES, RATE_MICROS, RATE_PARKS, Counts
from shared.figures import AccountFigures

_MOST_SHARED = 10
_JOINED = frozenset({"joined", "same"})


async def guards(watch: Watch, _request: Request) -> Json:
    """Return the guards of every account."""
    view = await watch.view()
    open_rows = await watch.ask("open", watch.glances.open_rows)
    counts = view.snapshot.counts
    shared = sorted(
        (one for one in open_rows if one.number("followers")),
        key=lambda one: -one.number("followers"),
    )
    return {
        "accounts": [
            _account(watch, name, figures) for name, figures in view.snapshot.accounts.items()
        ],
        "waited_seconds": counts.one(RATE_MICROS) / 1e6,
        "parked": counts.one(RATE_PARKS),
        "changes": _changes(watch, counts),
        "tools": _tools(counts),
        "joins": {
            "total": _verdicts(counts, _JOINED).total(),
            "now": sum(one.number("followers") for one in shared),
            "by_tool": dict(_verdicts(counts, _JOINED).most_common(_MOST_SHARED)),
            "jobs": [row(one, watch.ops.settings) for one in shared[:_MOST_SHARED]],
        },
    }


def _account(watch: Watch, name: str, figures: AccountFigures) -> Json:
    limiter = figures.limiter
    return {
        "name": name,
        "breakers": [
            {
                "service": str(service),
                "state": breaker.state,
                "failures": breaker.failures,
                "limit": watch.ops.settings.breaker_failures,
                "opened_at": breaker.opened_at,
                "reopens_in_seconds": round(breaker.reopens_in_seconds, 1),
            }
            for service, breaker in figures.breakers.items()
        ],
        "limiter": {
            "tokens": limiter.tokens,
            "burst": limiter.burst,
            "rate_per_second": limiter.rate_per_second,
            "most_per_second": limiter.most_per_second,
            "pause_seconds": round(limiter.pause_seconds, 1),
            "throttled_in_last_hour": limiter.throttled_in_last_hour,
            "waiting": limiter.waiting,
        },
        "caches": [
            {
                "name": cache,
                "entries": shelf.entries,
                "bytes": shelf.bytes,
                "hits": shelf.hits,
                "misses": shelf.misses,
                "hit_percent": percent(shelf.hits, shelf.hits + shelf.misses)
                if shelf.hits + shelf.misses
                else None,
            }
            for cache, shelf in figures.caches.items()
        ],
    }


def _changes(watch: Watch, counts: Counts) -> Json:
    totals: dict[str, dict[str, int]] = {str(queue): {} for queue in Queue}
    for (service, to), value in counts.of(BREAKER).items():
        totals.setdefault(service, {})[to] = value
    seen = [
        {
            "at": one.at,
            "account": one.account,
            "service": one.service,
            "before": one.before,
            "after": one.after,
        }
        for one in watch.hour.changes
    ]
    return {"totals": totals, "seen": seen}


def _verdicts(counts: Counts, verdicts: frozenset[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (tool, verdict), value in counts.of(ACCEPTS).items():
        if verdict in verdicts:
            found[tool] += value
    return found


def _tools(counts: Counts) -> list[Json]:
    hits = _verdicts(counts, frozenset({"cached"}))
    misses = {tool: value for (tool,), value in counts.of(MISSES).items()}
    return [
        {
            "tool": tool,
            "hits": hits[tool],
            "misses": misses.get(tool, 0),
            "hit_percent": percent(hits[tool], hits[tool] + misses.get(tool, 0)),
        }
        for tool in sorted({*hits, *misses}, key=lambda one: -(hits[one] + misses.get(one, 0)))
    ]


PAGE = Page("/guards", "guards.html", "Guards", "breakers, rate, caches, shared calls", guards)
