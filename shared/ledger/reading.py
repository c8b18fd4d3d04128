"""Looking at records; nothing here changes one."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from redis import Redis

from shared.catalog import Queue
from shared.errors import InvalidArguments
from shared.ledger.pauses import Pause
from shared.ledger.records import Attempt, Job, State

PREFIX = "imq:"
# Begins what stands for an account until a worker says its tag.
UNPUBLISHED = "unpublished:"
_STRIDE = 200
_MOST_STRIDES = 50
_CURSOR = re.compile(r"([0-9]{1,16})-([A-Za-z0-9-]{1,64})")


class Place(NamedTuple):
    """Where a job stands in the order of acceptance."""

    score: float
    job_id: str

    @property
    def cursor(self) -> str:
        """Return the text that stands for the place."""
        return f"{self.score:.0f}-{self.job_id}"

    @classmethod
    def from_cursor(cls, text: str | None) -> "Place | None":
        """Read a cursor back."""
        if text is None:
            return None
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise InvalidArguments("cursor: is not one that an earlier answer gave")
        return cls(float(found[1]), found[2])


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, and the cursor of the next ones."""

    jobs: tuple[Job, ...]
    cursor: str | None


class Readings:
    """What can be asked of the ledger."""

    def __init__(self, client: "Redis", *, prefix: str, worker_ttl: int) -> None:
        self._client = client
        self._prefix = prefix
        self._worker_ttl = worker_ttl

    def read(self, job_id: str) -> Job | None:
        """Return a job, whoever it belongs to."""
        found = self.read_all([job_id])
        return found[0] if found else None

    def read_all(self, job_ids: Sequence[str]) -> list[Job]:
        """Return the jobs that still exist, in the order asked for."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.time()
        pipeline.hkeys(f"{self._prefix}paused")
        for job_id in job_ids:
            pipeline.hgetall(f"{self._prefix}job:{job_id}")
            pipeline.lrange(f"{self._prefix}job:{job_id}:attempts", 0, -1)
        (seconds, micros), paused, *replies = pipeline.execute()
        now = seconds + micros / 1e6
        return [
            Job.from_record(fields, now, tuple(_attempts(fields, listed)), paused=paused)
            for fields, listed in zip(replies[::2], replies[1::2], strict=True)
            if fields
        ]

    def owned(self, job_id: str, *, client: str) -> bool:
        """Tell whether a client takes part in a job."""
        key = f"{self._prefix}job:{job_id}:clients"
        return bool(self._client.sismember(key, client))

    def withdrawn(self, job_ids: Sequence[str], *, client: str) -> frozenset[str]:
        """Return those of the jobs that a client cancelled as tasks."""
        pipeline = self._client.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.sismember(f"{self._prefix}job:{job_id}:withdrawn", client)
        found = zip(job_ids, pipeline.execute(), strict=True)
        return frozenset(job_id for job_id, withdrawn in found if withdrawn)

    def open_jobs(self, *, limit: int) -> list[Job]:
        """Return the newest jobs that have not ended."""
        pipeline = self._client.pipeline(transaction=False)
        for name in Queue:
            pipeline.zrange(f"{self._prefix}due:{name}", 0, -1)
        jobs = self.read_all([job_id for reply in pipeline.execute() for job_id in reply])
        return sorted(jobs, key=lambda job: -job.accepted)[:limit]

    def listed(
        self,
        *,
        state: State | None = None,
        queue: Queue | None = None,
        client: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page:
        """Return the newest jobs first; `cursor` of a page asks for the next one.

        Looks at so many records at most, so a page may be short and still have a cursor. Raises
        InvalidArguments for a cursor that no page gave.
        """
        sources = [f"mine:{client}"] if client else [f"jobs:{one}" for one in _queues(queue)]
        found: list[Job] = []
        last = Place.from_cursor(cursor)
        for _ in range(_MOST_STRIDES):
            places, last = self._stride(sources, last)
            for place in self._in_state(places, state):
                found += (
                    job for job in self.read_all([place.job_id]) if queue in (None, job.queue)
                )
                if len(found) == limit:
                    return Page(tuple(found), place.cursor)
            if last is None:
                break
        return Page(tuple(found), last.cursor if last else None)

    def _stride(
        self, sources: Sequence[str], after: Place | None
    ) -> tuple[list[Place], Place | None]:
        """Return the next places in order, and the last one, or None where there are no more."""
        size = _STRIDE
        while True:
            pipeline = self._client.pipeline(transaction=False)
            for name in sources:
                pipeline.zrevrangebyscore(
                    f"{self._prefix}{name}",
                    after.score if after else "+inf",
                    "-inf",
                    start=0,
                    num=size,
                    withscores=True,
                )
            replies = pipeline.execute()
            places = sorted(
                (Place(score, job_id) for reply in replies for job_id, score in reply),
                reverse=True,
            )
            ahead = [place for place in places if after is None or place < after]
            more = any(len(reply) == size for reply in replies)
            if ahead or not more:
                return ahead[:size], ahead[:size][-1] if ahead and more else None
            # So many jobs of the same millisecond.
            size *= 4

    def _in_state(self, places: Sequence[Place], state: State | None) -> Iterator[Place]:
        if state is None:
            yield from places
            return
        pipeline = self._client.pipeline(transaction=False)
        for place in places:
            pipeline.hget(f"{self._prefix}job:{place.job_id}", "state")
        for place, found in zip(places, pipeline.execute(), strict=True):
            if found == state:
                yield place

    def depth(self, queue: Queue) -> int:
        """Return how many jobs of a queue have not ended."""
        return int(self._client.zcard(f"{self._prefix}due:{queue}"))

    def workers(self) -> dict[Queue, int]:
        """Return how many live workers each queue has."""
        seconds, micros = self._client.time()
        since = seconds * 1000 + micros // 1000 - self._worker_ttl
        pipeline = self._client.pipeline(transaction=False)
        for queue in Queue:
            pipeline.zcount(f"{self._prefix}workers:{queue}", since, "+inf")
        return dict(zip(Queue, pipeline.execute(), strict=True))

    def worker_names(self, queue: Queue) -> list[str]:
        """Return the live workers of a queue, each as `host:process:token`."""
        seconds, micros = self._client.time()
        since = seconds * 1000 + micros // 1000 - self._worker_ttl
        found: Any = self._client.zrangebyscore(f"{self._prefix}workers:{queue}", since, "+inf")
        return list(found)

    def counts(self) -> dict[Queue, Counter[str]]:
        """Return how many jobs of each queue are in which state.

        All open jobs are counted, but of those that have ended only the newest ten thousand.
        """
        return {queue: self._counted(queue) for queue in Queue}

    def _counted(self, queue: Queue) -> Counter[str]:
        pipeline = self._client.pipeline(transaction=False)
        pipeline.zrange(f"{self._prefix}due:{queue}", 0, -1)
        pipeline.zrevrange(f"{self._prefix}jobs:{queue}", 0, _STRIDE * _MOST_STRIDES - 1)
        due, newest = pipeline.execute()
        found: Counter[str] = Counter()
        ids = [*{*due, *newest}]
        for start in range(0, len(ids), _STRIDE):
            for job_id in ids[start : start + _STRIDE]:
                pipeline.hget(f"{self._prefix}job:{job_id}", "state")
            found.update(state for state in pipeline.execute() if state)
        return found

    def pauses(self) -> dict[Queue, Pause]:
        """Return the queues that rest."""
        found: Any = self._client.hgetall(f"{self._prefix}paused")
        return {Queue(queue): Pause.from_record(text) for queue, text in found.items()}

    def at_work(self, queue: Queue) -> int:
        """Return how many jobs of a queue a live worker is busy with."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.time()
        pipeline.zrange(f"{self._prefix}due:{queue}", 0, -1)
        (seconds, micros), ids = pipeline.execute()
        now = seconds * 1000 + micros // 1000
        for job_id in ids:
            pipeline.hmget(f"{self._prefix}job:{job_id}", "state", "lease")
        return sum(state == "running" and int(lease) > now for state, lease in pipeline.execute())

    def accounts(self) -> dict[str, str]:
        """Return the tag of every account that a worker has published, by name."""
        names: Iterable[Any] = self._client.smembers(f"{self._prefix}accounts")
        return {name: self.account(name) for name in sorted(names)}

    def account(self, name: str) -> str:
        """Return an account's tag; before any worker published one, the name stands for it."""
        return str(self._client.get(f"{self._prefix}account:{name}") or f"{UNPUBLISHED}{name}")


def _attempts(fields: dict[str, str], listed: list[str]) -> Iterable[Attempt]:
    for entry in listed:
        yield Attempt.from_record(json.loads(entry))
    if "attempt" in fields:
        yield Attempt.from_record(json.loads(fields["attempt"]))


def _queues(queue: Queue | None) -> Sequence[Queue]:
    return [queue] if queue else list(Queue)
