"""The ledger: every job's record in Redis. It is the truth; a Dramatiq message is only a hint.

Each transition is one Lua script on the server's clock. Scripts name their keys themselves, so the
store is one primary (Redis or Valkey, Sentinel included), not a cluster.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from redis import Redis

from shared.caches import Keep
from shared.catalog import Queue
from shared.ledger.answers import (
    Accepted,
    Behind,
    Cancelled,
    Claim,
    Denied,
    Freed,
    Interest,
    Round,
    freed,
)
from shared.ledger.reading import PREFIX, Readings
from shared.ledger.records import FORMAT, Job, Outcome, Submission
from shared.ledger.scripts import Scripts
from shared.ledger.terms import Terms, ms

NO_COUNTS: Mapping[str, int] = MappingProxyType({})
_BATCH = 200
_MOST_LISTED = 10_000
# Starts without a record after which a job gets a process to itself, and how soon it should.
SHARED_STARTS = 2
ALONE_WITHIN_SECONDS = 3.0


class Ledger(Readings):
    """Transitions and readings of job records. Redis errors pass through unchanged."""

    def __init__(self, client: "Redis", terms: Terms, *, prefix: str = PREFIX) -> None:
        super().__init__(client, prefix=prefix, worker_ttl=terms.worker_ttl)
        self._terms = terms
        self._scripts = Scripts(client, prefix)

    def accept(self, call: Submission) -> Accepted:
        """Accept a call, or say which job it is already part of, or why it has to wait."""
        terms = self._terms
        answer = self._scripts.run(
            "accept",
            {
                "format": FORMAT,
                **call.given,
                "most_listed": _MOST_LISTED,
                "deadline": terms.write_deadline if call.writes else terms.read_deadline,
                "queue_limit": terms.queue_limit,
                "rate": terms.rate,
                "worker_ttl": terms.worker_ttl,
                "sweep": terms.sweep,
                "join_after": terms.join_after,
                "job_ttl": terms.job_ttl,
            },
        )
        return Accepted.from_answer(answer)

    def claim(
        self,
        job_id: str,
        *,
        owner: str,
        dead: Outcome,
        unknown: Outcome,
        alone: bool = False,
        settle_seconds: float | None = None,
    ) -> Claim | Denied:
        """Claim a job for one attempt; `dead` and `unknown` end one that kills its workers.

        One that lost its workers before is denied with `solo`, unless it runs `alone` in a process.
        `settle_seconds` is given where a store that was restarted may have forgotten what was sent:
        a write from before that counts as sent, and as on its way for so long.
        """
        answer = self._scripts.run(
            "claim",
            {
                "format": FORMAT,
                "id": job_id,
                "owner": owner,
                "settle": ms(settle_seconds) if settle_seconds is not None else None,
                "lease": self._terms.lease,
                "poison_starts": self._terms.poison_starts,
                "shared_starts": SHARED_STARTS,
                "alone": alone or None,
                "alone_within": ms(ALONE_WITHIN_SECONDS),
                "dead": dead.encoded(),
                "unknown": unknown.encoded(),
                **self._endings(),
            },
        )
        if answer["verdict"] != "ok":
            behind = Behind.from_answer(answer) if "line" in answer else None
            return Denied(answer["verdict"], freed(answer), answer.get("detail"), behind)
        job = Job.from_record(answer["job"], answer["now"] / 1000)
        return Claim(job, answer.get("lost_by"), answer.get("held_up", 0) / 1000)

    def mark_sending(
        self,
        job: Job,
        *,
        send_seconds: float,
        memo: dict[str, Any] | None = None,
        call: str | None = None,
    ) -> str:
        """Ask to send the write of this attempt: `ok`, or cancelled, lost, early, answered.

        `call` are the labels it is counted under as unknown if its worker is lost.
        """
        answer = self._scripts.run(
            "mark",
            {
                "format": FORMAT,
                "id": job.id,
                "fence": job.fence,
                "send": ms(send_seconds),
                "memo": _kept(memo),
                "call": call,
            },
        )
        return str(answer["verdict"])

    def park(
        self,
        job: Job,
        *,
        wait_seconds: float,
        note: str,
        attempt: dict[str, Any] | None = None,
        in_doubt: bool = False,
        memo: dict[str, Any] | None = None,
        release: bool = False,
        instead: Outcome | None = None,
        held: bool = False,
        counts: Mapping[str, int] = NO_COUNTS,
        wake_at: int | None = None,
    ) -> tuple[bool, Freed]:
        """Put a claimed job back until it is due; `in_doubt` keeps the mark of an unknown send.

        A job whose cancelling was asked for ends here, unless its last request is in doubt.
        `memo` is kept for the next attempt, `release` lets the next write on its targets go on,
        `instead` is what it ends as when it is cancelled, or kills its workers, from now on.
        `held` is a job that nothing was tried for: it counts neither as a start nor as a wait.
        `counts` are those of the attempt; see counting.py.
        `wake_at` is for a bulk: it is due as soon as so many of its own calls have ended in all.
        """
        answer = self._scripts.run(
            "park",
            {
                "id": job.id,
                "fence": job.fence,
                "wait": ms(wait_seconds),
                "note": note,
                "attempt": _plain(attempt),
                "in_doubt": in_doubt or None,
                "held": held or None,
                "counts": counts or None,
                "wake_at": wake_at,
                "cancelling": job.cancel_requested or None,
                "format": FORMAT,
                "memo": _kept(memo),
                "release": release or None,
                "instead": instead and {"state": instead.state, "outcome": instead.encoded()},
                "outcome": Outcome("cancelled").encoded(),
                **self._endings(),
            },
        )
        return answer["verdict"] == "ok", freed(answer)

    def finish(
        self,
        job: Job,
        outcome: Outcome,
        *,
        attempt: dict[str, Any] | None = None,
        keep: Keep | None = None,
        counts: Mapping[str, int] = NO_COUNTS,
    ) -> tuple[str, Freed]:
        """End a job: `ok`, `final` (it ended before) or `lost` (the answer waits for the owner).

        `keep` puts its answer into a cache if nothing has changed since it was accepted.
        """
        answer = self._scripts.run(
            "finish",
            {
                "id": job.id,
                "fence": job.fence,
                "state": outcome.state,
                "outcome": outcome.encoded(),
                "attempt": _plain(attempt),
                "keep": keep.terms if keep else None,
                "counts": counts or None,
                **self._endings(),
            },
        )
        return str(answer["verdict"]), freed(answer)

    def cancel(self, job_id: str, *, client: str, view: bool = False) -> Cancelled:
        """Withdraw a client's interest; the last one cancels what was not sent yet.

        With `view` the job counts as withdrawn from for this client, even when it goes on.
        """
        answer = self._scripts.run(
            "cancel",
            {
                "id": job_id,
                "client": client,
                "view": view or None,
                "outcome": Outcome("cancelled").encoded(),
                **self._endings(),
            },
        )
        return Cancelled(answer["verdict"], freed(answer))

    def watch(self, job_id: str, *, client: str, front: str | None = None) -> bool:
        """Follow a job of this client's; False when there is none (or it is another client's)."""
        return self.interest(job_id, client=client, front=front).takes_part

    def interest(self, job_id: str, *, client: str, front: str | None = None) -> Interest:
        """Follow a job like `watch`, and say whether the client has withdrawn from it."""
        answer = self._scripts.run(
            "watch",
            {
                "id": job_id,
                "client": client,
                "front": front,
                "read_deadline": self._terms.read_deadline,
            },
        )
        return Interest(answer["verdict"] == "ok", bool(answer["withdrawn"]))

    def renew(self, jobs: Iterable[Job]) -> frozenset[str]:
        """Prolong the leases of these jobs; return the ids of those that were taken away."""
        held = [(job.id, job.fence) for job in jobs]
        answer = self._scripts.run("renew", {"held": held, "lease": self._terms.lease})
        return frozenset(answer["lost"])

    def sweep(
        self, queue: Queue, *, worker: str, queued: int, facts: Mapping[str, Any] | None = None
    ) -> Round:
        """Report a worker alive and find jobs of its queue that need a hint.

        `facts` is what pages tell of the worker: release, threads, since when it runs.
        """
        answer = self._scripts.run(
            "sweep",
            {
                "queue": queue,
                "worker": worker,
                "queued": queued,
                "facts": _kept(dict(facts)) if facts else None,
                "batch": _BATCH,
                "lease": self._terms.lease,
                "worker_ttl": self._terms.worker_ttl,
                **self._endings(),
            },
        )
        due = answer.get("next_due")
        after = max(0.0, (due - answer["now"]) / 1000) if due is not None else None
        return Round(tuple(answer["ids"]), after)

    def leave(self, queue: Queue, *, worker: str) -> None:
        """Take a worker that stops off the list of the living."""
        self._client.zrem(f"{self._prefix}workers:{queue}", worker)

    def publish_account(self, name: str, tag: str) -> None:
        """Say which credential an account name stands for, without saying the credential."""
        pipeline = self._client.pipeline()
        pipeline.set(f"{self._prefix}account:{name}", tag)
        pipeline.sadd(f"{self._prefix}accounts", name)
        pipeline.execute()

    def _endings(self) -> dict[str, int]:
        terms = self._terms
        return {
            "read_ttl": terms.read_ttl,
            "job_ttl": terms.job_ttl,
            "join_after": terms.join_after,
        }


def _plain(attempt: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attempt or {}).items() if value is not None}


def _kept(memo: dict[str, Any] | None) -> str | None:
    return json.dumps(memo, separators=(",", ":")) if memo is not None else None
