"""Time as the sandbox sees it: the wall, a stopwatch, and a clock that can run fast."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The two readings everything else is derived from."""

    def wall(self) -> float:
        """Seconds since 1970."""

    def monotonic(self) -> float:
        """Seconds since some moment, never going back."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clock of the machine."""

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment, never going back."""
        return time.monotonic()


class CloudClock:
    """Time inside the pretend cloud; provisioning follows it, at a speed that can be set."""

    def __init__(self, clock: Clock) -> None:
        """Start at zero, at normal speed."""
        self._clock = clock
        self._since = clock.monotonic()
        self._base = 0.0
        self._speed = 1.0

    @property
    def speed(self) -> float:
        """Cloud seconds per real second."""
        return self._speed

    def now(self) -> float:
        """Seconds of cloud time that have passed."""
        return self._base + (self._clock.monotonic() - self._since) * self._speed

    def set_speed(self, speed: float) -> None:
        """Run faster or slower from now on; what has passed stays passed."""
        self._base = self.now()
        self._since = self._clock.monotonic()
        self._speed = speed


def stamp(seconds: float) -> str:
    """Write a moment as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
