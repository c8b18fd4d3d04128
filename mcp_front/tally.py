"""Tool calls as hosts see them, counted here and carried to the store every second."""

import threading
from collections import Counter

from redis import Redis

from shared import counting
from shared.ledger import PREFIX


class Tally:
    """Counts of this process that the store does not have yet. A killed front end takes a second's
    worth along; requests to Infoblox are not among them, the workers' scripts count those."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, tool: str, outcome: str, *, seconds: float) -> None:
        """Count one call by how it was answered."""
        with self._guard:
            self._counts[f"{counting.TOOLS}|{tool}|{outcome}"] += 1
            counting.observe(self._counts, f"{counting.TOOL_SECONDS}|{outcome}", seconds)

    def carry(self, client: "Redis") -> None:
        """Add the counts to those in the store; kept for the next time when it does not answer."""
        with self._guard:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        pipeline = client.pipeline(transaction=True)
        for field, by in counts.items():
            pipeline.hincrby(f"{PREFIX}counts", field, by)
        try:
            pipeline.execute()
        except BaseException:
            with self._guard:
                self._counts.update(counts)
            raise
