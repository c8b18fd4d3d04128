"""Who may run in this process now: many ordinary jobs at once, or one that must be alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Lets jobs in. Both kinds are told whether they got in, and wait no longer than they said."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._alone = False
        self._asking = 0

    @contextmanager
    def together(self, *, seconds: float) -> Iterator[bool]:
        """Run beside others, while none is alone or asks to be."""
        with self._changed:
            entered = self._changed.wait_for(lambda: not (self._alone or self._asking), seconds)
            self._together += entered
        try:
            yield entered
        finally:
            with self._changed:
                self._together -= entered
                self._changed.notify_all()

    @contextmanager
    def alone(self, *, seconds: float) -> Iterator[bool]:
        """Run when nobody else does, and keep others out until the block ends."""
        with self._changed:
            self._asking += 1
            entered = self._changed.wait_for(lambda: not (self._alone or self._together), seconds)
            self._asking -= 1
            self._alone = self._alone or entered
            self._changed.notify_all()
        try:
            yield entered
        finally:
            if entered:
                with self._changed:
                    self._alone = False
                    self._changed.notify_all()
