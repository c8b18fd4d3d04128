"""From a job or an error to what an MCP host sees: one small envelope, as data and as text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types

from mcp_front.plain import told
from mcp_front.progress import tries, words
from shared.catalog import Operation
from shared.errors import CODES, CallError, Expired, Problem, UnknownOutcome
from shared.ledger import Job, Kept, Outcome
from shared.submitting import no_worker

Json = dict[str, Any]

OUTPUT_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "status": {"enum": ["done", "running", "failed", "cancelled", "unknown"]},
        "job_id": {"type": "string"},
        "tool": {"type": "string"},
        "result": {"type": "object"},
        "error": {
            "type": "object",
            "properties": {
                "code": {"enum": sorted(CODES)},
                "message": {"type": "string"},
                "advice": {"type": "string"},
                "retry_after_seconds": {"type": "number"},
            },
            "required": ["code", "message", "advice"],
        },
        "meta": {"type": "object"},
    },
    "required": ["status", "tool"],
}
_STATUS = {"accepted": "running", "waiting": "running", "dead": "failed"}
_NO_REASON = CallError("The job ended without saying why.").problem


@dataclass(frozen=True, slots=True)
class Reply:
    """An envelope, and whether the host should take it for an error.

    asked    the arguments of the job it answers     skipped  rows of its answer left out in front
    text     the envelope as text, where it was made already
    """

    envelope: Json
    is_error: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)
    skipped: int = 0
    text: str | None = None

    @property
    def pages(self) -> bool:
        """Tell whether its tool goes on from an offset."""
        return "offset" in self.asked

    @property
    def first_row(self) -> int:
        """Return which row of its tool's list comes first here."""
        return int(self.asked.get("offset") or 0) + self.skipped


def status_of(job: Job) -> str:
    """Return the word of the envelope for a job's state."""
    return _STATUS.get(job.state, job.state)


def meta_of(job: Job, *, joined: bool = False) -> Json:
    """Return the facts about how a job went; its times are the store's."""
    elapsed = (job.finished or job.now) - job.accepted
    return {
        "queue": str(job.queue),
        **({"paused": True} if job.paused and not job.final else {}),
        "cached": False,
        "joined": joined,
        "attempts": tries(job),
        "elapsed_ms": max(0, round(elapsed * 1000)),
    }


def of_job(job: Job, *, joined: bool = False, workers: int | None = None, skip: int = 0) -> Reply:
    """Return a job's own envelope, without the first `skip` rows; one that goes on says where it
    stands."""
    status = status_of(job)
    envelope: Json = {"status": status, "job_id": job.id, "tool": job.tool}
    problem = job.outcome.problem if job.outcome else None
    if job.outcome is not None and job.outcome.result is not None:
        envelope["result"] = _without_first(job.outcome.result, skip)
    if status in {"failed", "unknown"} or problem:
        envelope["error"] = (problem or _NO_REASON).as_dict()
    envelope["meta"] = meta_of(job, joined=joined)
    if not job.final:
        envelope["meta"]["note"] = _going_on(job, workers)
    return Reply(envelope, status in {"failed", "unknown"}, asked=job.arguments, skipped=skip)


def _without_first(result: Json, skip: int) -> Json:
    rows = result.get("items")
    return result | {"items": rows[skip:]} if skip and isinstance(rows, list) else result


def of_kept(
    row: Operation, kept: Kept, *, asked: Mapping[str, Any], elapsed_seconds: float
) -> Reply:
    """Return the envelope of a kept answer: there is no job behind it."""
    outcome = Outcome.decoded("done", kept.text or "{}")
    meta = {
        "queue": str(row.queue),
        "cached": True,
        "age_seconds": round(kept.age_seconds, 1),
        "joined": False,
        "attempts": 0,
        "elapsed_ms": round(elapsed_seconds * 1000),
    }
    envelope = {"status": "done", "tool": row.name, "result": outcome.result, "meta": meta}
    return Reply(envelope, asked=asked)


def of_problem(
    problem: Problem, *, tool: str, queue: str | None = None, job_id: str | None = None
) -> Reply:
    """Return the envelope of a call that became no job, or whose job is not to be seen."""
    envelope: Json = {"status": "failed", "tool": tool, "error": problem.as_dict()}
    if job_id:
        envelope["job_id"] = job_id
    if queue:
        envelope["meta"] = {"queue": queue, "cached": False, "joined": False, "attempts": 0}
    return Reply(envelope, is_error=True)


def unseen(job_id: str, *, tool: str, queue: str, joined: bool) -> Reply:
    """Return the envelope of an accepted job that cannot be looked up right now."""
    meta = {"queue": queue, "cached": False, "joined": joined}
    note = f"accepted; the job store does not answer just now. {_LATER}"
    return Reply(
        {"status": "running", "job_id": job_id, "tool": tool, "meta": meta | {"note": note}}
    )


def vanished(job_id: str, *, tool: str, writes: bool) -> Reply:
    """Return the envelope of an accepted job whose record is gone."""
    if not writes:
        gone = Expired(f"The record of job {job_id} is gone.", advice="Call again.")
        return of_problem(gone.problem, tool=tool, job_id=job_id)
    lost = UnknownOutcome(f"The record of job {job_id} is gone; the store lost it.")
    reply = of_problem(lost.problem, tool=tool, job_id=job_id)
    return Reply(reply.envelope | {"status": "unknown"}, is_error=True)


def answer(envelope: Json) -> Reply:
    """Return a plain good answer."""
    return Reply(envelope)


def rendered(reply: Reply) -> types.CallToolResult:
    """Return the envelope as structured content, and the same JSON as text."""
    text, envelope = (reply.text, reply.envelope) if reply.text else told(reply.envelope)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)],
        structured_content=envelope,
        is_error=reply.is_error,
    )


_LATER = "job_wait waits for its end, job_status says where it stands."


def _going_on(job: Job, workers: int | None) -> str:
    lack = f"; {no_worker(job.queue)}" if workers == 0 else ""
    return f"{words(job)}{lack}. The job goes on by itself: {_LATER}"
