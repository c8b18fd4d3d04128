"""One API call, guarded. The order of the lines is the order of the guards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Protocol

from shared import tracing
from shared.catalog import Queue
from shared.clock import Clock
from shared.guards import service_of
from shared.ledger import Job
from shared.logs import bind, get_logger, unbind
from shared.wire import Request
from workers.backoff import retry_after_seconds
from workers.breaker import Breaker, Breakers
from workers.budget import RetryBudget
from workers.counting import Counted, call_of, count_call
from workers.csp import Answer, Limits, Lost, NotSent
from workers.limiter import LONGEST_SECONDS, Ask, Limiter, Rate
from workers.permit import Held, Permit

# An attempt that asks for many pages sleeps no longer than this in all.
_BUDGET_SECONDS = 10.0
# Added to a request's total time before a probe that says nothing is given up.
_MARGIN_SECONDS = 1.0
# A shorter stay with the limiter is not worth telling.
_TOLD_SECONDS = 0.02
_THROTTLED = 429

log = get_logger(__name__)


class Api(Protocol):
    """What sends a request; it raises NotSent or Lost."""

    def send(self, request: Request, *, limits: Limits, send_before: float | None = None) -> Answer:
        """Send and return the complete answer."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands between a request and the API, for the account with this tag."""

    limiter: Limiter
    breakers: Breakers
    account: str
    rate: Rate
    clock: Clock
    retries: RetryBudget = field(default_factory=RetryBudget)

    def breaker(self, service: Queue) -> Breaker:
        """Return the account's breaker of a service."""
        return self.breakers.of(self.account, service)


@dataclass(slots=True)
class Turn:
    """One attempt of a job: its first request may be parked, the others wait in the thread.

    `ahead_seconds` is the store's clock, as it was at the claim, less this machine's.
    """

    job_id: str = ""
    fingerprint: str = ""
    fence: str = ""
    tool: str = ""
    counts: Counted = field(default_factory=Counter)
    bulk: bool = False
    ahead_seconds: float = 0.0
    begun: bool = False
    budget_seconds: float = _BUDGET_SECONDS


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends a request and returns what came of it, as a value."""

    api: Api
    limits: Limits
    guards: Guards | None = None
    turn: Turn = field(default_factory=Turn)

    def serving(self, job: Job, counts: Counted | None = None) -> "Caller":
        """Return the caller for one attempt of a job; its requests are added to the counts."""
        ahead = job.now - self.guards.clock.now() if self.guards else 0.0
        turn = Turn(job.id, job.fingerprint, fence=job.fence, tool=job.tool, ahead_seconds=ahead)
        turn.bulk = job.parent is not None
        turn.counts = turn.counts if counts is None else counts
        return replace(self, turn=turn)

    def __call__(
        self, request: Request, *, limits: Limits | None = None, lenient: bool = False
    ) -> Answer | NotSent | Lost:
        """Return the answer to a read, or why there is none.

        `lenient` is a read that can be made smaller: "too many" is not yet held against the rate.
        """
        permit = self.admit(request, limits=limits)
        if isinstance(permit, Held):
            return permit
        return self.send(request, permit, limits=limits, lenient=lenient)

    def admit(self, request: Request, *, limits: Limits | None = None) -> Permit | Held:
        """Ask the guards in their order; a permit is used by `send` or given back by `release`."""
        unbind("request_id")
        service = service_of(request.path)
        if self.guards is None:
            return Permit(service)
        breaker = self.guards.breaker(service)
        if held := breaker.known_open():
            return held
        if held := self._limited(self.guards, write=not request.safe):
            return held
        longest = (limits or self.limits).total + _MARGIN_SECONDS
        return breaker.enter(longest_seconds=longest, goes_out=self._goes_out(request))

    def send(
        self,
        request: Request,
        permit: Permit,
        *,
        limits: Limits | None = None,
        send_before: float | None = None,
        lenient: bool = False,
    ) -> Answer | NotSent | Lost:
        """Send what was admitted, and tell the guards how it went."""
        started = perf_counter()
        reply: Answer | NotSent | Lost
        try:
            reply = self.api.send(request, limits=limits or self.limits, send_before=send_before)
        except (NotSent, Lost) as error:
            reply = error
        except BaseException:
            self.release(permit)
            raise
        seconds = perf_counter() - started
        self._tell(permit, reply, lenient=lenient)
        count_call(self.turn.counts, request, reply, tool=self.turn.tool, seconds=seconds)
        if isinstance(reply, Answer) and reply.request_id:
            bind(request_id=reply.request_id)
        log.debug(
            "api_call",
            method=request.method,
            endpoint=request.template,
            status=reply.status if isinstance(reply, Answer) else type(reply).__name__,
            seconds=round(seconds, 4),
        )
        return reply

    def may_retry(self) -> bool:
        """Tell whether a read that went wrong may be tried again, and count that."""
        return self.guards is None or self.guards.retries.spend()

    def release(self, permit: Permit) -> None:
        """Give back a permit that is not used."""
        if self.guards is not None:
            breaker = self.guards.breaker(permit.service)
            breaker.leave(permit, None, fingerprint=self.turn.fingerprint)

    def _goes_out(self, request: Request) -> Mapping[str, str]:
        """Return what the store writes down of a read; of a write the mark does."""
        if not self.turn.job_id or not request.safe:
            return {}
        return {"job": self.turn.job_id, "fence": self.turn.fence, "call": call_of(request)}

    def _limited(self, guards: Guards, *, write: bool) -> Held | None:
        turn = self.turn
        ask = Ask(turn.job_id or None, bulk=turn.bulk)
        if turn.begun and not write:
            # What was read so far would be read again after a wait in the ledger.
            ask = Ask(patience_seconds=min(LONGEST_SECONDS, turn.budget_seconds), goes_on=True)
        turn.begun = True
        asked = guards.clock.steady()
        held = guards.limiter.admit(guards.account, guards.rate, ask)
        slept = guards.clock.steady() - asked
        turn.budget_seconds -= slept
        if slept > _TOLD_SECONDS:
            tracing.event("rate_waited", seconds=round(slept, 3))
        return held

    def _tell(self, permit: Permit, reply: Answer | NotSent | Lost, *, lenient: bool) -> None:
        guards = self.guards
        if guards is None:
            return
        guards.retries.earn()
        breaker = guards.breaker(permit.service)
        breaker.leave(permit, reply, fingerprint=self.turn.fingerprint)
        if isinstance(reply, Answer) and reply.status == _THROTTLED:
            # A date is read by the store's clock: this machine's own may be wrong.
            now = guards.clock.now() + self.turn.ahead_seconds
            asked = retry_after_seconds(reply.retry_after, now=now)
            if asked is not None or not lenient:
                guards.limiter.throttled(guards.account, guards.rate, asked_seconds=asked)
