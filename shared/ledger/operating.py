"""What an operator may do to jobs and queues, whoever called. Each deed is one script."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis import Redis

from shared.catalog import Queue
from shared.errors import InvalidArguments, Problem
from shared.ledger.answers import Freed, freed
from shared.ledger.reading import PREFIX
from shared.ledger.records import STATES, Outcome
from shared.ledger.scripts import Scripts
from shared.ledger.terms import Terms

# Jobs that are hinted at when a queue goes on; a sweep finds the others.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed of a job: its state, and the fence where that matters too."""

    state: str | None = None
    fence: str | None = None

    @classmethod
    def from_text(cls, text: str) -> "Seen":
        """Read `waiting` or `waiting:3`; raise InvalidArguments for anything else."""
        state, _, fence = text.partition(":")
        if state not in STATES or not (fence.isdecimal() or not fence) or len(text) > len(_LONGEST):
            raise InvalidArguments("state: is not what a page showed, such as waiting or waiting:3")
        return cls(state, fence or None)


ANYTHING = Seen()
_LONGEST = "cancelled:1234567890"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of an operator's wish, and the state the job is in now.

    verdict  unknown_job, moved (its state is not what was seen), final, open, running, behind,
             in_doubt, paused: refused. cancelled, requested, ended, due, deleted: done
    detail   the job it is behind      wait_seconds  until a request surely arrives no more
    """

    verdict: str
    state: str | None = None
    freed: Freed = ()
    detail: str | None = None
    wait_seconds: float = 0.0

    @property
    def done(self) -> bool:
        """Tell whether the wish was granted."""
        return self.verdict in {"cancelled", "requested", "ended", "due", "deleted"}


class Operator:
    """The deeds. `by` is who did it; whatever is `freed` wants a hint. Redis errors pass through.

    `seen` is the state that whoever asks has in mind: a job in another one is left alone.
    """

    def __init__(self, client: "Redis", terms: Terms, *, prefix: str = PREFIX) -> None:
        self._scripts = Scripts(client, prefix)
        self._terms = terms

    def pause(self, queues: Iterable[Queue], *, by: str, drain: bool = False) -> frozenset[Queue]:
        """Let queues rest until they are resumed; return those that did not rest before.

        Their jobs are accepted and wait. `drain` only says why: what runs is waited for.
        """
        wish = {"queues": list(queues), "by": by, "drain": drain or None}
        return frozenset(map(Queue, self._scripts.run("pause", wish)["changed"]))

    def resume(self, queues: Iterable[Queue]) -> tuple[frozenset[Queue], Freed]:
        """Let queues go on; return those that rested, and their jobs that are due."""
        answer = self._scripts.run("resume", {"queues": list(queues), "batch": _BATCH})
        return frozenset(map(Queue, answer["changed"])), freed(answer)

    def cancel(self, job_id: str, *, by: str, seen: Seen = ANYTHING) -> Ruling:
        """Cancel a job for all of its clients; what was sent already ends with the truth."""
        problem = Problem(
            "refused",
            f"An operator ({by}) cancelled the job. Nothing more is sent.",
            "Ask whoever runs this server, before you call again.",
        )
        outcome = Outcome("cancelled", problem=problem).encoded()
        terms = self._terms
        endings = {
            "read_ttl": terms.read_ttl,
            "job_ttl": terms.job_ttl,
            "join_after": terms.join_after,
        }
        return self._ruled("cancel", job_id, seen, by=by, outcome=outcome, **endings)

    def try_now(self, job_id: str, *, by: str, seen: Seen = ANYTHING) -> Ruling:
        """Let a job that waits be due at once; never before a request of it may still arrive."""
        return self._ruled("hasten", job_id, seen, by=by)

    def delete(self, job_id: str, *, seen: Seen = ANYTHING) -> Ruling:
        """Forget a job that has ended; an equal call is then a new one, also with its key."""
        return self._ruled("delete", job_id, seen)

    # Scripts, ids and what was seen come in this order everywhere.
    def _ruled(self, name: str, job_id: str, seen: Seen, **given: Any) -> Ruling:
        wish = {"id": job_id, "state": seen.state, "fence": seen.fence, **given}
        answer = self._scripts.run(name, wish)
        return Ruling(
            answer["verdict"],
            answer.get("state"),
            freed(answer),
            answer.get("detail"),
            answer.get("wait", 0) / 1000,
        )
