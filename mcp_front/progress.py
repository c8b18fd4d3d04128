"""What is going on with a job, in words for people and agents."""

from datetime import UTC, datetime

from shared.ledger import Attempt, Job


def words(job: Job, *, age: float = 0.0) -> str:
    """Say where a job stands; `age` is the seconds since the record was read."""
    match job.state:
        case "accepted":
            return "queued" + _rest(job)
        case "running":
            return _running(job)
        case "waiting":
            return _waiting(job, job.now + age) + _rest(job)
        case _:
            return job.state


def tries(job: Job) -> int:
    """Return how often Infoblox was asked: a read is asked once per start."""
    return job.tries if job.writes else job.starts


def moment(seconds: float) -> str:
    """Return a time of the store as text."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _rest(job: Job) -> str:
    if not job.paused:
        return ""
    return f"; the queue {job.queue} is paused: nothing of it starts until an operator resumes it"


def _running(job: Job) -> str:
    if job.cancel_requested:
        return "cancel requested; the request is already on its way"
    if not job.writes:
        return "running"
    if job.calls_ended is not None:
        return job.note or "handing in the first calls"
    # The attempt is counted when the request goes out; before that the next one is prepared.
    number = job.tries if job.sending else job.tries + 1
    return f"attempt {number} is running"


def _waiting(job: Job, now: float) -> str:
    if job.behind:
        return f"behind job {job.behind}, which changes the same object"
    text = job.note or (_attempt(job.attempts[-1]) if job.attempts else "waiting")
    if job.due is None or job.calls_ended is not None or "next try" in text:
        return text
    return f"{text}; next try in {max(0.0, job.due - now):.0f} s"


def _attempt(attempt: Attempt) -> str:
    if attempt.lost:
        return f"attempt {attempt.number} was lost with its worker"
    return f"attempt {attempt.number} answered {attempt.status or attempt.why or 'nothing'}"
