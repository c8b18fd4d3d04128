"""The way of the guards to the store: quick, and never a reason for a call to fail."""

import threading
from collections.abc import Mapping
from typing import Any

import redis

from shared.clock import Clock
from shared.ledger.scripts import Scripts
from shared.logs import get_logger

_AWAY_SECONDS = 1.0

log = get_logger(__name__)


class GuardStore:
    """Runs the scripts of the guards; without the store each guard goes by what it knows itself."""

    def __init__(self, scripts: Scripts, clock: Clock) -> None:
        self._scripts = scripts
        self._clock = clock
        self._lock = threading.Lock()
        self._asks_again = 0.0

    def run(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the script's answer; None while the store is away."""
        if self._clock.steady() < self._asks_again:
            return None
        try:
            return self._scripts.run(name, arguments)
        except redis.RedisError as error:
            log.warning("guards_alone", guard=name, reason=str(error))
            with self._lock:
                self._asks_again = self._clock.steady() + _AWAY_SECONDS
            return None
