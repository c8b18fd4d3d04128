"""One API call, guarded. The order of the lines is the order of the guards."""

from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from shared.logs import get_logger
from shared.wire import Request
from workers.csp import Answer, Limits, Lost, NotSent

log = get_logger(__name__)


class Api(Protocol):
    """What sends a request; it raises NotSent or Lost."""

    def send(self, request: Request, *, limits: Limits, send_before: float | None = None) -> Answer:
        """Send and return the complete answer."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends a request and returns what came of it, as a value."""

    api: Api
    limits: Limits

    def __call__(
        self,
        request: Request,
        *,
        limits: Limits | None = None,
        send_before: float | None = None,
    ) -> Answer | NotSent | Lost:
        """Return the answer, or why there is none."""
        started = perf_counter()
        reply: Answer | NotSent | Lost
        try:
            reply = self.api.send(request, limits=limits or self.limits, send_before=send_before)
        except (NotSent, Lost) as error:
            reply = error
        log.debug(
            "api_call",
            method=request.method,
            endpoint=request.template,
            status=reply.status if isinstance(reply, Answer) else type(reply).__name__,
            seconds=round(perf_counter() - started, 4),
        )
        return reply
