"""Carrying out a write: mark it, send it once, and never send again what may have been applied."""

from dataclasses import dataclass, replace
from typing import Any

from shared import wire
from shared.catalog import Kind, Operation, Recovery
from shared.clock import Clock
from shared.errors import CallError, Conflict, Expired, UnknownOutcome
from shared.faults import fault_point
from shared.ledger import Job, Ledger, Outcome
from shared.sealing import Sealer
from workers import vpn
from workers.caller import Caller
from workers.csp import Answer, Limits
from workers.judge import (
    NOT_FOUND,
    Patience,
    Reply,
    error_of,
    meaning,
    noted,
    parked_write,
)
from workers.reconcile import LookupFailed, look_up
from workers.steps import Dropped, Ended, Note, Parked, Step, done, failed

# A request must leave soon after its mark; a machine that slept in between does not send it.
_PERMIT_SECONDS = 2.0
MOST_RESENDS = 2


@dataclass(frozen=True, slots=True)
class Writer:
    """Sends writes under the ledger's protocol."""

    caller: Caller
    ledger: Ledger
    sealer: Sealer
    clock: Clock
    patience: Patience
    configure_limits: Limits

    def __call__(self, operation: Operation, job: Job) -> Step:
        """Carry out one attempt of a write."""
        if not job.sending and job.now > job.deadline:
            return failed(Expired("its deadline passed before it was sent; nothing was sent"))
        try:
            attempt = self._prepare(operation, job)
        except CallError as error:
            lost = UnknownOutcome(f"it was sent, and cannot be looked up any more: {error}")
            return failed(lost if job.sending else error)
        if job.sending:
            return attempt.resolve()
        return attempt.begin()

    def _prepare(self, operation: Operation, job: Job) -> "Attempt":
        arguments = self.sealer.open_all(job.arguments, operation.sensitive, job_id=job.id)
        if operation.kind is Kind.CONFIGURE:
            request = vpn.configure_request(arguments, mark=job.id)
            recovery = vpn.BY_NAME if vpn.creates(request.body or {}) else None
            limits = self.configure_limits
        else:
            request = wire.build(operation, arguments, mark=job.id)
            recovery, limits = operation.recovery, self.caller.limits
        return Attempt(self, operation, job, request=request, recovery=recovery, limits=limits)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim's work on one write."""

    writer: Writer
    operation: Operation
    job: Job
    request: wire.Request
    recovery: Recovery | None
    limits: Limits

    def begin(self) -> Step:
        """Send; a replay first looks for what the job it repeats may have left."""
        if self.recovery is None or not self.job.replays or self.job.tries:
            return self.send()
        try:
            step = self._known({})
        except LookupFailed as error:
            wait = self.writer.patience.wait(self.job.waits + 1, None)
            return Parked(wait, f"a replay looks before it sends; {error}")
        return step or self.send()

    def send(self) -> Step:
        """Mark and send; what the answer means is decided below."""
        writer, job = self.writer, self.job
        send_before = writer.clock.steady() + _PERMIT_SECONDS
        fault_point("send.before_mark")
        allowed = writer.ledger.mark_sending(job, send_seconds=self.limits.settle)
        if allowed == "cancelled":
            # Without a look-up nobody knows whether an earlier request was carried out.
            return failed(self._cannot_know()) if self._doubtful else Ended(Outcome("cancelled"))
        if allowed == "answered" and (kept := writer.ledger.read(job.id)) and kept.orphan:
            return Ended(kept.orphan)
        if allowed != "ok":
            return Dropped(allowed)
        fault_point("send.after_mark")
        reply = writer.caller(self.request, limits=self.limits, send_before=send_before)
        fault_point("send.after_post")
        return self._judge(reply)

    def _judge(self, reply: Reply) -> Step:
        says = meaning(reply)
        if says == "good":
            assert isinstance(reply, Answer)  # noqa: S101 - only an answer can be good
            return done(self._result(reply.body), noted(reply))
        if says == "conflict":
            return self._conflict(reply)
        if says in {"throttled", "not_sent"}:
            return self._later(reply)
        if says == "refused":
            return self._refused(reply)
        return self.resolve(noted(reply))

    def _refused(self, reply: Reply) -> Step:
        gone = isinstance(reply, Answer) and reply.status == NOT_FOUND
        repeated = self.job.sending or self.job.resends > 0
        if gone and self.operation.kind is Kind.DELETE and repeated:
            # An earlier try of this very job may have deleted it: that is success.
            return done(None, noted(reply))
        if self._doubtful:
            return failed(self._cannot_know(), noted(reply))
        return failed(error_of(reply), noted(reply))

    @property
    def _doubtful(self) -> bool:
        """Tell whether an earlier request may have been carried out, and no look-up can say."""
        return self.job.sending and self.recovery is None

    def _later(self, reply: Reply) -> Step:
        step = parked_write(reply, self.job, self.writer.patience, now=self._now())
        if not self._doubtful:
            return step
        if isinstance(step, Parked):
            return replace(step, in_doubt=True)
        return failed(self._cannot_know(), noted(reply))

    def _conflict(self, reply: Reply) -> Step:
        """A 409: our own object after a lost answer, somebody else's, or a busy service."""
        if self.recovery is not None:
            try:
                step = self._known(noted(reply))
            except LookupFailed as error:
                return self._park_in_doubt(noted(reply), why=str(error))
            if step is not None:
                return step
        if self.operation.kind is Kind.CONFIGURE:
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
        assert self.recovery is not None  # noqa: S101 - both callers have asked
        owners = (self.job.id, *self.job.replays)
        found = look_up(self.writer.caller, self.recovery, self.request.body or {}, owners=owners)
        fault_point("reconcile.after_lookup")
        if found.whose == "nobody":
            return None
        item = found.item or {}
        if found.whose == "own":
            if self.operation.kind is Kind.CONFIGURE:
                return done(vpn.adopted(self.writer.caller, item), attempt)
            return done(dict(item), attempt)
        return failed(
            Conflict(f"{self._named()} already exists: {item.get('id')}, and is not of this job"),
            attempt,
        )

    def _again(self, attempt: Note) -> Step:
        """Nothing of the request is there. Send again once it cannot arrive any more."""
        job = self.job
        fresh = not job.sending or bool(attempt)
        left = self.limits.settle if fresh else job.send_until - job.now
        if left > 0:
            note = f"outcome unknown; looking again in {left:.0f} s before it is sent again"
            return Parked(left, note, attempt | _settling(left), in_doubt=True)
        if job.resends >= MOST_RESENDS:
            return failed(self._cannot_know(), attempt)
        return self.send()

    def _park_in_doubt(self, attempt: Note, *, why: str = "") -> Step:
        if self.job.now > self.job.deadline:
            return failed(self._cannot_know(), attempt)
        wait = self.writer.patience.wait(self.job.waits + 1, None)
        return Parked(wait, f"outcome unknown; {why}", attempt, in_doubt=True)

    def _result(self, body: Any) -> dict[str, Any] | None:
        if self.operation.kind is Kind.CONFIGURE:
            return vpn.configured(body, self.request.body or {})
        return wire.result_of(self.operation, self.job.arguments, body)

    def _named(self) -> str:
        body = self.request.body or {}
        name = wire.pick(body, "universal_service.name") or body.get("name") or body.get("address")
        return repr(name) if name else "the object"

    def _cannot_know(self) -> CallError:
        return UnknownOutcome(
            f"{self.request.method} {self.request.path} was sent, and its outcome is not known",
            advice=f"Read {self._named()} before you repeat the call: the change may be made.",
        )

    def _now(self) -> float:
        return self.writer.clock.now()


def _settling(seconds: float) -> Note:
    return {"wait": round(seconds, 3), "wait_why": "the request may still arrive"}
