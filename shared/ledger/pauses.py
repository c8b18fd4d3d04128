"""Queues that rest."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pause:
    """That a queue rests: since when, by whom, and whether somebody waits for what still runs."""

    since: float
    by: str
    draining: bool = False

    @classmethod
    def from_record(cls, text: str) -> "Pause":
        """Read what the ledger keeps of it."""
        fields = json.loads(text)
        return cls(fields["since"] / 1000, fields["by"], bool(fields.get("drain")))
