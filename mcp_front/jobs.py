"""The tools that ask after a job: job_status, job_wait, job_cancel, job_list.

A job that is another client's is answered exactly like one that does not exist.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from mcp_front import progress, replies
from mcp_front.auth import Caller, scope_of
from mcp_front.dispatch import Dispatcher, Tell
from mcp_front.replies import Reply
from mcp_front.store import Store
from mcp_front.waiting import Waiting
from shared import tracing
from shared.catalog import Args, Operation, Queue
from shared.errors import InvalidArguments
from shared.ledger import Job, State
from shared.operations import CATALOG
from shared.submitting import no_worker

JobId = Annotated[str, Field(max_length=128, description="The job_id of an earlier answer")]
_ID = re.compile(r"[0-9a-f]{32}")
_HISTORY = 20
Json = dict[str, Any]


class JobStatus(Args):
    """Say where a job stands: state, attempts, when it is tried next, how it went so far. Returns
    at once."""

    job_id: JobId


class JobWait(Args):
    """Wait for a job and return its answer, as the tool that started it would have. Returns after
    `seconds` with status running if the job still goes on; then simply call again."""

    job_id: JobId
    seconds: Annotated[float, Field(ge=0, le=45, description="Wait at most so long")] = 25


class JobCancel(Args):
    """Cancel a job. What was not sent to Infoblox yet is not sent any more; what was sent goes on,
    and the answer says so."""

    job_id: JobId


class JobList(Args):
    """List your jobs, newest first."""

    state: Annotated[State | None, Field(description="Only jobs in this state")] = None
    queue: Annotated[Queue | None, Field(description="Only jobs of this queue")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Jobs to return at most")] = 20
    cursor: Annotated[
        str | None, Field(max_length=100, description="next_cursor of the page before")
    ] = None


@dataclass(frozen=True, slots=True)
class JobTool:
    """One of the four: `args` as in a row of the catalog, and what it does."""

    name: str
    title: str
    args: type[Args]
    effect: Literal["read", "cancel"]
    run: Callable[[Any, Caller, Tell | None], Awaitable[Reply]]

    @property
    def description(self) -> str:
        """Return the text an agent chooses the tool by."""
        return " ".join((self.args.__doc__ or "").split())


class JobTools:
    """What the four tools do."""

    def __init__(self, store: Store, waiting: Waiting, dispatcher: Dispatcher) -> None:
        self._store = store
        self._waiting = waiting
        self._dispatcher = dispatcher

    @property
    def tools(self) -> tuple[JobTool, ...]:
        """Return the tools, in the order they are listed."""
        return (
            JobTool("job_status", "Look at a job", JobStatus, "read", self._status),
            JobTool("job_wait", "Wait for a job", JobWait, "read", self._wait),
            JobTool("job_cancel", "Cancel a job", JobCancel, "cancel", self._cancel),
            JobTool("job_list", "List your jobs", JobList, "read", self._list),
        )

    async def _status(self, asked: JobStatus, caller: Caller, _tell: Tell | None) -> Reply:
        job, workers = await self._store.ask(self._seen, asked.job_id, client=caller.client)
        return replies.answer(
            {
                "status": replies.status_of(job),
                "job_id": job.id,
                "tool": job.tool,
                "result": described(job, workers=workers, history=True),
                **(
                    {"error": job.outcome.problem.as_dict()}
                    if job.outcome and job.outcome.problem
                    else {}
                ),
                "meta": replies.meta_of(job),
            }
        )

    async def _wait(self, asked: JobWait, caller: Caller, tell: Tell | None) -> Reply:
        with self._waiting.watch(asked.job_id) as watch:
            job, workers = await self._store.ask(
                self._seen, asked.job_id, client=caller.client, front=self._waiting.front
            )
            watch.show(job)
            await self._dispatcher.follow(
                watch,
                seconds=asked.seconds,
                tell=tell,
                lack=job.queue if workers == 0 else None,
            )
            seen = watch.job if watch.job and watch.job.final else None
            if seen is None and asked.seconds:
                seen = await self._dispatcher.look(job.id)
            return self._dispatcher.shown(seen or job, workers=workers)

    async def _cancel(self, asked: JobCancel, caller: Caller, _tell: Tell | None) -> Reply:
        job, verdict = await self._store.ask(self._cancelled, asked.job_id, caller)
        return replies.answer(
            {
                "status": replies.status_of(job),
                "job_id": job.id,
                "tool": job.tool,
                "result": {
                    "state": job.state,
                    "cancelled": verdict == "cancelled",
                    "message": _CANCEL_WORDS[verdict].format(state=job.state),
                },
                "meta": replies.meta_of(job),
            }
        )

    async def _list(self, asked: JobList, caller: Caller, _tell: Tell | None) -> Reply:
        page = await self._store.ask(
            self._store.ledger.listed,
            state=asked.state,
            queue=asked.queue,
            client=caller.client,
            limit=asked.limit,
            cursor=asked.cursor,
        )
        items = [{"job_id": job.id, "tool": job.tool, **described(job)} for job in page.jobs]
        return replies.answer(
            {
                "status": "done",
                "tool": "job_list",
                "result": {"items": items, "next_cursor": page.cursor},
            }
        )

    def _seen(
        self, job_id: str, *, client: str, front: str | None = None
    ) -> tuple[Job, int | None]:
        """Return a client's job, and the live workers of its queue while it is open."""
        ledger = self._store.ledger
        if not _ID.fullmatch(job_id) or not ledger.watch(job_id, client=client, front=front):
            raise not_found()
        job = self._record(job_id)
        tracing.link(job.trace, why="asked after")
        return job, None if job.final else ledger.workers()[job.queue]

    def _cancelled(self, job_id: str, caller: Caller) -> tuple[Job, str]:
        ledger = self._store.ledger
        if not _ID.fullmatch(job_id) or not ledger.owned(job_id, client=caller.client):
            raise not_found()
        caller.need(_scope(CATALOG.get(self._record(job_id).tool)))
        answer = ledger.cancel(job_id, client=caller.client)
        for queue, freed in answer.freed:
            self._store.hint(queue, freed)
        return self._record(job_id), answer.verdict

    def _record(self, job_id: str) -> Job:
        job = self._store.ledger.read(job_id)
        if job is None:
            raise not_found()
        return job


_CANCEL_WORDS = {
    "cancelled": "Cancelled: it was not sent and will not be.",
    "requested": "Cancel requested: a request is already on its way to Infoblox, and it is not "
    "taken back. job_wait says how it ends.",
    "ended": "Infoblox had accepted the change already: it stays, and is not followed any further.",
    "shared": "Others wait for the same job, so it goes on; you are no longer one of them.",
    "unknown_job": "You had already withdrawn from it.",
    "final": "It had already ended: {state}. job_wait returns its answer.",
}


def described(job: Job, *, workers: int | None = None, history: bool = False) -> Json:
    """Return a job's facts, without those that are empty."""
    lack = f"; {no_worker(job.queue)}" if workers == 0 else ""
    facts: Json = {
        "state": job.state,
        "queue": str(job.queue),
        "attempts": progress.tries(job),
        "progress": progress.words(job) + lack,
        "accepted_at": progress.moment(job.accepted),
        "next_try_at": job.due and job.state == "waiting" and progress.moment(job.due),
        "finished_at": job.finished and progress.moment(job.finished),
        "behind": job.behind,
        "asked_by": job.asked_by,
        "trace_id": job.trace_id,
        "history": history and [_attempted(attempt) for attempt in job.attempts[-_HISTORY:]],
    }
    return {name: value for name, value in facts.items() if value or name == "attempts"}


def _attempted(attempt: Any) -> Json:
    facts: Json = {
        "attempt": attempt.number,
        "started_at": progress.moment(attempt.started),
        "status": attempt.status,
        "why": attempt.why,
        "retry_after": attempt.retry_after,
        "wait_seconds": attempt.wait_seconds,
        "wait_why": attempt.wait_why,
        "lost": attempt.lost,
    }
    return {name: value for name, value in facts.items() if value}


def _scope(row: Operation | None) -> str:
    return scope_of(row) if row else "write"


def not_found() -> InvalidArguments:
    """Return the one answer for a job that is unknown, expired, malformed or another client's."""
    return InvalidArguments(
        "job_id: there is no such job of yours",
        advice="Check the id; job_list shows your jobs. Records are kept for a limited time.",
    )
