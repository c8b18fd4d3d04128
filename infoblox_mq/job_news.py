"""What is new with jobs, each change once: the live view behind `infoblox-mq jobs watch`."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from mcp_front.progress import tries
from shared.ledger import Job, Ledger

News = dict[str, Any]


def of_one(look: Callable[[], Job], *, pause: Callable[[], object]) -> Iterator[Job]:
    """Yield a job whenever it has changed, until it has ended."""
    before = None
    while True:
        job = look()
        if (now := _where(job)) != before:
            before = now
            yield job
        if job.final:
            return
        pause()


def of_all(ledger: Ledger, *, limit: int, pause: Callable[[], object]) -> Iterator[Job]:
    """Yield every open job whenever it has changed, its end included, for as long as asked."""
    before: dict[str, object] = {}
    while True:
        jobs = ledger.open_jobs(limit=limit)
        missing = [job_id for job_id in before if job_id not in {job.id for job in jobs}]
        jobs += ledger.read_all(missing)
        yield from _changed(jobs, before)
        before = {job.id: _where(job) for job in jobs if not job.final}
        pause()


def facts(job: Job, *, most_tries: int) -> News:
    """Return one change as scripts may read it, without what is not known."""
    found: News = {
        "time": datetime.fromtimestamp(job.now, UTC).isoformat(timespec="milliseconds"),
        "id": job.id,
        "tool": job.tool,
        "state": job.state,
        "attempt": tries(job),
        "attempts_at_most": most_tries if job.writes else None,
        "next_try_in_seconds": _wait(job),
        "last_status": _last_status(job),
        "paused": (job.paused and not job.final) or None,
        "note": job.note if not job.final else None,
        "error": job.outcome.problem.as_dict() if job.outcome and job.outcome.problem else None,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def line(job: Job, *, most_tries: int) -> str:
    """Return one change as people read it."""
    when = datetime.fromtimestamp(job.now).astimezone().strftime("%H:%M:%S")
    at_most = f" of {most_tries}" if job.writes else ""
    status, wait = _last_status(job), _wait(job)
    problem = job.outcome.problem if job.outcome else None
    said = [
        f"attempt {tries(job)}{at_most}" if tries(job) else "",
        f"next try in {wait:.0f} s" if wait is not None and not job.behind else "",
        f"last status {status}" if status else "",
        # A note on an attempt says no more than the above.
        job.note if not job.final and not job.note.startswith("attempt") else "",
        "its queue is paused" if job.paused and job.state != "running" and not job.final else "",
        f"{problem.code}: {problem.message}" if problem else "",
    ]
    text = ", ".join(filter(None, said))
    return f"{when}  {job.id}  {job.tool}  {job.state:9}  {text}".rstrip()


def _changed(jobs: Sequence[Job], before: dict[str, object]) -> Iterator[Job]:
    for job in sorted(jobs, key=lambda job: job.accepted):
        if _where(job) != before.get(job.id):
            yield job


def _where(job: Job) -> object:
    told = (job.note, job.cancel_requested, job.paused and not job.final)
    return (job.state, tries(job), job.due, _last_status(job), told)


def _wait(job: Job) -> float | None:
    if job.state != "waiting" or job.due is None:
        return None
    return max(0.0, round(job.due - job.now, 1))


def _last_status(job: Job) -> int | None:
    known = [attempt.status for attempt in job.attempts if attempt.status is not None]
    return known[-1] if known else None
