"""Waiting for events, with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE_SECONDS = 0.02


def until(seen: Callable[[], T], *, seconds: float = 10.0, what: str = "it") -> T:
    """Return the first true value that `seen` gives; fail when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = seen()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} was not seen within {seconds} s")
        threading.Event().wait(_PAUSE_SECONDS)
