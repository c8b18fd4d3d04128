"""What one attempt comes to: the job has ended, or it waits, or it is no longer ours."""

from dataclasses import dataclass, field
from typing import Any

from shared.errors import CallError
from shared.ledger import FinalState, Outcome

Note = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """The job is over."""

    outcome: Outcome
    attempt: Note = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parked:
    """The job goes back with a due time; `in_doubt` when a request may have been applied.

    `memo`, `release` and `instead` are for jobs of several requests, `wake_at` for bulks: see
    `Ledger.park`.
    `held` is one that a guard did not let out: that is neither a start nor a try.
    """

    wait_seconds: float
    note: str
    attempt: Note = field(default_factory=dict)
    in_doubt: bool = False
    memo: Note | None = None
    release: bool = False
    instead: Outcome | None = None
    held: bool = False
    wake_at: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """Somebody else owns the job now, or it ended meanwhile."""

    why: str


Step = Ended | Parked | Dropped


def done(result: dict[str, Any] | None, attempt: Note | None = None) -> Ended:
    """Return the good end."""
    return Ended(Outcome("done", result), attempt or {})


def failed(error: CallError, attempt: Note | None = None) -> Ended:
    """Return the end that an error makes."""
    state: FinalState = "unknown" if error.code == "unknown_outcome" else "failed"
    return Ended(Outcome(state, problem=error.problem), attempt or {})
