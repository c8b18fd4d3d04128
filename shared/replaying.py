"""Doing a job again that ended without its work being done: a new job from the old one's record."""

from collections.abc import Mapping
from uuid import uuid4

from shared.catalog import Operation
from shared.errors import InvalidArguments
from shared.ledger import Accepted, Job, Ledger, Submission
from shared.sealing import Sealer
from shared.submitting import refuse

_REPLAYABLE = frozenset({"exhausted", "expired"})
_ADVICE = {
    "done": "It did its work; call the tool to do it another time.",
    "cancelled": "Call the tool again.",
    "failed": "It would fail again: read its error with `infoblox-mq jobs show`, then call anew.",
    "unknown": "The change may have been made: read the object first, then call the tool again.",
}
_OPEN = "It has not ended: `infoblox-mq jobs watch` follows it."


def replay(
    ledger: Ledger,
    job: Job,
    *,
    catalog: Mapping[str, Operation],
    sealer: Sealer,
    by: str = "",
) -> Accepted:
    """Accept an ended job's call once more; the verdict `new` wants a hint.

    Replayed twice is replayed once. Raises InvalidArguments for a job that may have done its work,
    would fail again or is of another release, and what `refuse` raises when there is no room.
    """
    refuse_unless_replayable(job)
    row = catalog.get(job.tool)
    if row is None:
        raise InvalidArguments(
            f"this release does not know {job.tool}", advice="Replay it with its own release."
        )
    accepted = ledger.accept(replayed(job, row, sealer, new_id=uuid4().hex, by=by))
    refuse(row, accepted)
    return accepted


def refuse_unless_replayable(job: Job) -> None:
    """Raise InvalidArguments for a job that may have done its work, or would fail again."""
    code = job.outcome.problem.code if job.outcome and job.outcome.problem else None
    if job.state == "dead" or (job.state == "failed" and code in _REPLAYABLE):
        return
    ended = f"{job.state} ({code})" if job.state == "failed" else job.state
    raise InvalidArguments(
        f"job {job.id} is {ended} and cannot be replayed", advice=_ADVICE.get(job.state, _OPEN)
    )


def replayed(job: Job, row: Operation, sealer: Sealer, *, new_id: str, by: str = "") -> Submission:
    """Return the call of an ended job once more; its secrets are sealed for the new job."""
    plain = sealer.open_all(job.arguments, row.sensitive, job_id=job.id)
    return Submission(
        id=new_id,
        tool=job.tool,
        queue=job.queue,
        writes=job.writes,
        account=job.account,
        client=job.client,
        arguments=sealer.seal_all(plain, row.sensitive, job_id=new_id),
        fingerprint=job.fingerprint,
        joins=False,
        # Replayed twice is replayed once. A client's key is a hash and never looks like this.
        idempotency_key=f"replay-{job.id}",
        collections=row.collections,
        changes=job.changes,
        targets=job.targets,
        replays=(job.id, *job.replays),
        asked_by=job.asked_by or None,
        note=f"replays {job.id} for {by}" if by else None,
        trace=job.trace,
    )
