"""How many reads may be tried again: in an outage retries must not multiply the load."""

import threading

# One request in ten may be a second try ...
_SHARE = 0.1
# ... and a few are free, for a process that has not done much yet.
_MOST = 10.0


class RetryBudget:
    """A bucket that each request fills a little and each retry empties by one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = _MOST

    def earn(self) -> None:
        """Note a request."""
        with self._lock:
            self._left = min(_MOST, self._left + _SHARE)

    def spend(self) -> bool:
        """Take one retry, if there is one."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True
