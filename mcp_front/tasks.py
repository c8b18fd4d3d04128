"""Jobs as tasks of MCP: what the two generations of the protocol's tasks share.

A task is a job and has its id. So job_wait and tasks know the same things, from every front end.
"""

from dataclasses import dataclass
from typing import Any

import mcp_types as types
from pydantic import Field

from mcp_front import progress
from mcp_front.auth import Caller
from mcp_front.dispatch import Dispatcher, Tell
from mcp_front.own_jobs import OwnJobs, Seen
from mcp_front.replies import Reply
from mcp_front.store import Store
from mcp_front.waiting import Waiting
from shared.errors import Unavailable
from shared.ledger import Job
from shared.settings import Settings
from shared.submitting import no_worker

_QUICK_POLL_MS = 1000
_POLL_MS = 2000
_SLOW_POLL_MS = 5000
# A job that is tried again later than this is asked after less often.
_LONG_PAUSE_SECONDS = 5.0
_LOOK_SECONDS = 30.0
_MAX_ID = 128
Json = dict[str, Any]


class TaskParams(types.RequestParams):
    """Names a task."""

    task_id: str = Field(alias="taskId", max_length=_MAX_ID)


@dataclass(frozen=True, slots=True)
class Facts:
    """What both generations say of a task, each with words of its own; times are ISO 8601."""

    message: str
    created: str
    updated: str
    ttl_ms: int
    poll_ms: int


class Tasks:
    """A client's tasks. Errors come as CallErrors: an unknown id, a scope that lacks, no store."""

    def __init__(
        self, store: Store, waiting: Waiting, dispatcher: Dispatcher, *, settings: Settings
    ) -> None:
        self._store = store
        self._waiting = waiting
        self._dispatcher = dispatcher
        self._own = OwnJobs(store)
        self._read_ttl_ms = round(settings.read_ttl_seconds * 1000)
        self._job_ttl_ms = round(settings.job_ttl_seconds * 1000)

    async def seen(self, task_id: str, caller: Caller) -> Seen:
        """Look at a task; one of a read is kept from expiring by that."""
        return await self._store.ask(self._own.seen, task_id, client=caller.client, withdrawn=True)

    async def cancelled(self, task_id: str, caller: Caller, *, view: bool) -> tuple[Job, str]:
        """Cancel a task; see OwnJobs.cancelled."""
        return await self._store.ask(self._own.cancelled, task_id, caller, view=view)

    async def listed(self, caller: Caller, cursor: str | None) -> tuple[list[Seen], str | None]:
        """Return a page of the client's tasks, newest first, and the cursor of the next one."""
        return await self._store.ask(self._page, caller.client, cursor)

    async def ended(self, task_id: str, caller: Caller, tell: Tell | None) -> Seen:
        """Wait for a task's end, however long it takes; Unavailable if this process ends first."""
        with self._waiting.watch(task_id) as watch:
            while True:
                seen = await self._store.ask(
                    self._own.seen,
                    task_id,
                    client=caller.client,
                    front=self._waiting.front,
                    withdrawn=True,
                )
                if seen.job.final or seen.withdrawn:
                    return seen
                if watch.leaving:
                    raise Unavailable("This front end stops; the task goes on. Ask again.")
                watch.show(seen.job)
                await self._dispatcher.follow(watch, seconds=_LOOK_SECONDS, tell=tell)

    def answer(self, seen: Seen) -> Reply:
        """Return the envelope of a task that has ended, in its client's eyes at least."""
        reply = self._dispatcher.shown(seen.job, workers=seen.workers)
        if seen.job.final or not seen.withdrawn:
            return reply
        return Reply(reply.envelope | {"status": "cancelled"})

    def facts(self, seen: Seen) -> Facts:
        """Return what there is to say about a task."""
        job = seen.job
        return Facts(
            message=_message(seen),
            created=progress.moment(job.accepted),
            updated=progress.moment(_touched(job)),
            # The record outlives the job's end by so long, so the task from its start no less.
            ttl_ms=self._job_ttl_ms if job.writes else self._read_ttl_ms,
            poll_ms=_poll_ms(job),
        )

    def _page(self, client: str, cursor: str | None) -> tuple[list[Seen], str | None]:
        ledger = self._store.ledger
        page = ledger.listed(client=client, cursor=cursor)
        gone = ledger.withdrawn([job.id for job in page.jobs], client=client)
        return [Seen(job, None, job.id in gone) for job in page.jobs], page.cursor


def _message(seen: Seen) -> str:
    job = seen.job
    if seen.withdrawn and not job.final:
        return "cancelled; what was already sent is not taken back"
    if job.outcome is not None and job.outcome.problem is not None:
        return job.outcome.problem.message
    lack = f"; {no_worker(job.queue)}" if seen.workers == 0 else ""
    return progress.words(job) + lack


def _touched(job: Job) -> float:
    attempts = [time for attempt in job.attempts for time in (attempt.started, attempt.ended or 0)]
    return max(job.accepted, job.finished or 0, *attempts)


def _poll_ms(job: Job) -> int:
    if job.state == "waiting" and job.due and job.due - job.now > _LONG_PAUSE_SECONDS:
        return _SLOW_POLL_MS
    return _POLL_MS if job.writes else _QUICK_POLL_MS
