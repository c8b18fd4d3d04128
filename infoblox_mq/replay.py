"""Doing a job again that ended without its work being done: a new job from the old one's record."""

from contextlib import suppress

from redis import RedisError

from shared.broker import build_broker, hint
from shared.catalog import Operation
from shared.errors import InvalidArguments
from shared.ledger import Job, Submission
from shared.sealing import Sealer
from shared.settings import Settings
from shared.stores import broker_url

_REPLAYABLE = frozenset({"exhausted", "expired"})
_ADVICE = {
    "done": "It did its work; call the tool to do it another time.",
    "cancelled": "Call the tool again.",
    "failed": "It would fail again: read its error with `infoblox-mq jobs show`, then call anew.",
    "unknown": "The change may have been made: read the object first, then call the tool again.",
}
_OPEN = "It has not ended: `infoblox-mq jobs watch` follows it."


def refuse_unless_replayable(job: Job) -> None:
    """Raise InvalidArguments for a job that may have done its work, or would fail again."""
    code = job.outcome.problem.code if job.outcome and job.outcome.problem else None
    if job.state == "dead" or (job.state == "failed" and code in _REPLAYABLE):
        return
    ended = f"{job.state} ({code})" if job.state == "failed" else job.state
    raise InvalidArguments(
        f"job {job.id} is {ended} and cannot be replayed", advice=_ADVICE.get(job.state, _OPEN)
    )


def replayed(job: Job, row: Operation, sealer: Sealer, *, new_id: str) -> Submission:
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
        trace=job.trace,
    )


def wake(settings: Settings, job: Submission) -> None:
    """Hint at a job that was accepted; when that fails, a worker's sweep finds it."""
    broker = build_broker(broker_url(settings.redis_url or "", settings.broker_db), patient=False)
    with suppress(RedisError):
        hint(broker, job.queue, job.id)
    broker.close()
