"""Guards in a store of their own, and time that passes when told to."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from redis import Redis

from shared.catalog import Queue
from shared.clock import SystemClock
from shared.guards import GuardStates, scripts
from shared.ledger.scripts import Scripts
from workers.breaker import Breaker, BreakerTerms
from workers.guard_store import GuardStore
from workers.limiter import Ask, Limiter, Rate
from workers.permit import Held

RATE = Rate(10, 5)
# One each second: on a busy machine the calls of a test take time themselves.
SLOW = Rate(1, 5)
NOW_OR_NEVER = 0.0
ACCOUNT = "account"


class Sleepless(SystemClock):
    """Notes how long it was asked to sleep, and does not."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class World:
    """One prefix in a shared store: limiters and breakers of many processes."""

    def __init__(self, client: Redis) -> None:
        self.client: Any = client
        self.prefix = f"test-{token_hex(6)}:"
        self.clock = Sleepless()
        self.store = GuardStore(self.scripts(), self.clock)
        self.states = GuardStates(client, prefix=self.prefix)

    def scripts(self) -> Scripts:
        return scripts(self.client, prefix=self.prefix)

    def limiter(self, *, threads: int = 100) -> Limiter:
        return Limiter(self.store, self.clock, threads=threads)

    def breaker(
        self, *, failures: int = 5, reset_seconds: float = 60, service: Queue = Queue.INFOBLOX
    ) -> Breaker:
        terms = BreakerTerms(failures, reset_seconds)
        return Breaker(self.store, self.clock, terms, account=ACCOUNT, service=service)

    def ask(self, account: str = ACCOUNT, *, rate: Rate = RATE, **ask: Any) -> Held | None:
        """Ask for a slot, without patience unless told otherwise."""
        given = Ask(**{"patience_seconds": NOW_OR_NEVER} | ask)
        return self.limiter().admit(account, rate, given)

    def granted(self, most: int = 100, **ask: Any) -> int:
        """Return how many requests are let through at once, until one is held."""
        return next(n for n in range(most) if self.ask(**ask) is not None)

    def limiter_passes(self, seconds: float, account: str = ACCOUNT) -> None:
        """Let so much time pass for an account's rate."""
        key, line = f"{self.prefix}rate:{account}", f"{self.prefix}line:{account}"
        for field in ("tat", "pause", "since"):
            if (at := self.client.hget(key, field)) is not None:
                self.client.hset(key, field, float(at) - seconds * 1000)
        for places in (line, f"{line}:bulk"):
            for job, promised in self.client.zrange(places, 0, -1, withscores=True):
                self.client.zadd(places, {job: promised - seconds * 1000})

    def reset_is_over(self, service: Queue = Queue.INFOBLOX) -> None:
        """Let the time pass for which a breaker stays open."""
        key = f"{self.prefix}breaker:{ACCOUNT}:{service}"
        if self.client.hexists(key, "reopen_at"):
            self.client.hset(key, "reopen_at", 1)

    def probe_is_lost(self, service: Queue = Queue.INFOBLOX) -> None:
        """Let the time pass that a probe may take."""
        self.client.delete(f"{self.prefix}breaker:{ACCOUNT}:{service}:probe")
