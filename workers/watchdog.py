"""Deadlines that hold however slowly bytes arrive: one thread closes what takes too long."""

import heapq
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from shared.clock import Clock

# A wait does not count down while the machine is suspended, so the heap is looked at again.
_LOOK_AGAIN_SECONDS = 1.0


class Watchdog:
    """Calls `close` of everything that is not finished in time. Share one in a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._deadlines: list[tuple[float, int]] = []
        self._open: dict[int, Callable[[], None]] = {}
        self._numbers = count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def limit(self, seconds: float, *, close: Callable[[], None]) -> Iterator[None]:
        """Call `close`, from another thread, if the block is still running after so long.

        It is called at most once and may come just as the block ends: `close` must not mind.
        """
        number = next(self._numbers)
        with self._changed:
            self._open[number] = close
            heapq.heappush(self._deadlines, (self._clock.steady() + seconds, number))
            self._keep_running()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._open.pop(number, None)

    def close_overdue(self) -> float | None:
        """Close what is overdue; return the seconds to the next deadline, None without one."""
        with self._changed:
            overdue = self._take_overdue()
        for close in overdue:
            close()
        with self._changed:
            self._forget_finished()
            return self._deadlines[0][0] - self._clock.steady() if self._deadlines else None

    def _take_overdue(self) -> list[Callable[[], None]]:
        taken = []
        now = self._clock.steady()
        while self._deadlines and self._deadlines[0][0] <= now:
            _, number = heapq.heappop(self._deadlines)
            if close := self._open.pop(number, None):
                taken.append(close)
        return taken

    def _forget_finished(self) -> None:
        while self._deadlines and self._deadlines[0][1] not in self._open:
            heapq.heappop(self._deadlines)

    def _keep_running(self) -> None:
        # A process forked from this one has the object but not the thread.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            wait = self.close_overdue()
            with self._changed:
                if wait is None and not self._deadlines:
                    self._changed.wait()
                elif wait is not None and wait > 0:
                    self._changed.wait(min(wait, _LOOK_AGAIN_SECONDS))
