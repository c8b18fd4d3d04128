"""What the ledger answers to a claim, a sweep and a cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """A claim that was not granted, and why: gone, held, early, behind, solo, poisoned, format.

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
