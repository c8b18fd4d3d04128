"""Carrying out the moves of a procedure, one request per claim, under the ledger's protocol."""

from dataclasses import dataclass, replace

from shared.errors import CallError, Exhausted, UnknownOutcome
from shared.faults import fault_point
from shared.ledger import Outcome
from workers.csp import Answer, Limits
from workers.judge import (
    NOT_FOUND,
    Patience,
    Reply,
    error_of,
    held_step,
    meaning,
    noted,
    parked_write,
)
from workers.moves import Finished, Json, Move, Procedure, Send, Wait, Work
from workers.permit import Held
from workers.reconcile import LookupFailed
from workers.sending import Sender
from workers.steps import Dropped, Ended, Note, Parked, Step, done, failed

MOST_RESENDS = 2
# What the runner itself keeps in the memo: the request that was sent last, and the count of tries
# at the last good answer, so that each request has all its tries.
_SENT, _BEFORE = "sent", "tries_before"


@dataclass(frozen=True, slots=True)
class Runner:
    """Does what a procedure decides."""

    sender: Sender
    patience: Patience
    limits: Limits
    slow_limits: Limits

    def __call__(self, procedure: Procedure, work: Work) -> Step:
        """Ask for the next move and carry it out."""
        if work.job.sending:
            fault_point("reconcile.before")
        try:
            move = procedure(work)
        except LookupFailed as error:
            return self._look_again(work, error)
        except CallError as error:
            return failed(with_story(error, work.memo))
        finally:
            if work.job.sending:
                fault_point("reconcile.after_lookup")
        match move:
            case Finished(result):
                return done(result)
            case Wait():
                return _parked(work, move)
            case Send():
                return self._send(procedure, work, move)

    def _send(self, procedure: Procedure, work: Work, move: Send) -> Step:
        job, limits = work.job, self.slow_limits if move.slow else self.limits
        known = job.sending and not job.forgotten
        if known and job.memo.get(_SENT, move.sign) != move.sign:
            # The one in doubt has had its effect, or the procedure would ask for it again.
            return Parked(0, move.note)
        if job.sending and job.now < job.send_until:
            left = job.send_until - job.now
            note = f"outcome unknown; looking again in {left:.0f} s before it is sent again"
            return Parked(left, note, settling(left), in_doubt=True)
        if job.resends >= MOST_RESENDS:
            return failed(_cannot_know(move, work.memo))
        memo = job.memo | (move.memo or {}) | {_SENT: move.sign}
        reply = self.sender(job, move.request, limits=limits, memo=memo)
        if isinstance(reply, Ended) and reply.outcome.state == "cancelled":
            # This request was not sent; those before it were.
            return Ended(Outcome("cancelled", _story_so_far(job.memo)))
        if isinstance(reply, Ended | Parked | Dropped):
            return reply
        return self._judge(procedure, replace(work, job=replace(job, memo=memo)), (move, reply))

    def _judge(self, procedure: Procedure, work: Work, sent: tuple[Send, Reply]) -> Step:
        move, reply = sent
        says = meaning(reply)
        gone = isinstance(reply, Answer) and reply.status == NOT_FOUND
        if says == "good" or (gone and move.request.method == "DELETE"):
            after = move.after(reply.body if isinstance(reply, Answer) else None)
            return self._after(work, after, noted(reply))
        if says == "conflict" or (says == "refused" and work.job.sending):
            return self._explained(procedure, work, reply)
        if says in {"throttled", "not_sent"}:
            return self._later(work, reply)
        if says == "refused":
            return failed(with_story(error_of(reply), work.memo), noted(reply))
        seconds = (self.slow_limits if move.slow else self.limits).settle
        note = f"outcome unknown; looking again in {seconds:.0f} s"
        return Parked(seconds, note, noted(reply) | settling(seconds), in_doubt=True)

    def _after(self, work: Work, after: Finished | Wait, attempt: Note) -> Step:
        if isinstance(after, Finished):
            return done(after.result, attempt)
        memo = (after.memo or {}) | {_BEFORE: work.job.tries + 1}
        return replace(_parked(work, replace(after, memo=memo)), attempt=attempt)

    def _explained(self, procedure: Procedure, work: Work, reply: Reply) -> Step:
        """What is there now may explain a 409, and a refusal after a request that was lost."""
        try:
            move: Move = procedure(work)
        except LookupFailed as error:
            if meaning(reply) == "conflict":
                return self._later(work, reply)
            return _noting(self._look_again(work, error), noted(reply))
        except CallError as error:
            return failed(with_story(error, work.memo), noted(reply))
        if isinstance(move, Finished):
            return done(move.result, noted(reply))
        return self._unexplained(work, move, reply)

    def _unexplained(self, work: Work, move: Wait | Send, reply: Reply) -> Step:
        """Another change is under way, the first request led on, or the refusal is the end."""
        if meaning(reply) == "conflict":
            return self._later(work, reply)
        if isinstance(move, Send) and move.sign == work.memo.get(_SENT):
            return failed(with_story(error_of(reply), work.memo), noted(reply))
        return Parked(0, move.note, noted(reply))

    def _later(self, work: Work, reply: Reply) -> Step:
        before = int(work.memo.get(_BEFORE, 0))
        job = replace(work.job, tries=work.job.tries - before)
        step = parked_write(reply, job, self.patience)
        if isinstance(step, Ended) and step.outcome.problem:
            error = Exhausted(step.outcome.problem.message, advice=step.outcome.problem.advice)
            return failed(with_story(error, work.memo), step.attempt)
        return step

    def _look_again(self, work: Work, error: LookupFailed) -> Step:
        job = work.job
        if isinstance(error.reply, Held):
            return held_step(error.reply, job)
        if not job.sending and meaning(error.reply) in {"refused", "conflict"}:
            return failed(with_story(error_of(error.reply), job.memo))
        wait = self.patience.wait(job.waits + 1, None)
        if job.now + wait > job.deadline and not job.memo.get("accepted"):
            ended = UnknownOutcome(f"it was sent; {error}") if job.sending else None
            return failed(with_story(ended or error_of(error.reply), job.memo))
        return Parked(wait, str(error), in_doubt=job.sending)


def _noting(step: Step, attempt: Note) -> Step:
    return step if isinstance(step, Dropped) else replace(step, attempt=attempt)


def _parked(work: Work, move: Wait) -> Parked:
    memo = work.memo | move.memo if move.memo is not None else None
    return Parked(move.seconds, move.note, memo=memo, release=move.release, instead=move.instead)


def settling(seconds: float) -> Note:
    """Return what an attempt notes that waits until its request cannot arrive any more."""
    return {"wait": round(seconds, 3), "wait_why": "the request may still arrive"}


def _cannot_know(move: Send, memo: Json) -> CallError:
    request = move.request
    error = UnknownOutcome(
        f"{request.method} {request.path} ({move.note}) was sent, and its outcome is not known"
    )
    return with_story(error, memo)


def _story_so_far(memo: Json) -> Json | None:
    return {"done_before": memo["story"]} if memo.get("story") else None


def with_story(error: CallError, memo: Json) -> CallError:
    """Return the error with what was done before it: nobody should have to find that out."""
    story = memo.get("story")
    if not story:
        return error
    return type(error)(
        f"{error.problem.message} Done before that: {'; '.join(story)}.",
        advice=error.problem.advice,
        retry_after_seconds=error.problem.retry_after_seconds,
    )
