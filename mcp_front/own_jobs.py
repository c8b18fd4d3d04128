"""A client's own jobs: looking at one, and cancelling it. All of it talks to the store.

A job that is another client's is answered exactly like one that does not exist.
"""

import re
from dataclasses import dataclass

from mcp_front.auth import Caller, scope_of
from mcp_front.store import Store
from shared import tracing
from shared.errors import InvalidArguments
from shared.ledger import Job
from shared.operations import CATALOG

# A call of a bulk has the id of that and its own index.
_ID = re.compile(r"[0-9a-f]{32}(-[0-9]{4})?")


@dataclass(frozen=True, slots=True)
class Seen:
    """A client's job. `workers` counts those of its queue while it is open; `withdrawn` tells that
    the client cancelled it as a task, whatever became of it."""

    job: Job
    workers: int | None
    withdrawn: bool = False


class OwnJobs:
    """The jobs of whoever asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def seen(
        self, job_id: str, *, client: str, front: str | None = None, withdrawn: bool = False
    ) -> Seen:
        """Return a client's job, with `withdrawn` also one it withdrew from; raise not_found().

        A front end that is named is told of every change from now on.
        """
        ledger = self._store.ledger
        if not _ID.fullmatch(job_id):
            raise not_found()
        interest = ledger.interest(job_id, client=client, front=front)
        if not (interest.takes_part or (withdrawn and interest.withdrawn)):
            raise not_found()
        job = self._record(job_id)
        tracing.link(job.trace, why="asked after")
        workers = None if job.final else ledger.workers()[job.queue]
        return Seen(job, workers, interest.withdrawn)

    def cancelled(self, job_id: str, caller: Caller, *, view: bool = False) -> tuple[Job, str]:
        """Cancel a client's job; return what is left of it and the ledger's verdict.

        With `view` the client sees it as cancelled from now on, even if it goes on.
        """
        ledger = self._store.ledger
        if not _ID.fullmatch(job_id) or not ledger.owned(job_id, client=caller.client):
            raise not_found()
        row = CATALOG.get(self._record(job_id).tool)
        caller.need(scope_of(row) if row else "write")
        answer = ledger.cancel(job_id, client=caller.client, view=view)
        for queue, freed in answer.freed:
            self._store.hint(queue, freed)
        return self._record(job_id), answer.verdict

    def _record(self, job_id: str) -> Job:
        job = self._store.ledger.read(job_id)
        if job is None:
            raise not_found()
        return job


def not_found() -> InvalidArguments:
    """Return the one answer for a job that is unknown, expired, malformed or another client's."""
    return InvalidArguments(
        "job_id: there is no such job of yours",
        advice="Check the id; job_list shows your jobs. Records are kept for a limited time.",
    )
