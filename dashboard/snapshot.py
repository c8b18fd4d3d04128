"""Everything the ops server tells, as it stood at one moment: read with a few commands."""

from dataclasses import dataclass
from typing import Any

from dashboard.store import Store
from shared.catalog import Queue
from shared.counting import CALLS, Counts
from shared.figures import AccountFigures, Backlog

# What says that a service is not well; other answers from 400 on are about the request.
FAILURES = frozenset({"timeout", "lost", "not_sent"})
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts, backlogs and guards; `messages` are hints that wait in the broker's queues."""

    counts: Counts
    backlogs: dict[Queue, Backlog]
    accounts: dict[str, AccountFigures]
    messages: dict[Queue, int]
    memory_bytes: int
    memory_limit_bytes: int


def take(store: Store) -> Snapshot:
    """Read it; in a thread. Redis errors pass through unchanged."""
    info: Any = store.client.info("memory")
    return Snapshot(
        counts=store.figures.counts(),
        backlogs=store.figures.backlogs(),
        accounts=store.figures.accounts(),
        messages={queue: store.broker.waiting(queue) for queue in Queue},
        memory_bytes=int(info["used_memory"]),
        memory_limit_bytes=int(info.get("maxmemory", 0)),
    )


def calls(counts: Counts) -> int:
    """Return how many API calls there were."""
    return sum(counts.of(CALLS).values())


def failures(counts: Counts) -> int:
    """Return how many of them failed for a reason that is not in the request."""
    return sum(value for (_, _, status), value in counts.of(CALLS).items() if failed(status))


def failed(status: str) -> bool:
    """Tell whether a status says that the service is not well."""
    return status in FAILURES or (status.isdecimal() and int(status) >= _SERVER_ERRORS)


def error_kind(status: str) -> str | None:
    """Return the kind of error that a status is, or None."""
    if not status.isdecimal():
        return status
    named = {409: "conflict", 429: "throttled"}
    code = int(status)
    if code < 400:  # noqa: PLR2004 - the first of HTTP's errors
        return None
    return named.get(code, "server_error" if code >= _SERVER_ERRORS else "refused")
