"""A ledger of its own in a shared store, and hands that bring time forward without waiting."""

from __future__ import annotations

from itertools import count
from secrets import token_hex
from typing import Any

from redis import Redis

from shared.catalog import Queue
from shared.errors import Poisoned, UnknownOutcome
from shared.ledger import (
    SHARED_STARTS,
    Accepted,
    Claim,
    Denied,
    Job,
    Ledger,
    Operator,
    Outcome,
    Submission,
    Terms,
)

QUEUE = Queue.INFOBLOX
DEAD = Outcome("dead", problem=Poisoned("it took its workers down").problem)
UNKNOWN = Outcome("unknown", problem=UnknownOutcome("it took its workers down").problem)
GOOD = Outcome("done", {"id": "5"})
FAILED = Outcome("failed", problem=UnknownOutcome("no").problem)
SEND_SECONDS = 42.0

TERMS = Terms(
    lease=30_000,
    sweep=2_000,
    worker_ttl=8_000,
    read_ttl=600_000,
    job_ttl=86_400_000,
    join_after=600_000,
    read_deadline=120_000,
    write_deadline=1_800_000,
    queue_limit=100,
    poison_starts=3,
)
# Lost starts after which a job ends dead: those shared with others, then those alone.
LOST_STARTS = SHARED_STARTS + TERMS.poison_starts


class World:
    """One ledger under a prefix nobody else uses."""

    def __init__(self, client: Redis, *, terms: Terms = TERMS) -> None:
        self.client: Any = client
        self.terms = terms
        self.prefix = f"test-{token_hex(6)}:"
        self.ledger = Ledger(client, terms, prefix=self.prefix)
        self.operator = Operator(client, terms, prefix=self.prefix)
        self._numbers = count(1)

    # --- calls

    def write(self, *targets: str, **fields: Any) -> Submission:
        """Return a write; equal targets and arguments make equal calls."""
        return self._call(writes=True, targets=targets, **{"changes": ("subnet",)} | fields)

    def read(self, **fields: Any) -> Submission:
        """Return a read of subnets; all of them are equal calls."""
        return self._call(writes=False, **{"collections": ("subnet",)} | fields)

    def _call(self, **fields: Any) -> Submission:
        kind = "write" if fields["writes"] else "read"
        return Submission(
            **{
                "id": f"job-{next(self._numbers)}",
                "tool": "create_subnet" if fields["writes"] else "list_subnets",
                "queue": QUEUE,
                "account": "account",
                "client": "client",
                "arguments": {},
                "fingerprint": f"{kind}-{'-'.join(fields.get('targets', ()))}",
                "joins": True,
            }
            | fields
        )

    def accept(self, call: Submission) -> Accepted:
        return self.ledger.accept(call)

    def accepted(self, call: Submission) -> str:
        """Accept a call that must become a job of its own."""
        answer = self.accept(call)
        assert answer.verdict == "new", answer
        assert answer.job_id == call.id
        return call.id

    # --- workers

    def alive(self, *queues: Queue) -> None:
        for queue in queues or (QUEUE,):
            self.ledger.sweep(queue, worker="somebody", queued=1_000)

    def claim(self, job_id: str, *, owner: str = "w1", alone: bool = False) -> Claim | Denied:
        return self.ledger.claim(job_id, owner=owner, dead=DEAD, unknown=UNKNOWN, alone=alone)

    def claim_anyhow(self, job_id: str, *, owner: str = "w1") -> Claim | Denied:
        """Claim a job, alone where it must be, as a worker does."""
        claim = self.claim(job_id, owner=owner)
        if isinstance(claim, Denied) and claim.reason == "solo":
            return self.claim(job_id, owner=owner, alone=True)
        return claim

    def claimed(self, job_id: str, *, owner: str = "w1") -> Job:
        """Claim a job that must be granted."""
        claim = self.claim_anyhow(job_id, owner=owner)
        assert isinstance(claim, Claim), claim
        return claim.job

    def denied(self, job_id: str) -> Denied:
        claim = self.claim_anyhow(job_id)
        assert isinstance(claim, Denied), claim
        return claim

    def mark(self, job: Job, *, send_seconds: float = SEND_SECONDS) -> str:
        return self.ledger.mark_sending(job, send_seconds=send_seconds)

    def done(self, job_id: str, outcome: Outcome = GOOD) -> None:
        """Carry a job through to this outcome."""
        job = self.claimed(job_id)
        if job.writes:
            assert self.mark(job) == "ok"
        verdict, _ = self.ledger.finish(job, outcome)
        assert verdict == "ok"

    def job(self, job_id: str) -> Job:
        found = self.ledger.read(job_id)
        assert found is not None
        return found

    def state(self, job_id: str) -> str:
        return self.job(job_id).state

    # --- the store as it is

    def key(self, *parts: str) -> str:
        return self.prefix + ":".join(parts)

    def field(self, job_id: str, name: str) -> str | None:
        value: str | None = self.client.hget(self.key("job", job_id), name)
        return value

    def due(self, job_id: str, queue: Queue = QUEUE) -> float | None:
        score: float | None = self.client.zscore(self.key("due", queue), job_id)
        return score

    def now(self) -> int:
        seconds, micros = self.client.time()
        return int(seconds) * 1000 + int(micros) // 1000

    def names(self) -> list[str]:
        found = self.client.scan_iter(match=f"{self.prefix}*", count=10_000)
        return sorted(name for name in found if not name.startswith(f"{self.prefix}counts"))

    # --- time, without waiting for it

    def _past(self, job_id: str, name: str, seconds: float = 1) -> None:
        if self.field(job_id, name) is not None:
            then = self.now() - round(seconds * 1000)
            self.client.hset(self.key("job", job_id), name, then)

    def lose_lease(self, job_id: str, queue: Queue = QUEUE) -> None:
        """Let a lease run out, as if its worker were gone."""
        self._past(job_id, "lease")
        self.fall_due(job_id, queue)

    def fall_due(self, job_id: str, queue: Queue = QUEUE) -> None:
        """Let a wait be over."""
        self._past(job_id, "due")
        self.client.zadd(self.key("due", queue), {job_id: self.now() - 1000}, xx=True)

    def settle(self, job_id: str) -> None:
        """Let the time pass in which a request could still arrive."""
        self._past(job_id, "send_until")

    def age(self, job_id: str, seconds: float) -> None:
        """Let a job have ended so long ago."""
        self._past(job_id, "finished", seconds)

    def wait_is_over(self, job_id: str) -> None:
        """Let everything pass that a claim of this job waits for."""
        self.lose_lease(job_id)
        self.settle(job_id)
