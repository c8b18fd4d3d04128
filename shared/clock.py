"""The time, handed in so that rules can be tested without waiting."""

import threading
import time
from typing import Protocol

# CLOCK_BOOTTIME goes on while a laptop sleeps; a request must not be sent after such a gap.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """What the product needs to know about time, in seconds."""

    def now(self) -> float:
        """Return seconds since the epoch, for people and records only."""

    def steady(self) -> float:
        """Return seconds that never step back and include suspension."""

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def steady(self) -> float:
        return time.clock_gettime(_STEADY)

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds)
