"""Carrying a bulk on: look at its calls, hand more of them in, and wait without a thread."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import redis

from shared.catalog import Kind, Queue
from shared.errors import CallError, UnknownOutcome
from shared.ledger import Accepted, Freed, Job, Ledger, Submission
from shared.logs import get_logger
from shared.operations.bulk import Reader
from shared.sealing import Sealer, changed
from shared.submitting import Submitter
from workers.bulk import Book, child_id
from workers.steps import Dropped, Ended, Parked, Step

# A call may wait for somebody else's job, which wakes nobody here; and people like news.
_LOOK_SECONDS = 1.0
_AWAY_SECONDS = 0.5
_REFUSED_SECONDS = 5.0
_WAITS = {
    "open": "Infoblox failed several times in a row",
    "no_worker": "there is no live worker on the queue",
    "full": "the job store is full",
}

log = get_logger(__name__)


class _Orphaned(Exception):
    """Somebody else carries the bulk on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """One claim's work on a bulk. `width` is how many of its calls may be open at once."""

    ledger: Ledger
    reader: Reader
    submitter: Submitter
    sealer: Sealer
    hint: Callable[[Queue, str], object]
    width: int

    def __call__(self, job: Job) -> Step:
        """Carry the bulk on as far as it goes now."""
        round_ = _Round(self, job)
        try:
            return round_.run()
        except _Orphaned:
            return Dropped("another worker carries the bulk on")
        except redis.RedisError as error:
            log.warning("store_away", reason=str(error))
            return round_.parked(_AWAY_SECONDS, "the job store does not answer")


class _Round:
    """What one claim sees and does; `book` is always what has really happened so far."""

    def __init__(self, gatherer: Gatherer, job: Job) -> None:
        self._by = gatherer
        self._job = job
        self._calls: list[Any] = job.arguments["calls"]
        self.book = Book.of(job)

    def run(self) -> Step:
        self._look()
        before = self.book.stop
        self.book = self.book.stopped(
            cancelled=self._job.cancel_requested,
            on_error=bool(self._job.arguments.get("stop_on_error")),
            now=self._job.now,
            patience_seconds=self._job.deadline - self._job.accepted,
        )
        if self.book.stop and not before:
            self._keep_back()
        held = self._hand_in()
        if self.book.over:
            return Ended(self.book.outcome(self._job.id))
        if held is not None:
            return self.parked(held.wait_seconds or _REFUSED_SECONDS, _WAITS[held.verdict])
        return self.parked(_LOOK_SECONDS)

    def parked(self, seconds: float, why: str = "") -> Parked:
        """Return the wait for the calls that are open, or for whatever keeps others back."""
        note = f"{self.book.words}; {why}" if why else self.book.words
        # Counted from the claim on: what ended since then is not waited for twice.
        so_far = self._job.calls_ended or 0
        wakes = None if why else so_far + self.book.wakes_after(self._job.id, self._by.width)
        given_up = self.book.given_up(self._job.id)
        return Parked(seconds, note, memo=self.book.memo, wake_at=wakes, instead=given_up)

    def _find_handed_in(self) -> None:
        """Take over what a worker handed in that was lost before it could write that down.

        Only where no more is handed in: else handing in once more finds the same jobs.
        """
        last = min(self.book.total, self.book.next + self._by.width)
        ids = {child_id(self._job.id, index): index for index in range(self.book.next, last)}
        for found in self._by.ledger.read_all(list(ids)):
            self.book = self.book.handed_in(ids[found.id], found.id, now=self._job.now)

    def _look(self) -> None:
        """Note which of the open calls have ended, and which records are gone."""
        waiting = dict(self.book.open)
        found = {job.id: job for job in self._by.ledger.read_all(list(set(waiting.values())))}
        for index, job_id in waiting.items():
            seen = found.get(job_id)
            if seen is None:
                self._restore(index)
            elif seen.final:
                self.book = self.book.saw(index, seen)

    def _restore(self, index: int) -> None:
        """Hand in once more what the store has forgotten, where it can be looked up first."""
        tool = self._calls[index]["tool"]
        row = self._by.reader.row(tool)
        safe = row.recovery is not None or row.kind in {Kind.READ, Kind.UPDATE, Kind.DELETE}
        if self.book.stop or not safe:
            error = UnknownOutcome("the store lost its record")
            self.book = self.book.lost(index, tool, error.problem)
            return
        call = self._submission(index)
        self._submit(index, replace(call, replays=(call.id,) if call.writes else ()))

    def _keep_back(self) -> None:
        """Cancel what is open and was not sent; what was sent is waited for."""
        self._find_handed_in()
        for job_id in self.book.open.values():
            self._wake(self._by.ledger.cancel(job_id, client=self._job.client).freed)
        self._look()

    def _hand_in(self) -> Accepted | None:
        """Hand in as many calls as there is room for; return what keeps the next one back."""
        for index in self.book.wanted(self._by.width):
            try:
                call = self._submission(index)
            except CallError as error:
                tool = self._calls[index]["tool"]
                self.book = self.book.refused(index, tool, error.problem)
                continue
            if held := self._submit(index, call):
                return held
        return None

    def _submission(self, index: int) -> Submission:
        call, job = self._calls[index], self._job
        row = self._by.reader.row(call["tool"])
        arguments = self._opened(index, call["arguments"])
        submission = self._by.submitter(
            row,
            self._by.reader.read(call["tool"], arguments),
            account=job.account,
            client=job.client,
            job_id=child_id(job.id, index),
            asked_by=job.asked_by,
        )
        return replace(submission, parent=job.id, parent_fence=job.fence, trace=job.trace)

    def _opened(self, index: int, arguments: Any) -> Any:
        """Return a call's arguments with its secrets in clear; they are sealed anew for its job."""
        sealer, bulk = self._by.sealer, self._job.id
        for place in self._by.reader.secrets:
            arguments = changed(
                arguments,
                place,
                lambda sealed, at: sealer.open(sealed, job_id=bulk, field=at),
                at=f".calls.{index}.arguments",
            )
        return arguments

    def _submit(self, index: int, call: Submission) -> Accepted | None:
        accepted = self._by.ledger.accept(call)
        match accepted.verdict:
            case "orphaned":
                raise _Orphaned
            case "open" | "no_worker" | "full":
                return accepted
            case "key_taken":
                error = CallError(
                    f"idempotency_key: was used with other arguments by job {accepted.job_id}"
                )
                problem = replace(error.problem, code="invalid_arguments", advice="Take another.")
                self.book = self.book.refused(index, call.tool, problem)
                return None
        job_id = accepted.job_id or call.id
        self.book = self.book.handed_in(index, job_id, now=self._job.now)
        if accepted.verdict == "new":
            self._wake(((call.queue, job_id),))
        return None

    def _wake(self, freed: Freed | Iterable[tuple[Queue, str]]) -> None:
        for queue, job_id in freed:
            try:
                self._by.hint(queue, job_id)
            except redis.RedisError as error:
                # A sweep finds a job without a hint.
                log.warning("hint_not_sent", other_job=job_id, reason=str(error))
