"""Figures of the whole: what is open, what was counted. A few commands for any number of jobs."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from shared.catalog import Queue
from shared.counting import Counts
from shared.guards import BreakerState, GuardStates, LimiterState
from shared.ledger.ledger import Ledger
from shared.ledger.reading import PREFIX
from shared.ledger.scripts import Scripts
from shared.ledger.shelves import Shelf, Shelves
from shared.ledger.terms import Terms

VPN_TOOL = "configure_vpn_infrastructure"
OPEN_STATES = ("accepted", "running", "waiting")


@dataclass(frozen=True, slots=True)
class Backlog:
    """The open jobs of a queue, and `dead` ones that are still kept.

    `oldest_seconds` is the age of the oldest that was never started, `overdue_seconds` how long the
    first due job has found nobody: workers that live leave none overdue for long, and in a
    `paused` queue nobody is looked for.
    """

    workers: int
    states: dict[str, int]
    dead: int
    oldest_seconds: float
    overdue_seconds: float
    vpn: dict[str, int]
    vpn_next_due: float | None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """The guards and caches of an account."""

    limiter: LimiterState
    breakers: dict[Queue, BreakerState]
    caches: dict[str, Shelf]


class Figures:
    """Reads them. Redis errors pass through unchanged."""

    def __init__(self, client: "Redis", terms: Terms, *, prefix: str = PREFIX) -> None:
        self._client = client
        self._prefix = prefix
        self._terms = terms
        self._ledger = Ledger(client, terms, prefix=prefix)
        self._guards = GuardStates(client, prefix=prefix)
        self._shelves = Shelves(client, prefix=prefix)
        self._scripts = Scripts(client, prefix, names=("census",))

    def counts(self) -> Counts:
        """Return everything that was counted since the store began."""
        pipeline = self._client.pipeline(transaction=False)
        for key in ("counts", "counts:quiet"):
            pipeline.hgetall(f"{self._prefix}{key}")
        loud, quiet = pipeline.execute()
        fields = {**loud, **quiet}
        fields.pop("#changed", None)
        return Counts({name: int(value) for name, value in fields.items()})

    def backlogs(self) -> dict[Queue, Backlog]:
        """Return what is open in each queue."""
        answer = self._scripts.run(
            "census",
            {"queues": list(Queue), "vpn": VPN_TOOL, "worker_ttl": self._terms.worker_ttl},
        )
        now = answer["now"]
        return {queue: _backlog(answer["queues"][queue], now) for queue in Queue}

    def accounts(self) -> dict[str, AccountFigures]:
        """Return guards and caches of each account that a worker has published."""
        return {name: self._account(tag) for name, tag in self._ledger.accounts().items()}

    def _account(self, tag: str) -> AccountFigures:
        return AccountFigures(
            self._guards.limiter(tag),
            {queue: self._guards.breaker(tag, queue) for queue in Queue},
            self._shelves.show(tag),
        )


def _backlog(found: dict[str, Any], now: float) -> Backlog:
    vpn = found["vpn"]
    next_due = vpn.get("next_due")
    return Backlog(
        workers=found["workers"],
        states={state: found[state] for state in OPEN_STATES},
        dead=found["dead"],
        oldest_seconds=max(0.0, now - found["oldest"]) / 1000 if "oldest" in found else 0.0,
        overdue_seconds=found["overdue"] / 1000,
        vpn={state: vpn[state] for state in OPEN_STATES},
        vpn_next_due=next_due / 1000 if next_due is not None else None,
        paused=found["paused"],
    )
