"""What reached the API and what it did; never a secret."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from sandbox.clock import Clock

KEPT = 200_000
SECRET_NAMES = frozenset({"value", "psk", "key_data", "secret"})


@dataclass(slots=True)
class Entry:
    """One request; status and end are missing while it runs or if it never got an answer."""

    seq: int
    started: float
    started_monotonic: float
    method: str
    template: str
    path: str
    query: str
    request_id: str
    body_sha256: str
    credential_present: bool
    account: str | None = None
    ended: float | None = None
    ended_monotonic: float | None = None
    status: int | None = None
    applied: bool = False
    natural_key: str | None = None
    fault: str | None = None
    traceparent: str | None = None


class Journal:
    """The newest requests, oldest dropped first, and counts of all of them."""

    def __init__(self, clock: Clock, *, kept: int = KEPT) -> None:
        """Start empty."""
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._seq = 0
        self.requests: Counter[str] = Counter()
        self.writes: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def open(self, method: str, template: str, *, path: str, query: str, body: bytes) -> Entry:
        """Note that a request arrived."""
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            started=self._clock.wall(),
            started_monotonic=self._clock.monotonic(),
            method=method,
            template=template,
            path=path,
            query=query,
            request_id=str(uuid.uuid4()),
            body_sha256=hashlib.sha256(body).hexdigest(),
            credential_present=holds_credential(body),
        )
        self._entries.append(entry)
        self.requests[f"{method} {template}"] += 1
        return entry

    def applied(self, entry: Entry, natural_key: str | None) -> None:
        """Note that a request changed the state."""
        entry.applied = True
        entry.natural_key = natural_key
        self.writes[entry.account or ""][natural_key or ""] += 1

    def close(self, entry: Entry, status: int | None) -> None:
        """Note that a request was answered, or will not be."""
        entry.status = status
        entry.ended = self._clock.wall()
        entry.ended_monotonic = self._clock.monotonic()

    def since(self, seq: int) -> dict[str, Any]:
        """Give the entries after a number."""
        first = self._entries[0].seq if self._entries else self._seq + 1
        rows = islice(self._entries, max(0, seq + 1 - first), None)
        dropped = max(0, first - 1 - max(seq, 0))
        return {"entries": [asdict(row) for row in rows], "last": self._seq, "dropped": dropped}


def holds_credential(body: bytes) -> bool:
    """Tell whether a body carries the value of a credential."""
    if not any(b'"%s"' % name.encode() in body for name in SECRET_NAMES):
        return False
    try:
        return any(name in SECRET_NAMES and bool(value) for name, value in _pairs(json.loads(body)))
    except (ValueError, RecursionError):
        # Cannot be read, so it may well hold one.
        return True


def _pairs(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _pairs(one)
