"""The tools that ask after a job: job_status, job_wait, job_cancel, job_list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from mcp_front import progress, replies
from mcp_front.auth import Caller
from mcp_front.dispatch import Dispatcher, Tell
from mcp_front.own_jobs import OwnJobs
from mcp_front.replies import Reply
from mcp_front.store import Store
from mcp_front.waiting import Waiting
from shared.catalog import Args, Queue
from shared.ledger import Job, State
from shared.schemas import slim
from shared.submitting import no_worker

JobId = Annotated[str, Field(max_length=128, description="The job_id of an earlier answer")]
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
    offset: Annotated[
        int, Field(ge=0, le=10_000_000, description="Rows of a long answer to leave out in front")
    ] = 0


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
    """A tool of the front end itself: `args` as in a row of the catalog, and what it does.

    `effect` is `any` for one that calls others.
    """

    name: str
    title: str
    args: type[Args]
    effect: Literal["read", "cancel", "any"]
    run: Callable[[Any, Caller, Tell | None], Awaitable[Reply]]

    @property
    def description(self) -> str:
        """Return the text an agent chooses the tool by."""
        return " ".join((self.args.__doc__ or "").split())

    @property
    def input_schema(self) -> Json:
        """Return the JSON schema of the arguments."""
        return slim(self.args.model_json_schema())


class JobTools:
    """What the four tools do."""

    def __init__(self, store: Store, waiting: Waiting, dispatcher: Dispatcher) -> None:
        self._store = store
        self._waiting = waiting
        self._dispatcher = dispatcher
        self._own = OwnJobs(store)

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
        seen = await self._store.ask(self._own.seen, asked.job_id, client=caller.client)
        job, workers = seen.job, seen.workers
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
            found = await self._store.ask(
                self._own.seen, asked.job_id, client=caller.client, front=self._waiting.front
            )
            job, workers = found.job, found.workers
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
            return self._dispatcher.shown(seen or job, workers=workers, skip=asked.offset)

    async def _cancel(self, asked: JobCancel, caller: Caller, _tell: Tell | None) -> Reply:
        job, verdict = await self._store.ask(self._own.cancelled, asked.job_id, caller)
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
        limit = asked.limit
        while True:
            page = await self._store.ask(
                self._store.ledger.listed,
                state=asked.state,
                queue=asked.queue,
                client=caller.client,
                limit=limit,
                cursor=asked.cursor,
            )
            items = [{"job_id": job.id, "tool": job.tool, **described(job)} for job in page.jobs]
            result = {"items": items, "next_cursor": page.cursor}
            envelope = {"status": "done", "tool": "job_list", "result": result}
            # The cursor is of the whole page: one that is too long is asked for anew, shorter.
            if limit == 1 or self._dispatcher.fits(envelope):
                return replies.answer(envelope)
            limit = max(1, limit // 2)


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
