"""Jobs at a glance: rows of a list, without answers, found by walking the order of acceptance.

A page of a list is read with commands that are counted in the number of its rows; a filter looks at
`MOST_LOOKED_AT` records at most for each page and says where to go on.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from shared.catalog import Queue
from shared.errors import Problem
from shared.ledger.reading import PREFIX, Place
from shared.ledger.records import Attempt, Outcome

MOST_LOOKED_AT = 10_000
# Open jobs of a queue that are looked at for who works on what.
MOST_OPEN = 250
_STRIDE = 500
# fmt: off
_FIELDS = (
    "id", "tool", "queue", "kind", "account", "client", "state", "accepted", "finished", "due",
    "deadline", "note", "behind", "starts", "tries", "waits", "resends", "asked_by", "trace",
    "cancel", "followers", "fence", "owner", "lease", "sending", "attempt",
)
# fmt: on
_MATCHED = ("state", "tool", "kind", "account", "arguments", "note", "client", "asked_by")
_EXPLAINED = frozenset({"failed", "dead", "unknown", "cancelled"})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs are wanted; `text` occurs in id, tool, arguments, note or who asked, in any case.

    `account` is the account's tag. An empty field asks for nothing.
    """

    queues: tuple[Queue, ...] = tuple(Queue)
    states: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    account: str = ""
    text: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether every job of its queues is wanted."""
        return not (self.states or self.tools or self.account or self.text)

    def matches(self, job_id: str, found: Json) -> bool:
        """Tell whether a record is wanted, by the fields that decide it."""
        if found["state"] is None or (self.states and found["state"] not in self.states):
            return False
        if self.tools and found["tool"] not in self.tools:
            return False
        if self.account and found["account"] != self.account:
            return False
        words = (job_id, *(found[name] or "" for name in _MATCHED))
        return self.text.lower() in "\n".join(words).lower()


@dataclass(frozen=True, slots=True)
class Glance:
    """One row: the record's own fields but the answer. `problem` tells why it ended badly."""

    fields: Json
    arguments: Json
    last: Attempt | None
    problem: Problem | None
    now: float

    def seconds(self, name: str) -> float | None:
        """Return a time of the record in seconds since the epoch."""
        value = self.fields[name]
        return float(value) / 1000 if value else None

    def number(self, name: str) -> int:
        """Return a count of the record."""
        return int(self.fields[name] or 0)

    def text(self, name: str) -> str:
        """Return a field as text."""
        return self.fields[name] or ""


@dataclass(frozen=True, slots=True)
class Found:
    """Some rows, the cursor of the next ones, and how many records were looked at."""

    rows: tuple[Glance, ...]
    cursor: str | None
    looked_at: int


class Glances:
    """Finds them. Redis errors pass through unchanged."""

    def __init__(self, client: "Redis", *, prefix: str = PREFIX) -> None:
        self._client = client
        self._prefix = prefix

    def search(
        self,
        wanted: Filter,
        *,
        limit: int = 50,
        cursor: str | None = None,
        most: int = MOST_LOOKED_AT,
    ) -> Found:
        """Return the newest jobs that match among the next `most` ones.

        Raises InvalidArguments for a cursor that no page gave.
        """
        after, looked_at = Place.from_cursor(cursor), 0
        places: list[Place] = []
        for stride in self._strides(
            wanted.queues, after, size=limit + 1 if wanted.empty else min(_STRIDE, most)
        ):
            looked_at += len(stride)
            kept = stride if wanted.empty else self._matching(stride, wanted)
            places += kept
            if len(places) > limit:
                places = places[:limit]
                return Found(tuple(self.rows(places)), places[-1].cursor, looked_at)
            if looked_at >= most:
                return Found(tuple(self.rows(places)), stride[-1].cursor, looked_at)
        return Found(tuple(self.rows(places)), None, looked_at)

    def matching(self, wanted: Filter) -> tuple[list[str], bool]:
        """Return the ids of all jobs that match, and whether there may be more of them."""
        found: list[str] = []
        looked_at = 0
        for stride in self._strides(wanted.queues, None):
            kept = stride if wanted.empty else self._matching(stride, wanted)
            found += (place.job_id for place in kept)
            looked_at += len(stride)
            if looked_at >= MOST_LOOKED_AT:
                return found, True
        return found, False

    def open_rows(self) -> list[Glance]:
        """Return open jobs: of each queue those that are due, or whose lease ends, first."""
        pipeline = self._client.pipeline(transaction=False)
        for queue in Queue:
            pipeline.zrange(f"{self._prefix}due:{queue}", 0, MOST_OPEN - 1)
        return self.rows([Place(0, job_id) for ids in pipeline.execute() for job_id in ids])

    def dead(self, *, limit: int) -> list[Glance]:
        """Return the jobs that died last, of all queues; those deleted since are left out."""
        pipeline = self._client.pipeline(transaction=False)
        for queue in Queue:
            pipeline.zrevrange(f"{self._prefix}dead:{queue}", 0, limit - 1, withscores=True)
        listed = [Place(score, job_id) for found in pipeline.execute() for job_id, score in found]
        rows = self.rows(sorted(listed, reverse=True)[:limit])
        return [one for one in rows if one.text("state") == "dead"]

    def rows(self, places: Sequence[Place]) -> list[Glance]:
        """Return the rows of these jobs, without those that are gone."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.time()
        for place in places:
            key = f"{self._prefix}job:{place.job_id}"
            pipeline.hmget(key, *_FIELDS, "arguments")
            pipeline.lindex(f"{key}:attempts", -1)
        (seconds, micros), *replies = pipeline.execute()
        now = seconds + micros / 1e6
        found = [
            (dict(zip(_FIELDS, values, strict=False)), values[-1], last)
            for values, last in zip(replies[::2], replies[1::2], strict=True)
            if values[0]
        ]
        ended = [fields for fields, _, _ in found if fields["state"] in _EXPLAINED]
        for fields in ended:
            pipeline.hget(f"{self._prefix}job:{fields['id']}", "outcome")
        problems = {
            fields["id"]: Outcome.decoded(fields["state"], text).problem
            for fields, text in zip(ended, pipeline.execute(), strict=True)
            if text
        }
        return [
            Glance(
                fields,
                json.loads(arguments),
                _last(fields["attempt"] or last),
                problems.get(fields["id"]),
                now,
            )
            for fields, arguments, last in found
        ]

    def _matching(self, places: Sequence[Place], wanted: Filter) -> list[Place]:
        pipeline = self._client.pipeline(transaction=False)
        for place in places:
            pipeline.hmget(f"{self._prefix}job:{place.job_id}", *_MATCHED)
        return [
            place
            for place, values in zip(places, pipeline.execute(), strict=True)
            if wanted.matches(place.job_id, dict(zip(_MATCHED, values, strict=True)))
        ]

    def _strides(
        self, queues: Sequence[Queue], after: Place | None, *, size: int = 0
    ) -> Iterator[list[Place]]:
        """Yield all places after one, newest first, some at a time."""
        wanted = size or _STRIDE
        while True:
            pipeline = self._client.pipeline(transaction=False)
            for queue in queues:
                pipeline.zrevrangebyscore(
                    f"{self._prefix}jobs:{queue}",
                    after.score if after else "+inf",
                    "-inf",
                    start=0,
                    num=wanted,
                    withscores=True,
                )
            replies = pipeline.execute()
            places = sorted(
                (Place(score, job_id) for reply in replies for job_id, score in reply),
                reverse=True,
            )
            ahead = [place for place in places if after is None or place < after]
            more = len(ahead) > wanted or any(len(reply) == wanted for reply in replies)
            if ahead:
                yield ahead[:wanted]
                after = ahead[:wanted][-1]
            if not more:
                return
            if not ahead:
                # So many jobs of the same millisecond.
                wanted *= 4


def _last(text: str | None) -> Attempt | None:
    return Attempt.from_record(json.loads(text)) if text else None
