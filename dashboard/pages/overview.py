"""The overview: a card for each queue, and first of all what needs attention."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from dashboard.pages.page import Page
from dashboard.pages.rows import row
from dashboard.pages.vpn import WISH as VPN
from dashboard.pages.watch import Beat, View, Watch
from dashboard.parts import Json
from dashboard.snapshot import calls
from shared.catalog import Queue
from shared.ledger import Terms
from shared.ledger.glances import Filter

_FULL = 0.8
_LISTED = 6
# The lists of the overview look no further back than so many jobs.
_NEWEST = 500
_NEWEST_VPN = 200
_BAD_SECONDS = 5.0
_BAD = Filter(states=frozenset({"failed", "dead", "unknown"}))


async def overview(watch: Watch, _request: Request) -> Json:
    """Return everything the page shows."""
    view = await watch.view()
    queues = [card(watch, view, queue) for queue in Queue]
    search = watch.glances.search
    bad = await watch.ask(
        "bad", lambda: search(_BAD, limit=_LISTED, most=_NEWEST), fresh_seconds=_BAD_SECONDS
    )
    running = await watch.ask("overview vpn", lambda: search(VPN, limit=_LISTED, most=_NEWEST_VPN))
    samples = watch.hour.samples
    return {
        "at": view.at,
        "since": samples[0].at if samples else None,
        "attention": list(attention(watch, view)),
        "queues": queues,
        "vpn": [row(one, watch.ops.settings) for one in running.rows],
        "bad": [row(one, watch.ops.settings) for one in bad.rows],
        "looked_at": _NEWEST,
        "totals": {
            "open": sum(one["ready"] + one["running"] + one["waiting"] for one in queues),
            "workers": len({worker["name"] for one in queues for worker in one["workers"]}),
            "vpn": sum(sum(one.vpn.values()) for one in view.snapshot.backlogs.values()),
            "calls": calls(view.snapshot.counts),
            "memory_bytes": view.snapshot.memory_bytes,
            "memory_limit_bytes": view.snapshot.memory_limit_bytes,
        },
    }


def card(watch: Watch, view: View, queue: Queue) -> Json:
    """Return what is known of a queue."""
    backlog, flow = view.snapshot.backlogs[queue], watch.hour.flow(queue, view.sample)
    workers = beats(watch, view, queue)
    alive = sum(worker["alive"] for worker in workers)
    ready, waiting = backlog.states["accepted"], backlog.states["waiting"]
    return {
        "name": str(queue),
        "ready": ready,
        "waiting": waiting,
        "running": backlog.states["running"],
        "dead": backlog.dead,
        "oldest_seconds": round(backlog.oldest_seconds, 1),
        "overdue_seconds": round(backlog.overdue_seconds, 1),
        "messages": view.snapshot.messages[queue],
        "in_per_minute": flow.in_per_minute,
        "out_per_minute": flow.out_per_minute,
        "bad_share": flow.bad_share,
        "p50_seconds": flow.p50_seconds,
        "p95_seconds": flow.p95_seconds,
        "alive": alive,
        "workers": workers,
        "paused": view.paused.get(queue),
        "trouble": bool(not alive and (ready or waiting or backlog.states["running"])),
        "series": watch.hour.series(queue),
    }


def beats(watch: Watch, view: View, queue: Queue) -> list[Json]:
    """Return the workers of a queue, the last heard of first."""
    limit = Terms.from_settings(watch.ops.settings).worker_ttl / 1000
    return [_beat(beat, limit, view.at) for beat in view.workers[queue]]


def _beat(beat: Beat, limit: float, now: float) -> Json:
    since = beat.facts.get("since")
    host, pid, _token = [*beat.name.rsplit(":", 2), "", ""][:3]
    return {
        "name": beat.name,
        "host": host,
        "pid": pid,
        "seconds": round(beat.seconds, 1),
        "alive": beat.seconds <= limit,
        "version": beat.facts.get("version"),
        "threads": beat.facts.get("threads"),
        "up_seconds": round(max(0.0, now - since), 1) if since else None,
    }


def attention(watch: Watch, view: View) -> Iterator[dict[str, Any]]:
    """Return what somebody should look at, the worst first."""
    yield from _deserted(watch, view)
    yield from _breakers(view)
    yield from _store(view)
    yield from _paused(view)
    yield from _dead(view)


def _one(level: str, text: str, advice: str, *, href: str) -> dict[str, Any]:
    return {"level": level, "text": text, "advice": advice, "href": href}


def _deserted(watch: Watch, view: View) -> Iterator[dict[str, Any]]:
    for queue in Queue:
        found = card(watch, view, queue)
        left = found["ready"] + found["waiting"] + found["running"]
        if found["trouble"]:
            text = f"{queue}: {left} open job{'s' if left != 1 else ''} and no worker alive"
            yield _one(
                "bad", text, f"Start one: infoblox-mq worker {queue}", href="/dashboard/workers"
            )


def _breakers(view: View) -> Iterator[dict[str, Any]]:
    for account, figures in view.snapshot.accounts.items():
        for service, breaker in figures.breakers.items():
            if breaker.state != "closed":
                text = f"{service}: the breaker of account {account} is {breaker.state}"
                advice = f"It was opened by {breaker.failures} failures in a row."
                if breaker.reopens_in_seconds:
                    advice += f" One request tries in {breaker.reopens_in_seconds:.0f} s."
                yield _one("bad", text, advice, href="/dashboard/guards")
        if figures.limiter.pause_seconds:
            text = f"Account {account}: Infoblox asked for a pause"
            advice = f"Requests go on in {figures.limiter.pause_seconds:.0f} s."
            yield _one("poor", text, advice, href="/dashboard/guards")


def _store(view: View) -> Iterator[dict[str, Any]]:
    used, limit = view.snapshot.memory_bytes, view.snapshot.memory_limit_bytes
    if limit and used > _FULL * limit:
        text = f"The store is {100 * used / limit:.0f} % full"
        yield _one(
            "bad", text, "New calls are refused: raise its maxmemory.", href="/dashboard/jobs"
        )


def _paused(view: View) -> Iterator[dict[str, Any]]:
    for queue, pause in view.paused.items():
        text = f"{queue}: {'draining' if pause.get('drain') else 'paused'}"
        advice = f"By {pause.get('by') or 'somebody'}; jobs are accepted and wait."
        yield _one("poor", text, advice, href="/dashboard/workers")


def _dead(view: View) -> Iterator[dict[str, Any]]:
    count = sum(backlog.dead for backlog in view.snapshot.backlogs.values())
    if count:
        text = f"{count} dead letter{'s' if count != 1 else ''}"
        yield _one("poor", text, "Look why, then replay or delete.", href="/dashboard/dead")


PAGE = Page(
    "/overview",
    "overview.html",
    "Overview",
    "the queues and what needs attention",
    overview,
    home=True,
)
