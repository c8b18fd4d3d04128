"""A breaker per account and service, shared by all processes. The rules are in breaker.lua.

It has pybreaker's interface and words, but a request never runs inside its `call`: that would let
one request through at a time. `enter` and `leave` stand around it instead.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Literal

import pybreaker

from shared.catalog import Queue
from shared.clock import Clock
from shared.logs import get_logger
from workers.csp import Answer, Lost, NotSent
from workers.guard_store import GuardStore
from workers.permit import Held, Permit

FAILING = frozenset({500, 502, 503, 504})
_THROTTLED, _CLIENT_ERRORS = 429, 400
# How long a process trusts what it was told of an open breaker: one closed by hand opens soon.
_KNOWN_SECONDS = 1.0
# While one request tries the service out, the others look again this often.
_PROBING_SECONDS = 0.5

NOTHING: Mapping[str, str] = MappingProxyType({})

Outcome = Literal["success", "answered", "failure", "neutral"]
Reply = Answer | NotSent | Lost

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BreakerTerms:
    """After how many failures in a row a breaker opens, and for how long."""

    failures: int
    reset_seconds: float
    counts_read_timeouts: bool = False


def outcome_of(reply: Reply, *, counts_read_timeouts: bool) -> Outcome:
    """Return what a reply says of the service that gave it, or did not.

    `answered` is an answer that blames the request: it ends no count of failures, but it shows
    that the service is there again.
    """
    match reply:
        case Answer(status=status) if status in FAILING:
            return "failure"
        case Answer(status=status) if status == _THROTTLED:
            return "neutral"
        case Answer(status=status):
            return "answered" if status >= _CLIENT_ERRORS else "success"
        case Lost(timed_out=True):
            return "failure" if counts_read_timeouts else "neutral"
        case Lost(too_long=True) | NotSent(late=True):
            return "neutral"
        case _:
            return "failure"


class SharedStorage(pybreaker.CircuitBreakerStorage):
    """The state of one breaker in the store; without the store it counts as closed."""

    def __init__(self, run: Callable[..., Mapping[str, Any] | None]) -> None:
        super().__init__("shared")
        self._run = run

    def _seen(self) -> Mapping[str, Any]:
        return self._run("state") or {"state": pybreaker.STATE_CLOSED, "failures": 0}

    @property
    def state(self) -> str:
        """Return `closed`, `open` or `half-open`."""
        return str(self._seen()["state"])

    @state.setter
    def state(self, state: str) -> None:
        """Open or close it by hand; half-open comes by itself when its time is over."""
        if state != pybreaker.STATE_HALF_OPEN:
            self._run("close" if state == pybreaker.STATE_CLOSED else "open")

    @property
    def counter(self) -> int:
        """Return how many failures were counted in a row."""
        return int(self._seen()["failures"])

    @property
    def success_counter(self) -> int:
        """Return 0: one good probe is enough."""
        return 0

    @property
    def opened_at(self) -> datetime | None:
        """Return when it opened, by the store's clock."""
        opened = self._seen().get("opened_at")
        return datetime.fromtimestamp(opened / 1000, UTC) if opened is not None else None

    @opened_at.setter
    def opened_at(self, _when: datetime) -> None:
        """Leave the time to the store."""


class Logged(pybreaker.CircuitBreakerListener):
    """Says in the log what a breaker does."""

    def __init__(self, account: str, service: Queue) -> None:
        self._named = {"service": str(service), "account": account}

    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
        """Log that a breaker opened, tries or closed."""
        log.warning(
            "circuit_breaker_state_change",
            **self._named,
            old_state=old_state and old_state.name,
            new_state=new_state.name,
            failures=cb.fail_counter,
        )

    def failure(self, cb: Any, exc: BaseException) -> None:
        """Log a failure that was counted."""
        log.warning(
            "circuit_breaker_failure", **self._named, failures=cb.fail_counter, error=str(exc)
        )


class Breaker(pybreaker.CircuitBreaker):
    """The breaker of one service for one account."""

    def __init__(
        self, store: GuardStore, clock: Clock, terms: BreakerTerms, *, account: str, service: Queue
    ) -> None:
        self._store = store
        self._clock = clock
        self._terms = terms
        self._service = service
        self._account = account
        self._reopens = self._known_until = 0.0
        super().__init__(
            fail_max=terms.failures,
            reset_timeout=terms.reset_seconds,
            listeners=[Logged(account, service)],
            state_storage=SharedStorage(self._run),
            name=f"{account}:{service}",
        )

    def known_open(self) -> Held | None:
        """Refuse a request without asking the store, where it said so a moment ago."""
        now = self._clock.steady()
        return self._refusal(self._reopens - now) if now < self._known_until else None

    def enter(
        self, *, longest_seconds: float, goes_out: Mapping[str, str] = NOTHING
    ) -> Permit | Held:
        """Let a request through, as the one probe perhaps, or say when to come again.

        A probe that has said nothing after its longest time is given up, and another one tries.
        `goes_out` names the job, its fence and the request for the counts.
        """
        token = token_hex(8)
        probe = round(longest_seconds * 1000)
        found = self._run("enter", token=token, probe=probe, **goes_out) or _LET_IN
        self._tell(found)
        match found["verdict"]:
            case "go":
                return Permit(self._service, clears=found["failures"] > 0)
            case "probe":
                return Permit(self._service, probe=token)
            case "probing":
                text = "another request finds out whether the API is back"
                return Held(text, wait_seconds=_PROBING_SECONDS, why="probing")
        now, wait = self._clock.steady(), found["wait"] / 1000
        self._reopens, self._known_until = now + wait, now + min(wait, _KNOWN_SECONDS)
        return self._refusal(wait)

    def leave(self, permit: Permit, reply: Reply | None, *, fingerprint: str) -> None:
        """Tell what came of a request; None gives the permit back unused."""
        outcome: Outcome = "neutral"
        if reply is not None:
            counts = self._terms.counts_read_timeouts
            outcome = outcome_of(reply, counts_read_timeouts=counts)
        needless = outcome in {"neutral", "answered"} or (
            outcome == "success" and not permit.clears
        )
        if needless and permit.probe is None:
            return
        found = self._run("leave", token=permit.probe, outcome=outcome, fingerprint=fingerprint)
        if found and found.get("counted"):
            for listener in self.listeners:
                listener.failure(self, _error(reply))
        self._tell(found or {})

    def call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Refuse: pybreaker would let one request through at a time."""
        raise TypeError("a request stands between enter() and leave(), not inside call()")

    def _refusal(self, wait: float) -> Held:
        log.warning("circuit_breaker_open", service=str(self._service), account=self._account)
        return Held(f"API unavailable, retry in {ceil(wait)} s", wait_seconds=wait, why="open")

    def _tell(self, found: Mapping[str, Any]) -> None:
        if "new" in found:
            # What this process saw last may be long past.
            self._state = self._create_new_state(found["old"])
            self.state = found["new"]

    def _run(self, act: str, **given: Any) -> dict[str, Any] | None:
        terms = self._terms
        fixed = {
            "account": self._account,
            "service": self._service,
            "failures": terms.failures,
            "reset": round(terms.reset_seconds * 1000),
        }
        return self._store.run("breaker", {"act": act, **fixed, **given})


class Breakers:
    """The breakers of a process, one per account and service."""

    def __init__(self, store: GuardStore, clock: Clock, terms: BreakerTerms) -> None:
        self._store = store
        self._clock = clock
        self._terms = terms
        self._lock = threading.Lock()
        self._made: dict[tuple[str, Queue], Breaker] = {}

    def of(self, account: str, service: Queue) -> Breaker:
        """Return the breaker of a service for the account with this tag."""
        with self._lock:
            if (account, service) not in self._made:
                self._made[account, service] = Breaker(
                    self._store, self._clock, self._terms, account=account, service=service
                )
            return self._made[account, service]


# Without the store nothing is known against a service.
_LET_IN: Mapping[str, Any] = {"verdict": "go", "failures": 0}


def _error(reply: Reply | None) -> Exception:
    return reply if isinstance(reply, Exception) else RuntimeError(_said(reply))


def _said(reply: Answer | None) -> str:
    return f"answered {reply.status}: {reply.text}" if reply else "no answer"
