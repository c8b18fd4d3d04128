"""What the actions do, in a thread: each returns what became of every job, queue or cache named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redis import RedisError

from dashboard.pages.forms import Form
from dashboard.pages.selection import chosen, queue_of
from dashboard.store import Store
from shared.caches import CACHES
from shared.catalog import Queue
from shared.errors import CallError, InvalidArguments
from shared.ledger import Operator, Ruling, Seen
from shared.operations import CATALOG
from shared.replaying import replay
from shared.sealing import Sealer

_BREAKER_WORDS = ("closed", "open", "half-open")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one wish: done or not, a word for programs, a sentence for people.

    `state` is the job's state now, `new` the id of the job that a replay began.
    """

    which: str
    done: bool
    verdict: str
    message: str
    state: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Deeds:
    """The deeds of one operator, `who`."""

    store: Store
    sealer: Sealer
    who: str

    def cancel(self, form: Form) -> Iterator[Result]:
        """Cancel jobs for all of their clients."""
        return self._ruled(
            form, lambda job_id, seen: self._operator.cancel(job_id, by=self.who, seen=seen)
        )

    def try_now(self, form: Form) -> Iterator[Result]:
        """Let waiting jobs be due at once."""
        return self._ruled(
            form, lambda job_id, seen: self._operator.try_now(job_id, by=self.who, seen=seen)
        )

    def delete(self, form: Form) -> Iterator[Result]:
        """Forget jobs that have ended."""
        return self._ruled(form, lambda job_id, seen: self._operator.delete(job_id, seen=seen))

    def replay(self, form: Form) -> Iterator[Result]:
        """Do jobs again that ended without their work being done."""
        for job_id, seen in chosen(self.store.acting, form):
            yield self._replayed(job_id, seen)

    def pause(self, form: Form) -> Iterator[Result]:
        """Begin nothing more of some queues."""
        return self._rested(form, drain=False)

    def drain(self, form: Form) -> Iterator[Result]:
        """Do the same; the pages tell when nothing of them runs any more."""
        return self._rested(form, drain=True)

    def resume(self, form: Form) -> Iterator[Result]:
        """Let queues go on."""
        queues = _queues(form)
        rested, freed = self._operator.resume(queues)
        self.store.wake(freed)
        for queue in queues:
            done = queue in rested
            yield Result(queue, done, "resumed" if done else "not_paused", _SAID[done, "resume"])

    def reset_breaker(self, form: Form) -> Iterator[Result]:
        """Close the breaker of a service, for one account or all."""
        service, seen = queue_of(form.one("service")), form.one("state")
        if seen not in {"", *_BREAKER_WORDS}:
            raise InvalidArguments(f"state: one of {', '.join(_BREAKER_WORDS)}")
        for name, tag in self._accounts(form).items():
            which, now = f"{service} of {name}", self.store.guards.breaker(tag, service).state
            if seen not in {"", now}:
                yield Result(which, False, "moved", f"the breaker is {now} now", now)
                continue
            self.store.guards.reset(tag, service)
            yield Result(which, True, "closed", "the breaker is closed")

    def drop_cache(self, form: Form) -> Iterator[Result]:
        """Forget the answers of a cache, or of all, for one account or all."""
        name = form.one("cache")
        if name not in {"", *CACHES}:
            raise InvalidArguments(f"cache: one of {', '.join(CACHES)}")
        for account, tag in self._accounts(form).items():
            count = self.store.shelves.drop(tag, [name] if name else CACHES)
            which = f"{name or 'all caches'} of {account}"
            yield Result(which, True, "dropped", f"forgot {count} answers")

    @property
    def _operator(self) -> Operator:
        return self.store.operator

    def _ruled(self, form: Form, deed: Callable[[str, Seen], Ruling]) -> Iterator[Result]:
        for job_id, seen in chosen(self.store.acting, form):
            ruling = deed(job_id, seen)
            self.store.wake(ruling.freed)
            words = _RULED[ruling.verdict].format(
                state=ruling.state, detail=ruling.detail, seconds=ruling.wait_seconds
            )
            yield Result(job_id, ruling.done, ruling.verdict, words, ruling.state)

    def _replayed(self, job_id: str, seen: Seen) -> Result:
        job = self.store.acting.read(job_id)
        if job is None:
            return Result(job_id, False, "unknown_job", _RULED["unknown_job"])
        if seen.state not in {None, job.state}:
            words = _RULED["moved"].format(state=job.state)
            return Result(job_id, False, "moved", words, job.state)
        try:
            accepted = replay(
                self.store.acting, job, catalog=CATALOG, sealer=self.sealer, by=self.who
            )
        except CallError as error:
            words = f"{error.problem.message.rstrip('.')}. {error.problem.advice}"
            return Result(job_id, False, error.code, words, job.state)
        new = accepted.job_id or ""
        if accepted.verdict != "new":
            words = f"was replayed before, as job {new}"
            return Result(job_id, False, "replayed_before", words, job.state, new)
        self.store.wake(((job.queue, new),))
        return Result(job_id, True, "replayed", f"is done again as job {new}", job.state, new)

    def _rested(self, form: Form, *, drain: bool) -> Iterator[Result]:
        queues = _queues(form)
        changed = self._operator.pause(queues, by=self.who, drain=drain)
        for queue in queues:
            done = drain or queue in changed
            verdict = "paused" if queue in changed else "paused_before"
            words = _SAID[queue in changed, "pause"]
            if drain:
                words += f"; {self.store.acting.at_work(queue)} still run"
            yield Result(queue, done, verdict, words)

    def _accounts(self, form: Form) -> dict[str, str]:
        found, wanted = self.store.acting.accounts(), form.one("account")
        if not wanted:
            return found
        chosen_ones = {name: tag for name, tag in found.items() if wanted in {name, tag}}
        if not chosen_ones:
            raise InvalidArguments(f"account: one of {', '.join(found) or 'none so far'}")
        return chosen_ones


NAMES = (
    "cancel",
    "try_now",
    "replay",
    "delete",
    "pause",
    "resume",
    "drain",
    "reset_breaker",
    "drop_cache",
)
JOB_ACTIONS = frozenset(NAMES[:4])

_RULED = {
    "unknown_job": "there is no such job any more",
    "moved": "was left alone: it is {state} now",
    "final": "had ended: it is {state}",
    "open": "has not ended: it is {state}",
    "running": "runs just now",
    "behind": "waits behind job {detail}, which changes the same object",
    "in_doubt": "waits {seconds:.0f} s until its last request surely arrives no more",
    "paused": "its queue is paused: resume that",
    "cancelled": "cancelled: nothing is sent",
    "requested": "cancel requested: it was sent already, and ends with what became of it",
    "ended": "Infoblox had accepted it; it is not followed any further",
    "due": "is tried at once",
    "deleted": "deleted",
}
_SAID = {
    (True, "pause"): "is paused",
    (False, "pause"): "was paused already",
    (True, "resume"): "goes on",
    (False, "resume"): "was not paused",
}


def carried_out(deeds: Deeds, name: str, form: Form) -> list[Result]:
    """Do it; a store that goes away in the middle ends it, and what was done is told."""
    found: list[Result] = []
    results: Iterator[Result] = getattr(deeds, name)(form)
    try:
        found.extend(results)
    except RedisError:
        if not found:
            raise
        words = "the job store does not answer: what was left was perhaps not done"
        found.append(Result("the rest", False, "unavailable", words))
    return found


def _queues(form: Form) -> list[Queue]:
    found = list(dict.fromkeys(map(queue_of, form.all("queue"))))
    if not found:
        raise InvalidArguments("queue: is missing")
    return found
