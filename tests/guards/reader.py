"""Reads and writes of one account over the ledger itself, to see what its cache answers."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any

from redis import Redis

from shared.caches import Keep, Room
from shared.ledger import Accepted, Job, Outcome, Shelf, Shelves
from tests.properties.ledger_world import World

CACHE = "ip_space"
ROOM = Room(seconds=300, entries=5, bytes=40_000)


def answer(value: object) -> Outcome:
    """Return what a read found."""
    return Outcome("done", {"items": [value]})


def told(accepted: Accepted) -> Any:
    """Return the value of a hit."""
    assert accepted.kept is not None
    assert accepted.kept.text is not None
    found = Outcome.decoded("done", accepted.kept.text).result
    assert found is not None
    return found["items"][0]


class Reader:
    """Whatever asks, and the worker that answers."""

    def __init__(self, client: Redis, *, room: Room = ROOM) -> None:
        self.world = World(client, terms=replace(World(client).terms, queue_limit=10_000))
        self.world.alive()
        self.room = room
        self._targets = count(1)
        self.shelves = Shelves(client, prefix=self.world.prefix)

    def ask(self, what: str = "all", **fields: Any) -> Accepted:
        """Ask; a hit is answered at once, and anything else has become a job."""
        usual: dict[str, Any] = {"fingerprint": what, "cache": CACHE, "collections": (CACHE,)}
        return self.world.accept(self.world.read(**usual | fields))

    def begin(self, what: str = "all", **fields: Any) -> Job:
        """Ask for what must become a job of its own, and claim it."""
        accepted = self.ask(what, **fields)
        assert accepted.verdict == "new", accepted
        assert accepted.job_id
        return self.world.claimed(accepted.job_id)

    def end(self, job: Job, value: object, **keep: Any) -> None:
        """Answer a read."""
        usual: dict[str, Any] = {"cache": CACHE, "collections": (CACHE,), "room": self.room}
        verdict, _ = self.world.ledger.finish(job, answer(value), keep=Keep(**usual | keep))
        assert verdict == "ok"

    def fill(self, what: str = "all", value: object = "old", **fields: Any) -> None:
        """Ask and answer, so that the next one is a hit."""
        self.end(self.begin(what, **fields), value)

    def write(self, *changes: str, **fields: Any) -> Job:
        """Begin a write of these collections."""
        call = self.world.write(
            f"target-{next(self._targets)}", joins=False, changes=changes or (CACHE,), **fields
        )
        return self.world.claimed(self.world.accepted(call))

    def shelf(self, account: str = "account") -> Shelf:
        """Return what the cache holds."""
        return self.shelves.show(account)[CACHE]

    def source(self, what: str) -> str | None:
        """Return the job that brought what is kept for a question, good or not."""
        raw: Any = self.world.client.hget(self.key(), f"{what}:of")
        return str(json.loads(raw)["id"]) if raw else None

    def key(self, *parts: str) -> str:
        """Return the key of the cache in the store."""
        return self.world.key("cache", "account", CACHE, *parts)

    def pass_time(self, what: str, seconds: float) -> None:
        """Let an answer have been kept so long ago."""
        raw: Any = self.world.client.hget(self.key(), f"{what}:of")
        if raw is None:
            return
        of = json.loads(raw)
        for name in ("kept", "expires"):
            of[name] -= round(seconds * 1000)
        self.world.client.hset(self.key(), f"{what}:of", json.dumps(of))
        self.world.client.zadd(self.key("order"), {what: of["expires"]})
