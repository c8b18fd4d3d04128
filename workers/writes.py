"""Carrying out a write: mark it, send it once, and never send again what may have been applied."""

from dataclasses import dataclass, replace

from shared import wire
from shared.catalog import Kind, Operation
from shared.errors import CallError, Conflict, Expired, UnknownOutcome
from shared.faults import fault_point
from shared.identifiers import bare
from shared.ledger import Job, Outcome
from shared.recovery import Recovery
from shared.sealing import Sealer
from workers.caller import Caller
from workers.composites import PROCEDURES
from workers.csp import Answer, Limits
from workers.gone import is_gone
from workers.judge import (
    BAD_REQUEST,
    NOT_FOUND,
    Patience,
    Reply,
    error_of,
    meaning,
    noted,
    parked_write,
)
from workers.merging import completed
from workers.moves import Times, Work
from workers.procedures import MOST_RESENDS, Runner, settling
from workers.reconcile import LookupFailed, look_up
from workers.sending import Sender
from workers.steps import Dropped, Ended, Note, Parked, Step, done, failed


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries out writes under the ledger's protocol, of one request or by a procedure."""

    sender: Sender
    runner: Runner
    sealer: Sealer
    times: Times

    @property
    def caller(self) -> Caller:
        """What looks up."""
        return self.sender.caller

    @property
    def patience(self) -> Patience:
        """How long it waits for its turn."""
        return self.runner.patience

    def __call__(self, operation: Operation, job: Job) -> Step:
        """Carry out one attempt of a write."""
        if not (job.sending or job.memo) and job.now > job.deadline:
            return failed(Expired("its deadline passed before it was sent; nothing was sent"))
        try:
            arguments = self.sealer.open_all(job.arguments, operation.sensitive, job_id=job.id)
            if operation.path is None:
                work = Work(job, arguments, self.caller, self.times)
                return self.runner(PROCEDURES[operation.name], work)
            request = wire.build(operation, arguments, mark=job.id)
        except CallError as error:
            lost = UnknownOutcome(f"it was sent, and cannot be looked up any more: {error}")
            return failed(lost if job.sending else error)
        attempt = Attempt(self, operation, job, request=request)
        return attempt.resolve() if job.sending else attempt.begin()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim's work on one write."""

    writer: Writer
    operation: Operation
    job: Job
    request: wire.Request

    @property
    def recovery(self) -> Recovery | None:
        """How it is found again; an update is simply sent again."""
        return None if self.operation.kind is Kind.UPDATE else self.operation.recovery

    @property
    def limits(self) -> Limits:
        """Its time-outs."""
        return self.writer.caller.limits

    def begin(self) -> Step:
        """Send; what an earlier request may have left is looked for first."""
        before = self.operation.busy_on_conflict if self.job.tries else bool(self.job.replays)
        if self.recovery is None or not before:
            return self.send()
        try:
            step = self._known({})
        except LookupFailed as error:
            wait = self.writer.patience.wait(self.job.waits + 1, None)
            return Parked(wait, f"it looks before it sends again; {error}")
        return step or self.send()

    def send(self) -> Step:
        """Mark and send; what the answer means is decided below."""
        try:
            request = completed(self.writer.caller, self.operation, self.request)
        except LookupFailed as error:
            return self._unread(error)
        reply = self.writer.sender(self.job, request, limits=self.limits)
        if isinstance(reply, Ended | Parked | Dropped):
            cancelled = isinstance(reply, Ended) and reply.outcome == Outcome("cancelled")
            # Without a look-up nobody knows whether an earlier request was carried out.
            return failed(self._cannot_know()) if cancelled and self._doubtful else reply
        return self._judge(reply)

    def _unread(self, error: LookupFailed) -> Step:
        """What is there could not be read, so nothing was sent."""
        if self.job.sending:
            return self._park_in_doubt({}, why=str(error))
        if meaning(error.reply) in {"refused", "conflict"}:
            return failed(error_of(error.reply), noted(error.reply))
        return parked_write(error.reply, self.job, self.writer.patience)

    def _judge(self, reply: Reply) -> Step:
        says = meaning(reply)
        if says == "good":
            assert isinstance(reply, Answer)  # noqa: S101 - only an answer can be good
            return done(
                wire.result_of(self.operation, self.job.arguments, reply.body), noted(reply)
            )
        if says == "conflict":
            return self._conflict(reply)
        if says in {"throttled", "not_sent"}:
            return self._later(reply)
        if says == "refused":
            return self._refused(reply)
        return self.resolve(noted(reply))

    def _refused(self, reply: Reply) -> Step:
        repeated = self.job.sending or self.job.resends > 0 or bool(self.job.replays)
        if repeated and self.operation.method == "DELETE" and _may_be_gone(reply):
            # An earlier try of this very job may have deleted it: that is success.
            try:
                gone = is_gone(self.writer.caller, self.request, told=reply)
            except LookupFailed as error:
                if meaning(error.reply) != "refused":
                    return self._park_in_doubt(noted(reply), why=str(error))
            else:
                said = noted(reply)
                return done(None, said) if gone else failed(error_of(reply), said)
        if self._doubtful:
            return failed(self._cannot_know(), noted(reply))
        return failed(error_of(reply), noted(reply))

    @property
    def _doubtful(self) -> bool:
        """Tell whether an earlier request may have been carried out, and no look-up can say."""
        return self.job.sending and self.recovery is None

    def _later(self, reply: Reply) -> Step:
        step = parked_write(reply, self.job, self.writer.patience)
        if not self._doubtful:
            return step
        if isinstance(step, Parked):
            return replace(step, in_doubt=True)
        return failed(self._cannot_know(), noted(reply))

    def _conflict(self, reply: Reply) -> Step:
        """A 409: our own object after a lost answer, or somebody else's; or another change is
        under way, where that is what a 409 means."""
        if self.operation.recovery is not None:
            try:
                step = self._known(noted(reply))
            except LookupFailed as error:
                return self._park_in_doubt(noted(reply), why=str(error))
            if step is not None:
                return step
        if self.operation.busy_on_conflict:
            return self._later(reply)
        return failed(error_of(reply), noted(reply))

    def resolve(self, attempt: Note | None = None) -> Step:
        """Find out what became of a request whose outcome is unknown."""
        fault_point("reconcile.before")
        attempt = attempt or {}
        if self.recovery is not None:
            try:
                step = self._known(attempt)
            except LookupFailed as error:
                return self._park_in_doubt(attempt, why=str(error))
            if step is not None:
                return step
        elif self.operation.kind not in {Kind.UPDATE, Kind.DELETE}:
            return failed(self._cannot_know(), attempt)
        return self._again(attempt)

    def _known(self, attempt: Note) -> Step | None:
        recovery, owners = self.operation.recovery, (self.job.id, *self.job.replays)
        assert recovery is not None  # noqa: S101 - all callers have asked
        if self.operation.kind is Kind.UPDATE and not self._renames(recovery):
            return None
        found = look_up(self.writer.caller, recovery, self.request, owners=owners)
        fault_point("reconcile.after_lookup")
        item = found.item or {}
        if found.whose == "nobody" or self._is_itself(item):
            return None
        if found.whose == "own":
            return done(wire.shown(self.operation, item), attempt)
        there = f"{self._taken(recovery)} is taken by {item.get('id') or 'another object'}"
        if self.job.sending and not self.operation.marker:
            return failed(
                UnknownOutcome(
                    f"it was sent, and {there}; whether this job made it, nobody can see"
                ),
                attempt,
            )
        return failed(Conflict(f"{there}, which this job did not make"), attempt)

    def _renames(self, recovery: Recovery) -> bool:
        body = self.request.body or {}
        return any(wire.pick(body, place) for place in recovery.where.values())

    def _is_itself(self, item: wire.Json) -> bool:
        own = self.request.path.rpartition("/")[2]
        return self.operation.kind is Kind.UPDATE and bare(str(item.get("id"))) == own

    def _again(self, attempt: Note) -> Step:
        """Nothing of the request is there. Send again once it cannot arrive any more."""
        job = self.job
        fresh = not job.sending or bool(attempt)
        left = self.limits.settle if fresh else job.send_until - job.now
        if left > 0:
            note = f"outcome unknown; looking again in {left:.0f} s before it is sent again"
            return Parked(left, note, attempt | settling(left), in_doubt=True)
        if job.resends >= MOST_RESENDS:
            return failed(self._cannot_know(), attempt)
        return self.send()

    def _park_in_doubt(self, attempt: Note, *, why: str = "") -> Step:
        if self.job.now > self.job.deadline:
            return failed(self._cannot_know(), attempt)
        wait = self.writer.patience.wait(self.job.waits + 1, None)
        return Parked(wait, f"outcome unknown; {why}", attempt, in_doubt=True)

    def _taken(self, recovery: Recovery) -> str:
        """Return the natural key in words: "space 'ipam/ip_space/5', address '10.0.1.0'"."""
        body = self.request.body or {}
        given = {field: wire.pick(body, place) for field, place in recovery.where.items()}
        return ", ".join(f"{name} {value!r}" for name, value in given.items() if value is not None)

    def _named(self) -> str:
        body = self.request.body or {}
        name = body.get("name") or body.get("address")
        return repr(name) if name else "the object"

    def _cannot_know(self) -> CallError:
        return UnknownOutcome(
            f"{self.request.method} {self.request.shown} was sent, and its outcome is not known",
            advice=f"Read {self._named()} before you repeat the call: the change may be made.",
        )


def _may_be_gone(reply: Reply) -> bool:
    return isinstance(reply, Answer) and reply.status in {BAD_REQUEST, NOT_FOUND}
