"""Looking at records; nothing here changes one."""

import json
from collections.abc import Iterable, Sequence

from redis import Redis

from shared.catalog import Queue
from shared.ledger.records import Attempt, Job, State

PREFIX = "imq:"


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
        for job_id in job_ids:
            pipeline.hgetall(f"{self._prefix}job:{job_id}")
            pipeline.lrange(f"{self._prefix}job:{job_id}:attempts", 0, -1)
        (seconds, micros), *replies = pipeline.execute()
        now = seconds + micros / 1e6
        return [
            Job.from_record(fields, now, tuple(_attempts(fields, listed)))
            for fields, listed in zip(replies[::2], replies[1::2], strict=True)
            if fields
        ]

    def owned(self, job_id: str, *, client: str) -> bool:
        """Tell whether a client takes part in a job."""
        key = f"{self._prefix}job:{job_id}:clients"
        return bool(self._client.sismember(key, client))

    def listed(
        self,
        *,
        state: State | None = None,
        queue: Queue | None = None,
        client: str | None = None,
        limit: int = 20,
        ended: bool = True,
    ) -> list[Job]:
        """Return the newest jobs first, open ones and, unless left out, ended ones."""
        queues = [queue] if queue else list(Queue)
        pipeline = self._client.pipeline(transaction=False)
        for name in queues:
            pipeline.zrange(f"{self._prefix}due:{name}", 0, -1)
        for kind in ("write", "read") if ended else ():
            pipeline.zrevrange(f"{self._prefix}ended:{kind}", 0, 10 * limit)
        ids = list(dict.fromkeys(job_id for reply in pipeline.execute() for job_id in reply))
        jobs = [
            job
            for job in self.read_all(self._of_client(ids, client))
            if (state in (None, job.state)) and (queue in (None, job.queue))
        ]
        return sorted(jobs, key=lambda job: -job.accepted)[:limit]

    def _of_client(self, job_ids: Sequence[str], client: str | None) -> Sequence[str]:
        if client is None:
            return job_ids
        pipeline = self._client.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.sismember(f"{self._prefix}job:{job_id}:clients", client)
        answers = pipeline.execute()
        return [job_id for job_id, owns in zip(job_ids, answers, strict=True) if owns]

    def workers(self) -> dict[Queue, int]:
        """Return how many live workers each queue has."""
        seconds, micros = self._client.time()
        since = seconds * 1000 + micros // 1000 - self._worker_ttl
        pipeline = self._client.pipeline(transaction=False)
        for queue in Queue:
            pipeline.zcount(f"{self._prefix}workers:{queue}", since, "+inf")
        return dict(zip(Queue, pipeline.execute(), strict=True))

    def account(self, name: str) -> str:
        """Return an account's tag; before any worker published one, the name stands for it."""
        return str(self._client.get(f"{self._prefix}account:{name}") or f"unpublished:{name}")


def _attempts(fields: dict[str, str], listed: list[str]) -> Iterable[Attempt]:
    for entry in listed:
        yield Attempt.from_record(json.loads(entry))
    if "attempt" in fields:
        yield Attempt.from_record(json.loads(fields["attempt"]))
