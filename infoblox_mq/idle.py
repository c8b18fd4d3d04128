"""When a stack in the background may leave: nobody has called for long, and no job is open."""

import os
from collections.abc import Callable
from pathlib import Path

from infoblox_mq.locks import take
from shared.clock import Clock

# Looking at the open jobs costs the store a little.
_LOOK_SECONDS = 5.0
_LOOKS = 4


class Idle:
    """Watches the uses of one stack."""

    def __init__(
        self, path: Path, *, seconds: float, open_jobs: Callable[[], bool], clock: Clock
    ) -> None:
        """Count from now; `path` is the file that front ends lock and touch."""
        self._path = path
        self._seconds = seconds
        self._open_jobs = open_jobs
        self._clock = clock
        self._busy = clock.now()
        self._next_look = 0.0

    def leave(self) -> int | None:
        """Return the lock that keeps everybody out once it is time to leave, else None."""
        if self._clock.steady() < self._next_look:
            return None
        self._next_look = self._clock.steady() + min(_LOOK_SECONDS, self._seconds / _LOOKS)
        if self._clock.now() - max(self._busy, self._used()) < self._seconds:
            return None
        lock = take(self._path)
        if lock is None:
            return None
        # From here on nobody comes in, so that no call is accepted by a store about to end.
        if self._open_jobs():
            self._busy = self._clock.now()
            os.close(lock)
            return None
        return lock

    def _used(self) -> float:
        try:
            return self._path.stat().st_mtime
        except OSError:
            return 0.0
