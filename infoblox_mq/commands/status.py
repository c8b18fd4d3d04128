"""`infoblox-mq status`: what is going on, at a glance."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from infoblox_mq import attach
from infoblox_mq.screen import console, table
from infoblox_mq.store import note, store
from shared.catalog import Queue
from shared.clock import SystemClock
from shared.errors import InvalidArguments
from shared.guards import GuardStates
from shared.ledger import FINAL, Ledger, Pause, Shelves
from shared.settings import Settings

Json = dict[str, Any]
_SHOWN = ("waiting", "running", "dead")


def status(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Show queues, accounts with their rate, breakers and caches, and what was counted."""
    settings = Settings.from_env(env)
    with store(env) as (client, ledger):
        accounts = _chosen(ledger.accounts(), args.account)
        if args.reset_breaker:
            for name, tag in accounts.items():
                GuardStates(client).reset(tag, Queue(args.reset_breaker))
                note(client, "reset_breaker", f"{args.reset_breaker} of {name}", result="closed")
        limit = settings.breaker_failures
        found: Json = {
            "queues": _queues(ledger),
            "accounts": {
                name: _account(client, tag, limit=limit) for name, tag in accounts.items()
            },
            "metrics": _figures(client, attach.attached(settings)),
        }
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        _print(found)
    return 0


def _figures(client: "Redis", settings: Settings) -> Json:
    """Return what was counted since the store began."""
    # Heavier than the rest: it knows the tools.
    from dashboard import seed
    from dashboard.snapshot import take
    from dashboard.store import Store

    clock = SystemClock()
    info: Any = client.info("server")
    reader = Store(settings.redis_url or "", settings, clock)
    try:
        return seed.figures(
            take(reader),
            uptime_seconds=int(info["uptime_in_seconds"]),
            timestamp=datetime.fromtimestamp(clock.now(), UTC).isoformat(),
        )
    finally:
        reader.disconnect()


def _chosen(accounts: dict[str, str], wanted: str | None) -> dict[str, str]:
    if wanted is None:
        return accounts
    if wanted not in accounts:
        raise InvalidArguments(
            f"no worker has served an account {wanted}",
            advice=f"One of: {', '.join(accounts) or 'none so far, start a worker'}.",
        )
    return {wanted: accounts[wanted]}


def _queues(ledger: Ledger) -> Json:
    live, pauses = ledger.workers(), ledger.pauses()
    return {
        queue: {
            "workers": live[queue],
            "open": sum(count for state, count in states.items() if state not in FINAL),
            **{state: states[state] for state in _SHOWN},
            "paused": _pause(pauses.get(queue)),
        }
        for queue, states in ledger.counts().items()
    }


def _pause(pause: Pause | None) -> Json | None:
    return None if pause is None else asdict(pause)


def _account(client: "Redis", tag: str, *, limit: int) -> Json:
    guards = GuardStates(client)
    return {
        "limiter": asdict(guards.limiter(tag)),
        # The limit is that of this environment: workers do not publish theirs.
        "breakers": {
            queue: asdict(guards.breaker(tag, queue)) | {"opens_after": limit} for queue in Queue
        },
        "caches": {name: asdict(shelf) for name, shelf in Shelves(client).show(tag).items()},
    }


def _print(found: Json) -> None:
    screen = console()
    rows = table("queue", "workers", "open", *_SHOWN, "paused")
    for name, queue in found["queues"].items():
        pause = queue.pop("paused")
        rows.add_row(name, *map(str, queue.values()), f"by {pause['by']}" if pause else "-")
    screen.print(rows)
    for name, account in found["accounts"].items():
        screen.print(f"\naccount {name}: {_rate(account['limiter'])}", style="bold")
        rows = table("breaker", "state", "failures", "reopens in")
        for service, breaker in account["breakers"].items():
            wait = breaker["reopens_in_seconds"]
            failures = f"{breaker['failures']} of {breaker['opens_after']}"
            rows.add_row(service, breaker["state"], failures, f"{wait:.0f} s" if wait else "-")
        screen.print(rows)
        rows = table("cache", "answers", "bytes", "hit share")
        for cache, shelf in account["caches"].items():
            asked = shelf["hits"] + shelf["misses"]
            share = f"{shelf['hits'] / asked:.0%} of {asked}" if asked else "-"
            rows.add_row(cache, str(shelf["entries"]), str(shelf["bytes"]), share)
        screen.print(rows)
    screen.print("\nTo act on the pages of the ops server: infoblox-mq ops login")
    if not found["accounts"]:
        screen.print("\nNo worker has said yet which accounts it serves.")
    from dashboard import seed

    screen.print(f"\n{seed.summary(found['metrics'])}")


def _rate(limiter: Json) -> str:
    """Return one line: the rate now, what is left of the burst, and what slows it."""
    if limiter["rate_per_second"] is None:
        return "no rate limit in use yet"
    told = [
        f"rate {limiter['rate_per_second']:.1f} of {limiter['most_per_second']:g}/s",
        f"{limiter['tokens']:.0f} of {limiter['burst']} tokens",
        f"{limiter['waiting']} waiting",
        f"429 in the last hour: {limiter['throttled_in_last_hour']}",
    ]
    if limiter["pause_seconds"]:
        told.insert(0, f"paused for {limiter['pause_seconds']:.0f} s")
    return ", ".join(told)
