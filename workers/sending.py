"""Sending one write: the ledger's mark, then the request, within moments of each other."""

from dataclasses import dataclass
from typing import Any

from shared.clock import Clock
from shared.faults import fault_point
from shared.ledger import Job, Ledger, Outcome
from shared.logs import get_logger
from shared.wire import Request
from workers.caller import Caller
from workers.counting import call_of
from workers.csp import Limits
from workers.judge import Reply, held_step, noted
from workers.permit import Held
from workers.steps import Dropped, Ended, Step

# A request must leave soon after its mark; a machine that slept in between does not send it.
_PERMIT_SECONDS = 2.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends a write once per claim."""

    caller: Caller
    ledger: Ledger
    clock: Clock

    def __call__(
        self,
        job: Job,
        request: Request,
        *,
        limits: Limits,
        memo: dict[str, Any] | None = None,
    ) -> Reply | Step:
        """Return what came back, or the step where guards or ledger did not let it go out."""
        # After the mark it is too late to wait for anything.
        permit = self.caller.admit(request, limits=limits)
        if isinstance(permit, Held):
            return held_step(permit, job)
        send_before = self.clock.steady() + _PERMIT_SECONDS
        fault_point("send.before_mark")
        allowed = self.ledger.mark_sending(
            job, send_seconds=limits.settle, memo=memo, call=call_of(request)
        )
        if allowed != "ok":
            self.caller.release(permit)
            return self._not_allowed(job, allowed)
        log.info("write_sent", resends=job.resends)
        fault_point("send.after_mark")
        reply = self.caller.send(request, permit, limits=limits, send_before=send_before)
        log.info("write_answered", **{name: fact for name, fact in noted(reply).items() if fact})
        fault_point("send.after_post")
        return reply

    def _not_allowed(self, job: Job, verdict: str) -> Step:
        if verdict == "cancelled":
            return Ended(Outcome("cancelled"))
        if verdict == "answered" and (kept := self.ledger.read(job.id)) and kept.orphan:
            return Ended(kept.orphan)
        return Dropped(verdict)
