"""Waiting for a job as the ledger shows it."""

from shared.ledger import Job
from tests.support.stack import Stack
from tests.support.waiting import until

END_SECONDS = 40.0


def ended(here: Stack, job_id: str) -> Job:
    """Wait for the end of a job."""
    ledger = here.ledger()

    def final() -> Job | None:
        job = ledger.read(job_id)
        return job if job and job.final else None

    found = until(final, seconds=END_SECONDS, what="the end of the job")
    assert found is not None
    return found
