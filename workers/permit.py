"""What the guards answer: a permit for one request, or how long to wait and why."""

from dataclasses import dataclass
from typing import Literal

from shared.catalog import Queue
from workers.csp import NotSent


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one request now. It is used once, or given back.

    `probe` is the token of the one request that tries a service out; `clears` tells that failures
    were counted when it was given, which a good answer wipes out.
    """

    service: Queue
    probe: str | None = None
    clears: bool = False


class Held(NotSent):
    """A guard did not let the request out; nothing is known against it after `wait_seconds`."""

    def __init__(
        self, message: str, *, wait_seconds: float, why: Literal["rate", "open", "probing"]
    ) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
        self.why = why
