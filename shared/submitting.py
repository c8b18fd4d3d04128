"""From checked arguments to what the ledger is asked to accept, and what its refusals mean."""

import hashlib
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from shared.caches import NO_ROOMS, Rooms
from shared.catalog import Args, Kind, Operation
from shared.errors import Busy, InvalidArguments, Unavailable
from shared.fingerprint import derived_key, fingerprint, targets
from shared.ledger import Accepted, Job, Submission
from shared.sealing import Sealer
from shared.settings import Settings

_NO_WORKER_RETRY_SECONDS = 5.0
_FULL_RETRY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Submitter:
    """Turns validated arguments into what the ledger is asked to accept."""

    sealer: Sealer
    key: bytes

    @classmethod
    def from_settings(cls, settings: Settings) -> "Submitter":
        """Take the keys from the settings."""
        return cls(Sealer(settings.seal_key), derived_key(settings.seal_key, "fingerprint"))

    def __call__(
        self,
        row: Operation,
        arguments: Args,
        *,
        account: str,
        client: str,
        job_id: str,
        asked_by: str = "",
        front: str | None = None,
        rooms: Rooms = NO_ROOMS,
        trace: str = "",
    ) -> Submission:
        """Return the submission; secrets leave this function sealed for this job.

        account  the account's tag     client    who asks      asked_by  its program
        front    the reply stream that waits, if any
        rooms    the caches that may answer; without them the call becomes a job in any case
        trace    the context that its spans continue
        """
        plain: dict[str, Any] = arguments.model_dump(mode="json")
        writes = row.writes_with(plain)
        key = plain.get("idempotency_key") if writes else None
        cache = row.cache_for(plain)
        return Submission(
            id=job_id,
            tool=row.name,
            queue=row.queue,
            writes=writes,
            account=account,
            client=client,
            arguments=self.sealer.seal_all(plain, row.sensitive, job_id=job_id),
            fingerprint=fingerprint(self.key, account=account, tool=row.name, arguments=plain),
            joins=row.joins(plain),
            front=front,
            idempotency_key=key and hashlib.sha256(key.encode()).hexdigest(),
            collections=row.collections if writes or not row.writes else row.changes,
            changes=row.changes if writes else (),
            asked_by=asked_by or None,
            targets=targets(self.key, row, plain, account=account) if writes else (),
            cache=cache if cache in rooms else None,
            refresh=plain.get("refresh") is True and row.cache is not None,
            trace=trace,
            gathers=writes and row.kind is Kind.BULK,
        )

    def opened(self, row: Operation | None, job: Job) -> Job:
        """Return a job with the secrets of its answer in clear, for whoever may see the answer."""
        if row is None or not row.sealed or job.outcome is None:
            return job
        result = self.sealer.open_answer(job.outcome.result, row.sealed, job_id=job.id)
        return replace(job, outcome=replace(job.outcome, result=result))


def refuse(row: Operation, accepted: Accepted) -> None:
    """Raise the error of a call that was not accepted."""
    match accepted.verdict:
        case "key_taken":
            raise InvalidArguments(
                f"idempotency_key: was used with other arguments by job {accepted.job_id}"
            )
        case "open":
            seconds = ceil(accepted.wait_seconds)
            raise Unavailable(
                f"API unavailable, retry in {seconds} s",
                advice="Infoblox failed several times in a row, so nothing was sent. Wait that "
                "long, then call again.",
                retry_after_seconds=seconds,
            )
        case "no_worker":
            raise Unavailable(
                f"There is {no_worker(row.queue)}.",
                advice="Start the worker, then call again. Nothing was sent.",
                retry_after_seconds=_NO_WORKER_RETRY_SECONDS,
            )
        case "full":
            raise store_full()
        case "busy":
            raise Busy(
                f"The queue {row.queue} is full: {accepted.open_jobs} jobs are open.",
                retry_after_seconds=max(1.0, accepted.wait_seconds),
            )


def no_worker(queue: str) -> str:
    """Say that nobody works on a queue, and what to do about it."""
    return f"no live worker on the queue {queue}; start one with `infoblox-mq worker {queue}`"


def store_full() -> Busy:
    """Return the error of a store that has no room for another job."""
    return Busy(
        "The job store is full. Nothing was accepted.",
        advice="Wait for jobs to end, or give the store more memory (maxmemory).",
        retry_after_seconds=_FULL_RETRY_SECONDS,
    )
