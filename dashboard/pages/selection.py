"""Which jobs an action is about: some that are named, or all that match what a page showed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.pages.forms import Form
from shared.catalog import Queue
from shared.errors import Conflict, InvalidArguments
from shared.ledger import FINAL, STATES, Job, Ledger, Seen

MOST_JOBS = 1000
_PAGE = 200
# What ended so long ago may have been open when the page was drawn.
_MEANWHILE_SECONDS = 900.0

Chosen = list[tuple[str, Seen]]


class Changed(Conflict):
    """What the page showed is not what there is now."""

    advice = "Look at the list again, then repeat the action."


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of jobs shows; `account` is a tag, and the text occurs in id, tool, arguments,
    note or who asked, in any case."""

    queue: Queue | None = None
    tool: str = ""
    state: str | None = None
    account: str = ""
    text: str = ""

    @classmethod
    def from_form(cls, form: Form, accounts: Mapping[str, str]) -> "Filter":
        """Read the fields; raise InvalidArguments for what there is not."""
        queue, state = form.one("queue"), form.one("state") or None
        if state is not None and state not in STATES:
            raise InvalidArguments(f"state: one of {', '.join(sorted(STATES))}")
        account = form.one("account")
        if account and account not in accounts:
            raise InvalidArguments(f"account: one of {', '.join(accounts) or 'none so far'}")
        return cls(
            queue_of(queue) if queue else None,
            form.one("tool"),
            state,
            accounts[account] if account else "",
            form.one("text").strip(),
        )

    def matches(self, job: Job) -> bool:
        """Tell whether a job of the right queue and state has the tool and the text."""
        if self.tool not in {"", job.tool} or self.account not in {"", job.account}:
            return False
        kind = "write" if job.writes else "read"
        arguments = json.dumps(job.arguments, separators=(",", ":"))
        places = (job.id, job.state, job.tool, kind, job.account, arguments, job.note, job.client)
        return self.text.lower() in "\n".join((*places, job.asked_by)).lower()

    def jobs(self, ledger: Ledger, *, any_state: bool = False) -> Iterator[Job]:
        """Return the jobs that match, the newest first, to the end of the list."""
        state: Any = None if any_state else self.state
        cursor = None
        while True:
            page = ledger.listed(state=state, queue=self.queue, limit=_PAGE, cursor=cursor)
            yield from filter(self.matches, page.jobs)
            cursor = page.cursor
            if cursor is None:
                return


def chosen(ledger: Ledger, form: Form) -> Chosen:
    """Return the jobs that a form is about, each with what was seen of it.

    Raises InvalidArguments for a form that says neither or too much, Changed where more or fewer
    jobs match than the page showed and that is not because some have ended.
    """
    ids = form.all("job")
    if ids:
        return _named(ids, form.all("state"))
    if not form.one("count").isdecimal():
        raise InvalidArguments("job: is missing; or say with `count` how many match the filter")
    wanted = Filter.from_form(form, ledger.accounts())
    return _matching(ledger, wanted, shown=int(form.one("count")))


def _named(ids: list[str], states: list[str]) -> Chosen:
    if len(ids) > MOST_JOBS:
        raise InvalidArguments(f"job: at most {MOST_JOBS} in one action")
    if len(states) not in {1, len(ids)}:
        raise InvalidArguments("state: say once, or for each job, what you saw it in")
    seen = [Seen.from_text(state) for state in states]
    return list(zip(ids, seen if len(seen) == len(ids) else seen * len(ids), strict=True))


def _matching(ledger: Ledger, wanted: Filter, *, shown: int) -> Chosen:
    found: Chosen = []
    for job in wanted.jobs(ledger):
        found.append((job.id, Seen(job.state, job.fence)))
        if len(found) > MOST_JOBS:
            raise InvalidArguments(f"count: more than {MOST_JOBS} match; narrow the filter")
    if len(found) > shown:
        raise Changed(f"{len(found) - shown} more match now: {len(found)} instead of {shown}")
    missing = shown - len(found)
    if missing and missing > (ended := _ended(ledger, wanted)):
        raise Changed(
            f"{missing} fewer match now, {len(found)} instead of {shown}; {ended} of them ended"
        )
    return found


def _ended(ledger: Ledger, wanted: Filter) -> int:
    """Return how many may have left the list because they ended."""
    if wanted.state in FINAL:
        return 0
    return sum(
        job.finished is not None and job.now - job.finished < _MEANWHILE_SECONDS
        for job in wanted.jobs(ledger, any_state=True)
    )


def queue_of(name: str) -> Queue:
    """Return a queue by its name."""
    try:
        return Queue(name)
    except ValueError:
        raise InvalidArguments(f"queue: one of {', '.join(Queue)}") from None
