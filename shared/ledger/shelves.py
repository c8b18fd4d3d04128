"""The caches of an account, to look at and to empty; filling them is part of a read's end."""

from collections.abc import Iterable
from dataclasses import dataclass

from redis import Redis

from shared.caches import CACHES
from shared.ledger.reading import PREFIX
from shared.ledger.scripts import Scripts


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a cache holds, and how often it could answer since the store was started."""

    entries: int
    bytes: int
    hits: int
    misses: int


class Shelves:
    """All caches, by account tag. Redis errors pass through unchanged."""

    def __init__(self, client: "Redis", *, prefix: str = PREFIX) -> None:
        self._client = client
        self._prefix = prefix
        self._scripts = Scripts(client, prefix)

    def show(self, account: str) -> dict[str, Shelf]:
        """Return every cache of an account."""
        return {name: self._shelf(f"{self._prefix}cache:{account}:{name}") for name in CACHES}

    def drop(self, account: str, caches: Iterable[str]) -> int:
        """Forget what these caches keep; return how many answers that were."""
        answer = self._scripts.run("drop", {"account": account, "caches": list(caches)})
        return int(answer["dropped"])

    def _shelf(self, key: str) -> Shelf:
        pipeline = self._client.pipeline(transaction=False)
        pipeline.zcard(f"{key}:order")
        pipeline.hget(key, "#bytes")
        pipeline.hmget(f"{key}:count", "hits", "misses")
        entries, size, counts = pipeline.execute()
        hits, misses = (int(count or 0) for count in counts)
        return Shelf(entries, int(size or 0), hits, misses)
