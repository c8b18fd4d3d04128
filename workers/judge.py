"""Deciding what an answer means. Pure: no clock is read here and nothing is sent.

409 is a conflict, except for a VPN configure, where it may mean "busy". 429 parks everything.
After 5xx, a time-out or a reset a write may have been applied: its outcome is in doubt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from shared.errors import (
    Busy,
    CallError,
    Conflict,
    Exhausted,
    NotConfigured,
    Refused,
    Unavailable,
)
from shared.ledger import Job
from workers.backoff import delay, full_jitter, retry_after_seconds
from workers.csp import Answer, Lost, NotSent
from workers.permit import Held
from workers.steps import Ended, Note, Parked, Step, failed

Reply = Answer | NotSent | Lost
Meaning = Literal["good", "throttled", "conflict", "refused", "in_doubt", "not_sent"]
IN_DOUBT = frozenset({500, 502, 503, 504})
CONFLICT, THROTTLED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 409, 429, 401, 403, 404
BAD_REQUEST = 400
READ_RETRIES = 3
_READ_BASE_SECONDS, _READ_CAP_SECONDS = 0.5, 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a job waits; `jitter` returns 0..1."""

    max_tries: int
    base_seconds: float
    cap_seconds: float
    jitter: Callable[[], float]

    def wait(self, attempt: int, asked: float | None) -> float:
        """Return the wait after this attempt: never sooner than the server asked."""
        return delay(
            attempt,
            base=self.base_seconds,
            cap=self.cap_seconds,
            asked=asked,
            jitter=self.jitter(),
        )


def meaning(reply: Reply) -> Meaning:
    """Return what a reply says about the request."""
    match reply:
        case NotSent():
            return "not_sent"
        case Lost():
            return "in_doubt"
        case Answer(status=status):
            return _meaning_of_status(status)


def _meaning_of_status(status: int) -> Meaning:
    named: dict[int, Meaning] = {THROTTLED: "throttled", CONFLICT: "conflict"}
    if 200 <= status < 300:  # noqa: PLR2004 - any 2xx is success
        return "good"
    if status in IN_DOUBT:
        return "in_doubt"
    return named.get(status, "refused")


def noted(reply: Reply, *, wait: float | None = None, wait_why: str = "", why: str = "") -> Note:
    """Return what the record keeps of an attempt."""
    if isinstance(reply, Answer):
        note: Note = {
            "status": reply.status,
            "retry_after": reply.retry_after,
            "request_id": reply.request_id,
            "why": why or ("" if reply.ok else reply.text),
        }
    else:
        note = {"why": why or str(reply)}
    return note | ({"wait": round(wait, 3), "wait_why": wait_why} if wait is not None else {})


def error_of(reply: Reply, *, asked: float | None = None) -> CallError:
    """Return the error a final refusal becomes; `asked` is the wait that the answer asks for."""
    if not isinstance(reply, Answer):
        return _unanswered(reply)
    text = (
        f"Infoblox answered {reply.status}: {reply.text}"
        if reply.text
        else (f"Infoblox answered {reply.status}")
    )
    match reply.status:
        case 401:
            return NotConfigured(
                text, advice="Check INFOBLOX_API_KEY of the workers: it is wrong or has expired."
            )
        case 409:
            return Conflict(text)
        case 429:
            return Busy(text, retry_after_seconds=asked or 60)
        case status if status in IN_DOUBT:
            return Unavailable(text, retry_after_seconds=asked or 30)
        case _:
            return Refused(text)


def _unanswered(reply: NotSent | Lost) -> CallError:
    if isinstance(reply, Held):
        kind = Busy if reply.why == "rate" else Unavailable
        return kind(str(reply), retry_after_seconds=reply.wait_seconds)
    return Unavailable(f"Infoblox could not be reached: {reply}", retry_after_seconds=10)


def held_step(held: Held, job: Job) -> Step:
    """Return the step of a job that a guard did not let out; nothing was sent or tried."""
    late = job.now + held.wait_seconds > job.deadline
    if not job.writes and (late or held.why == "open"):
        return failed(error_of(held))
    left = job.deadline - job.now
    wait = min(held.wait_seconds, left) if left > 0 else held.wait_seconds
    return Parked(wait, str(held), in_doubt=job.sending, held=True)


def read_step(
    reply: Reply,
    job: Job,
    patience: Patience,
    *,
    may_retry: Callable[[], bool] = lambda: True,
) -> Step:
    """Return the step after a read that was not answered well.

    `may_retry` says whether the process has a retry left: in an outage it soon has none.
    """
    if isinstance(reply, Held):
        return held_step(reply, job)
    says = meaning(reply)
    if says in {"refused", "conflict"}:
        return failed(error_of(reply), noted(reply))
    asked = _asked(reply, job)
    if says == "throttled":
        tries, wait = patience.max_tries, patience.wait(job.waits + 1, asked)
    else:
        tries = READ_RETRIES
        wait = asked or full_jitter(
            job.waits + 1,
            base=_READ_BASE_SECONDS,
            cap=_READ_CAP_SECONDS,
            jitter=patience.jitter(),
        )
    over = job.waits + 1 >= tries or job.now + wait > job.deadline
    if over or not (says == "throttled" or may_retry()):
        return failed(error_of(reply, asked=asked), noted(reply))
    said = noted(reply, wait=wait, wait_why=_reason(asked))
    return Parked(wait, _said(reply), said)


def parked_write(reply: Reply, job: Job, patience: Patience) -> Parked | Ended:
    """Return the step after a write that was surely not applied and may be tried again."""
    attempt = job.tries + 1
    asked = _asked(reply, job)
    wait = patience.wait(attempt, asked)
    if attempt >= patience.max_tries or job.now + wait > job.deadline:
        last = reply.text if isinstance(reply, Answer) else str(reply)
        return failed(
            Exhausted(f"{attempt} tries, none was accepted. The last answer: {last}"),
            noted(reply),
        )
    note = f"attempt {attempt} of {patience.max_tries} {_said(reply)}"
    return Parked(wait, note, noted(reply, wait=wait, wait_why=_reason(asked)))


def _reason(asked: float | None) -> str:
    return "back-off" if asked is None else "Retry-After"


def _asked(reply: Reply, job: Job) -> float | None:
    # A date is read by the store's clock, as it was at the claim: the worker's own may be wrong,
    # and a wait that is longer by the call is never too short.
    if not isinstance(reply, Answer):
        return None
    return retry_after_seconds(reply.retry_after, now=job.now)


def _said(reply: Reply) -> str:
    if isinstance(reply, Answer):
        return f"answered {reply.status}"
    return f"not sent: {reply}" if isinstance(reply, NotSent) else str(reply)
