"""The life of one call: fingerprint, seal, accept, hint, wait, answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis

from mcp_front import progress, replies
from mcp_front.answers import BYTES_PER_TOKEN, fitting
from mcp_front.auth import Caller
from mcp_front.bodies import Bodies
from mcp_front.plain import size_of, visible
from mcp_front.replies import Reply
from mcp_front.store import Store, StoreAway, maybe_sent
from mcp_front.waiting import Waiting, Watch
from shared import spans, tracing
from shared.catalog import Args, Operation
from shared.errors import CallError
from shared.faults import fault_point
from shared.ledger import Accepted, Job, Submission
from shared.logs import get_logger
from shared.operations import CATALOG
from shared.settings import Settings
from shared.submitting import Submitter, no_worker, refuse

Tell = Callable[[float, str], Awaitable[None]]
_FIRST_WORD_SECONDS = 1.0

log = get_logger(__name__)


class MaybeAccepted(StoreAway):
    """The store was asked to accept a job and did not answer."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a submission, and the job's record where the call joined an older one."""

    accepted: Accepted
    job: Job | None = None


class Dispatcher:
    """Carries calls of catalog tools out by way of the ledger."""

    def __init__(
        self, store: Store, waiting: Waiting, settings: Settings, *, word_seconds: float
    ) -> None:
        self._store = store
        self._waiting = waiting
        self._wait_seconds = settings.wait_seconds
        self._word_seconds = word_seconds
        self.answer_tokens = settings.answer_tokens
        self._submitter = Submitter.from_settings(settings)
        self._rooms = settings.rooms
        self._bodies = Bodies(settings.cache_bytes)

    async def call(
        self, row: Operation, arguments: Args, *, caller: Caller, tell: Tell | None = None
    ) -> Reply:
        """Return a tool's answer, or after `wait_seconds` where its job stands."""
        job_id = uuid4().hex
        patience = caller.patience_seconds
        with self._waiting.watch(job_id) as watch:
            begun = watch.loop.time()
            await self._store.ready(tell)
            try:
                taken = await self._store.ask(
                    self._submit, row, arguments, caller=caller, watch=watch
                )
            except MaybeAccepted as error:
                return replies.of_problem(
                    error.problem, tool=row.name, queue=row.queue, job_id=job_id
                )
            accepted = taken.accepted
            refuse(row, accepted)
            if accepted.kept is not None:
                elapsed = watch.loop.time() - begun
                asked = arguments.model_dump(mode="json")
                return replies.of_kept(row, accepted.kept, asked=asked, elapsed_seconds=elapsed)
            if taken.job is not None:
                watch.show(taken.job)
            idle = accepted.live_workers == 0
            # The answer comes in time, however long the store took to start.
            wait = self._wait_seconds if patience is None else patience
            await self.follow(
                watch,
                seconds=wait - (watch.loop.time() - begun),
                tell=tell,
                lack=row.queue if idle else None,
            )
            return await self._answered(row, watch, accepted)

    async def follow(
        self, watch: Watch, *, seconds: float, tell: Tell | None = None, lack: str | None = None
    ) -> None:
        """Wait for a job's end, telling from time to time how it goes."""
        async with self._store.watched():
            await self._followed(watch, seconds=seconds, tell=tell, lack=lack)

    async def _followed(
        self, watch: Watch, *, seconds: float, tell: Tell | None, lack: str | None
    ) -> None:
        begun = watch.loop.time()
        until = begun + seconds
        word_at = begun + min(_FIRST_WORD_SECONDS, self._word_seconds) if tell else until
        while not watch.over and (now := watch.loop.time()) < until:
            changed = await watch.changed(min(word_at, until) - now)
            if tell is None or watch.over:
                continue
            now = watch.loop.time()
            if changed or now >= word_at:
                await self._tell(watch, tell, now - begun, stale=not changed, lack=lack)
                watch.forget()
                word_at = watch.loop.time() + self._word_seconds

    def fits(self, envelope: dict[str, Any]) -> bool:
        """Tell whether an envelope is short enough for an answer."""
        return size_of(envelope) <= self.answer_tokens * BYTES_PER_TOKEN

    async def look(self, job_id: str) -> Job | None:
        """Read a job's record; raises StoreAway."""
        return await self._store.ask(self._store.ledger.read, job_id)

    async def _tell(
        self, watch: Watch, tell: Tell, done: float, *, stale: bool, lack: str | None
    ) -> None:
        job = watch.job
        if stale or job is None:
            # Heals a lost wake-up, and a read's start is not announced.
            try:
                job = await self.look(watch.job_id)
            except CallError:
                await tell(done, "the job store does not answer just now; the job is accepted")
                return
            # Only the end is news to whoever waits: anything else would be told again at once.
            if job is not None and job.final:
                watch.show(job)
        if not watch.over:
            text = progress.words(job) if job else "queued"
            lacking = f"; {no_worker(lack)}" if lack and text == "queued" else ""
            await tell(done, visible(text + lacking))

    async def _answered(self, row: Operation, watch: Watch, accepted: Accepted) -> Reply:
        job = watch.job
        if job is None or not job.final:
            try:
                job = await self.look(watch.job_id)
            except StoreAway:
                return replies.unseen(
                    watch.job_id, tool=row.name, queue=row.queue, joined=accepted.joined
                )
        if job is None:
            return replies.vanished(watch.job_id, tool=row.name, writes=row.writes)
        return self.shown(job, joined=accepted.joined, workers=accepted.live_workers)

    def shown(
        self, job: Job, *, joined: bool = False, workers: int | None = None, skip: int = 0
    ) -> Reply:
        """Return a job's own envelope for whoever may see its answer, with what only they may.

        It fits the tokens of an answer; `skip` leaves out the first rows.
        """
        opened = self._submitter.opened(CATALOG.get(job.tool), job)
        reply = replies.of_job(opened, joined=joined, workers=workers, skip=skip)
        return fitting(reply, self.answer_tokens)

    def _submit(self, row: Operation, arguments: Args, *, caller: Caller, watch: Watch) -> Taken:
        """Hand a call in; in a thread, because all of it talks to the store."""
        with spans.send(row.queue, watch.job_id) as sending:
            submission = self._submitter(
                row,
                arguments,
                account=self._store.account(caller.account),
                client=caller.client,
                asked_by=caller.program,
                job_id=watch.job_id,
                front=self._waiting.front,
                rooms=self._rooms,
                trace=sending.trace,
            )
            accepted = self._accepted(row, submission)
            if accepted.verdict == "new":
                self._store.hint(row.queue, watch.job_id)
            else:
                sending.drop()
        fault_point("accept.after_hint")
        if not accepted.joined or accepted.job_id is None:
            return Taken(accepted)
        # Listen before looking: the job may end in between.
        self._waiting.turn(watch, accepted.job_id)
        try:
            job = self._store.ledger.read(accepted.job_id)
        except redis.RedisError as error:
            log.warning("joined_job_unread", job_id=accepted.job_id, reason=str(error))
            return Taken(accepted)
        if job is not None:
            tracing.link(job.trace, why="joined")
        return Taken(accepted, job)

    def _accepted(self, row: Operation, submission: Submission) -> Accepted:
        fault_point("accept.before")
        try:
            accepted = self._bodies.accepted(submission, self._store.ledger.accept)
        except redis.RedisError as error:
            if not maybe_sent(error):
                raise
            raise perhaps(row, submission) from error
        fault_point("accept.after_write")
        return accepted


def perhaps(row: Operation, submission: Submission) -> MaybeAccepted:
    """Return the error of a call whose acceptance is not known."""
    safe = submission.joins or submission.idempotency_key is not None
    return MaybeAccepted(
        f"The job store (Redis) did not answer while job {submission.id} was handed in: it may "
        "have been accepted.",
        advice="Repeating the call is safe: it joins the job if there is one."
        if safe
        else f"Ask job_status for {submission.id} before you repeat the call: {row.name} would be "
        "done twice.",
        retry_after_seconds=2.0,
    )
