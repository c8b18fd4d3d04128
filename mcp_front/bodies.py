"""Kept answers in this process: for a hit the store is asked for a few words, not for the answer.

The store alone says whether an answer is still good: it names the job that brought the good one.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from cachetools import LRUCache

from shared.caches import CACHES
from shared.ledger import Accepted, Submission
from shared.logs import get_logger

log = get_logger(__name__)
Held = tuple[str, str]


class Bodies:
    """The answers used last, by fingerprint; each with the job it came from."""

    def __init__(self, most_bytes: int) -> None:
        # An answer weighs at least what keeps their number as bounded as their size.
        least = max(1, most_bytes // sum(cache.entries for cache in CACHES.values()))
        self._held: LRUCache[str, Held] = LRUCache(
            most_bytes, getsizeof=lambda held: max(least, len(held[1]))
        )
        self._guard = threading.Lock()

    def accepted(self, call: Submission, accept: Callable[[Submission], Accepted]) -> Accepted:
        """Hand a call in; a kept answer comes back whole, wherever its text was."""
        if call.cache is None:
            return accept(call)
        held = self._get(call.fingerprint)
        accepted = accept(replace(call, holds=held and held[0]))
        kept = accepted.kept
        say = {"cache": call.cache, "service": str(call.queue), "operation": call.tool}
        if kept is None:
            log.debug("cache_miss", refresh=call.refresh, **say)
            return accepted
        log.debug("cache_hit", age_seconds=round(kept.age_seconds, 3), **say)
        if kept.text is not None:
            self._put(call.fingerprint, (kept.source, kept.text))
            return accepted
        return replace(accepted, kept=replace(kept, text=held and held[1]))

    def _get(self, fingerprint: str) -> Held | None:
        with self._guard:
            return self._held.get(fingerprint)

    def _put(self, fingerprint: str, held: Held) -> None:
        with self._guard:
            # One that is bigger than all the room is refused by the library.
            if len(held[1]) <= self._held.maxsize:
                self._held[fingerprint] = held
