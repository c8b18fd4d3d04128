"""How far a bulk has come, and what it does next. Nothing is read, sent or awaited here.

A call is known by its index. Its job's id follows from the bulk's, so that an owner that takes the
bulk over hands no call in twice, whatever the one before it had written down.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from shared.errors import CallError, Expired, Poisoned, Problem
from shared.ledger import Job, Outcome
from shared.operations.bulk import MOST_CALLS

Json = dict[str, Any]
Stop = Literal["", "cancelled", "error", "stalled"]
# More of them are counted only: the answer is for a reader.
MOST_LISTED = 100
_LONGEST_MESSAGE = 300
_DIGITS = len(str(MOST_CALLS - 1)) + 1
_WORDS = {"done": "done", "failed": "failed", "unknown": "unknown", "cancelled": "cancelled"}
_ENDS_AS = {"done": "done", "cancelled": "cancelled", "unknown": "unknown"}


def child_id(bulk_id: str, index: int) -> str:
    """Return the id of a call's job."""
    return f"{bulk_id}-{index:0{_DIGITS}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What is known of the calls of a bulk; every change is a new book.

    next     the first call that was not handed in    open    index -> job of those that go on
    ended    how many ended in which way              listed  what is told of those that did not
    moved    when a call was last handed in or ended          well
    stop     why no more are handed in
    """

    total: int
    moved: float
    next: int = 0
    open: Mapping[int, str] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)
    listed: tuple[Json, ...] = ()
    stop: Stop = ""

    @classmethod
    def of(cls, job: Job) -> "Book":
        """Return the book as the last owner left it, or a fresh one."""
        kept = job.memo.get("book")
        total = len(job.arguments["calls"])
        if kept is None:
            return cls(total=total, moved=job.now)
        opened = {int(index): job_id for index, job_id in kept["open"].items()}
        return cls(**kept | {"total": total, "open": opened, "listed": tuple(kept["listed"])})

    @property
    def memo(self) -> Json:
        """Return what the next owner is left."""
        names = ("moved", "next", "open", "ended", "listed", "stop")
        return {"book": {name: getattr(self, name) for name in names}}

    # --- what happened

    def handed_in(self, index: int, job_id: str, *, now: float) -> "Book":
        """Note that a call is a job now, its own or one that it joined."""
        return replace(
            self, next=max(self.next, index + 1), open={**self.open, index: job_id}, moved=now
        )

    def refused(self, index: int, tool: str, problem: Problem) -> "Book":
        """Note that a call can never become a job."""
        book = replace(self, next=max(self.next, index + 1))
        return book._with(index, "failed", {"tool": tool, "error": _said(problem)})

    def saw(self, index: int, job: Job) -> "Book":
        """Note how the job of a call has ended."""
        left = {other: job_id for other, job_id in self.open.items() if other != index}
        book = replace(self, open=left, moved=job.now)
        state = _ENDS_AS.get(job.state, "failed")
        problem = job.outcome.problem if job.outcome else None
        told: Json = {"tool": job.tool, "job_id": job.id}
        return book._with(index, state, told | ({"error": _said(problem)} if problem else {}))

    def lost(self, index: int, tool: str, problem: Problem) -> "Book":
        """Note that the record of an open call is gone, and nobody can tell how it went."""
        left = {other: job_id for other, job_id in self.open.items() if other != index}
        book = replace(self, open=left)
        return book._with(index, "unknown", {"tool": tool, "error": _said(problem)})

    def _with(self, index: int, state: str, told: Json) -> "Book":
        ended = Counter(self.ended)
        ended[state] += 1
        listed = self.listed
        if state in {"failed", "unknown"} and len(listed) < MOST_LISTED:
            listed = (*listed, {"index": index, "status": state} | told)
        return replace(self, ended=dict(ended), listed=listed)

    # --- what is next

    def stopped(
        self, *, cancelled: bool, on_error: bool, now: float, patience_seconds: float
    ) -> "Book":
        """Return the book with the reason to hand nothing in any more, if there is one."""
        if self.stop or self.over:
            return self
        reasons: Iterable[tuple[bool, Stop]] = (
            (cancelled, "cancelled"),
            (on_error and self.failures > 0, "error"),
            (not self.open and now - self.moved > patience_seconds, "stalled"),
        )
        return replace(self, stop=next((stop for found, stop in reasons if found), ""))

    def wanted(self, width: int) -> range:
        """Return the calls to hand in now, so that so many are open at most."""
        room = 0 if self.stop else max(0, width - len(self.open))
        return range(self.next, min(self.total, self.next + room))

    def wakes_after(self, bulk_id: str, width: int) -> int:
        """Return how many of its own jobs must end until it is worth going on."""
        own = sum(job_id == child_id(bulk_id, index) for index, job_id in self.open.items())
        more = not self.stop and self.next < self.total
        # Half of them at a time: each round costs as much as a call.
        return max(1, min(own, width // 2) if more else own)

    @property
    def over(self) -> bool:
        """Tell whether nothing is open and nothing will be handed in."""
        return not self.open and (bool(self.stop) or self.next == self.total)

    # --- what is told

    @property
    def failures(self) -> int:
        """Return how many calls ended neither well nor cancelled."""
        return self.ended.get("failed", 0) + self.ended.get("unknown", 0)

    @property
    def not_sent(self) -> int:
        """Return how many calls never became a job."""
        return self.total - sum(self.ended.values()) - len(self.open)

    @property
    def words(self) -> str:
        """Say how far it is: n of m."""
        others = [f"{self.ended[name]} {name}" for name in _WORDS if self.ended.get(name)]
        others = [text for text in others if not text.endswith(" done")]
        return ", ".join([f"{self.ended.get('done', 0)} of {self.total} done", *others])

    def result(self, bulk_id: str) -> Json:
        """Return what the caller is told, at the end or on the way."""
        not_sent = self.not_sent
        facts: Json = {
            "summary": self.words + (f", {not_sent} not sent" if not_sent else ""),
            "total": self.total,
            **{name: self.ended.get(name, 0) for name in _WORDS},
            "not_sent": not_sent,
            "failures": list(self.listed),
            "jobs": f"{child_id(bulk_id, 0)} to {child_id(bulk_id, self.total - 1)}",
        }
        unlisted = self.failures - len(self.listed)
        return facts | ({"failures_not_listed": unlisted} if unlisted else {})

    def outcome(self, bulk_id: str) -> Outcome:
        """Return how the bulk ends: done, if one call is at least and nothing stopped it."""
        result = self.result(bulk_id)
        if self.stop == "cancelled" and (self.not_sent or self.ended.get("cancelled")):
            return Outcome("cancelled", result)
        if self.stop == "stalled":
            message = f"no call could be handed in for long; {result['summary']}"
            return Outcome("failed", result, Expired(message, advice=_REST).problem)
        if self.stop == "error" or (self.failures and not self.ended.get("done")):
            return Outcome("failed", result, self._first_problem())
        return Outcome("done", result)

    def given_up(self, bulk_id: str) -> Outcome:
        """Return what is said of a bulk that takes its workers down; its calls outlive it."""
        message = f"every start of this bulk took its worker down; {self.words} before that"
        result = self.result(bulk_id) | {"failures": []}
        return Outcome("failed", result, Poisoned(message, advice=_OUTLIVED).problem)

    def _first_problem(self) -> Problem:
        first = self.listed[0]
        error = first.get("error") or CallError("it did not say why").problem.as_dict()
        problem = Problem.from_dict(error)
        message = f"call {first['index']} ({first['tool']}): {problem.message}"
        return replace(problem, message=f"{message} ({self.words})")


_OUTLIVED = (
    "Read the worker's log. The calls that were handed in go on: job_status with an id of `jobs` "
    "says how each ends."
)
_REST = "`result` says what was done; call the tool again with the calls that were not sent."


def _said(problem: Problem) -> Json:
    short = problem.message[:_LONGEST_MESSAGE]
    return replace(problem, message=short).as_dict()
