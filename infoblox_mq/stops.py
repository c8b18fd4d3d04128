"""Wishes to stop, as a terminal, a service manager or an impatient person utter them."""

import signal
import threading
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stops:
    """Counts the wishes to stop: the first is in order, the second is at once."""

    def __init__(self) -> None:
        self._first = threading.Event()
        self._second = threading.Event()

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and the end of the terminal as wishes to stop."""
        for number in _SIGNALS:
            signal.signal(number, self._heard)

    def wished(self) -> bool:
        """Tell whether to stop."""
        return self._first.is_set()

    def hurry(self) -> bool:
        """Tell whether to stop by force."""
        return self._second.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for a wish to stop; tell whether there is one."""
        return self._first.wait(seconds)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        (self._second if self._first.is_set() else self._first).set()
