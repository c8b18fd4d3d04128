"""The rate limit of an account, shared by all processes. The rules are in limiter.lua."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shared.clock import Clock
from workers.guard_store import GuardStore
from workers.permit import Held

# A thread that sleeps longer is missed by other jobs; a parked job costs two scripts.
SHORT_SECONDS = 1.0
# Where a job is in the middle of its work, going back would waste what it has done.
LONGEST_SECONDS = 2.0
# A parked job comes back a moment before its time, because its way takes a moment too.
_EARLY_SECONDS = 0.05
_SHORTEST_PARK_SECONDS = 0.02
# Without the store nobody knows how many others there are: one worker for each of the queues.
_LOCAL_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Rate:
    """What an account may ask for; 0 a second means without a limit."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a slot.

    `job` may keep its place in the line while it is parked. `patience_seconds` is how long the
    thread may sleep; `goes_on` is a job in the middle of its work. Bulk work comes last.
    """

    job: str | None = None
    patience_seconds: float = SHORT_SECONDS
    goes_on: bool = False
    bulk: bool = False


class Limiter:
    """Gives out slots, one script call each; sleeps until a slot that is near."""

    def __init__(self, store: GuardStore, clock: Clock, *, threads: int) -> None:
        self._store = store
        self._clock = clock
        # Half of the threads stay free for other accounts, whose jobs need not wait.
        self._beds = threading.Semaphore(max(1, threads // 2))
        self._bulk_beds = threading.Semaphore(max(1, threads // 4))
        self._local = LocalRate(clock)

    def admit(self, account: str, rate: Rate, ask: Ask) -> Held | None:
        """Return None when the request may go out now, or how long it has to wait."""
        if not rate.per_second:
            return None
        with self._bed(ask) as patience:
            return self._admitted(account, rate, ask, patience=patience)

    def throttled(self, account: str, rate: Rate, *, asked_seconds: float | None) -> None:
        """Note an answer 429: everybody pauses as long as it asks; without that all slow down."""
        if not rate.per_second:
            return
        given = {"account": account, "rate": rate.per_second, "burst": rate.burst}
        if asked_seconds is not None:
            given |= {"act": "pause", "wait": asked_seconds * 1000}
            self._local.pause(account, asked_seconds)
        self._store.run("limiter", {"act": "slow", **given})

    @contextmanager
    def _bed(self, ask: Ask) -> Iterator[float]:
        """Yield how long this thread may sleep: not at all while too many others do."""
        beds = self._bulk_beds if ask.bulk else self._beds
        if ask.goes_on:
            yield ask.patience_seconds
        elif beds.acquire(blocking=False):
            try:
                yield ask.patience_seconds
            finally:
                beds.release()
        else:
            yield 0.0

    def _admitted(self, account: str, rate: Rate, ask: Ask, *, patience: float) -> Held | None:
        until = self._clock.steady() + patience
        given: dict[str, Any] = {
            "act": "ask",
            "account": account,
            "rate": rate.per_second,
            "burst": rate.burst,
            "job": ask.job,
            "goes_on": ask.goes_on or None,
            "bulk": ask.bulk or None,
        }
        slept = False
        while True:
            left = max(0.0, until - self._clock.steady())
            found = self._store.run(
                "limiter",
                given | {"patience": left * 1000, "slept": (slept and not ask.bulk) or None},
            )
            if found is None:
                return self._alone(account, rate, left)
            wait = found["wait"] / 1000
            if found["verdict"] == "later" and (slept or wait > left or not ask.bulk):
                return _held(wait)
            if wait <= 0:
                return None
            self._clock.sleep(wait)
            # Meanwhile the account may have been told to pause, and bulk work was given no slot.
            slept = True

    def _alone(self, account: str, rate: Rate, patience: float) -> Held | None:
        wait = self._local.take(account, rate.per_second * _LOCAL_SHARE, patience=patience)
        if wait > patience:
            return _held(wait)
        self._clock.sleep(wait)
        return None


class LocalRate:
    """The rate by itself, for a process without its store: evenly spaced, no burst."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def take(self, account: str, per_second: float, *, patience: float) -> float:
        """Return the seconds to the next slot; it is taken if that is within the patience."""
        with self._lock:
            now = self._clock.steady()
            at = max(now, self._next.get(account, now))
            if at - now <= patience:
                self._next[account] = at + 1 / per_second
            return at - now

    def pause(self, account: str, seconds: float) -> None:
        """Give out nothing for so long."""
        with self._lock:
            ends = self._clock.steady() + seconds
            self._next[account] = max(ends, self._next.get(account, ends))


def _held(wait: float) -> Held:
    return Held(
        f"the rate limit of the account lets it out in {wait:.1f} s",
        wait_seconds=max(_SHORTEST_PARK_SECONDS, wait - _EARLY_SECONDS),
        why="rate",
    )
