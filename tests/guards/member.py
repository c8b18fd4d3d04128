"""One process of a crowd: it gets ready, waits for the word, works and prints what came of it."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from shared.catalog import Queue
from shared.logs import configure
from shared.settings import Settings
from shared.wire import Request
from workers.app import build
from workers.caller import Caller, Turn
from workers.csp import Answer
from workers.limiter import Ask
from workers.permit import Held

Json = dict[str, Any]
SUBNETS = "/api/ddi/v1/ipam/subnet"


def reply(caller: Caller, request: Request) -> str:
    """Send a read as a job would that goes on; say what came of it."""
    found = caller(request)
    if isinstance(found, Held):
        return f"held {found.why}"
    return str(found.status) if isinstance(found, Answer) else type(found).__name__


def flat_out(caller: Caller, *, seconds: float, threads: int, path: str = SUBNETS) -> Json:
    """Call as fast as the guards let, in so many threads; return the replies by kind."""
    ends = time.monotonic() + seconds
    replies: list[str] = []

    def one() -> None:
        mine = Caller(caller.api, caller.limits, caller.guards)
        while time.monotonic() < ends:
            mine.turn.begun, mine.turn.budget_seconds = True, 10.0
            replies.append(reply(mine, Request("GET", path, path).with_query(_limit="1")))

    crew = [threading.Thread(target=one) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return {kind: replies.count(kind) for kind in set(replies)}


def once(caller: Caller, *, name: str = "", path: str = SUBNETS) -> Json:
    """Call once, as a job of its own."""
    mine = Caller(
        caller.api, caller.limits, caller.guards, Turn(fingerprint=name or str(os.getpid()))
    )
    return {reply(mine, Request("GET", path, path)): 1}


def until_let_in(caller: Caller, *, path: str) -> Json:
    """Call again and again until the guards let it out."""
    pause = threading.Event()
    while True:
        said = once(caller, path=path)
        if not any(kind.startswith("held") for kind in said):
            return said
        pause.wait(0.1)


def cost(caller: Caller, *, times: int) -> Json:
    """Return what a call of each guard costs, in milliseconds."""
    guards = caller.guards
    assert guards is not None
    breaker = guards.breaker(Queue.INFOBLOX)

    def ask() -> None:
        guards.limiter.admit(guards.account, guards.rate, Ask("job"))

    def enter() -> None:
        breaker.enter(longest_seconds=1)

    return {"limiter_ms": _best(ask, times), "breaker_ms": _best(enter, times)}


def _best(act: Callable[[], object], times: int) -> float:
    """Return the milliseconds of one call in the quickest of ten rounds."""
    rounds = []
    for _ in range(10):
        begun = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - begun) / times)
    return round(min(rounds) * 1000, 3)


WORK: dict[str, Callable[..., Json]] = {
    "cost": cost,
    "flat_out": flat_out,
    "once": once,
    "until_let_in": until_let_in,
}


def main() -> None:
    configure(json_lines=True, level="INFO")
    app = build(
        Settings.from_env(
            {
                name: value
                for name, value in os.environ.items()
                if name.startswith(("INFOBLOX_", "REDIS_"))
            }
        )
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    given = json.loads(sys.argv[2])
    (account,) = app.accounts
    caller = app.executor.caller_of(account.tag)
    assert caller is not None
    sys.stdout.write(json.dumps(WORK[sys.argv[1]](caller, **given)))


if __name__ == "__main__":
    main()
