"""What the ledger answers to those who submit calls, and to those who work on jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.catalog import Queue
from shared.ledger.records import Job

Freed = tuple[tuple[Queue, str], ...]


def freed(answer: Mapping[str, Any]) -> Freed:
    """Return the jobs that may go on now, by queue and id."""
    return tuple((Queue(queue), job_id) for queue, job_id in answer.get("freed") or ())


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job until somebody else claims it: `job.fence` tells.

    `lost_by` is the worker whose lease on it ran out, if there was one. `held_up_seconds` is how
    long it was behind other jobs since it was last worked on.
    """

    job: Job
    lost_by: str | None = None
    held_up_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Behind:
    """A job that has come to wait behind another one: how many are before it, and its trace."""

    job: Job
    ahead: int
    trace: str

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> "Behind":
        """Read what the claim's script says."""
        job = Job.from_record(answer["job"], answer["now"] / 1000)
        return cls(job, answer["line"], answer.get("trace", ""))


@dataclass(frozen=True, slots=True)
class Denied:
    """A claim that was not granted, and why: gone, held, early, paused, behind, solo,
    poisoned, format.

    `detail` is the job it is behind, or the state a poisoned one has ended in. `behind` is given
    once for each job that it comes to wait for.
    """

    reason: str
    freed: Freed = ()
    detail: str | None = None
    behind: Behind | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What a sweep found: jobs to hint at, and seconds until the next one is due."""

    job_ids: tuple[str, ...]
    next_due_seconds: float | None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The answer to a cancel: unknown_job, final, shared, requested, cancelled or ended."""

    verdict: str
    freed: Freed = ()


@dataclass(frozen=True, slots=True)
class Interest:
    """What a client has to do with a job; one that withdrew may take part all the same."""

    takes_part: bool
    withdrawn: bool


Verdict = Literal[
    "new", "same", "joined", "cached", "key_taken", "open", "no_worker", "busy", "full", "orphaned"
]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept answer: the job that brought it, and its record's text unless the caller holds it."""

    source: str
    age_seconds: float
    text: str | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a submission. `open_jobs` counts what is before a refused one.

    `wait_seconds` is until a full queue is worked off, or until an open breaker lets a call try.
    """

    verdict: Verdict
    job_id: str | None
    live_workers: int
    open_jobs: int = 0
    wait_seconds: float = 0.0
    kept: Kept | None = None

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> "Accepted":
        """Read what the ledger's script says."""
        kept = None
        if answer["verdict"] == "cached":
            age_seconds = (answer["now"] - answer["kept"]) / 1000
            kept = Kept(answer["source"], age_seconds, answer["body"] or None)
        return cls(
            answer["verdict"],
            answer.get("id"),
            answer["live"],
            answer.get("open", 0),
            answer.get("wait", 0) / 1000,
            kept,
        )

    @property
    def joined(self) -> bool:
        """Tell whether the call became part of an older job."""
        return self.verdict in {"same", "joined"}
