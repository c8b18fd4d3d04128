"""What all processes know of an account's rate and of its services' breakers."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from shared.catalog import Queue
from shared.ledger.reading import PREFIX
from shared.ledger.scripts import Scripts

SCRIPTS = ("breaker", "limiter")


def scripts(client: "Redis", *, prefix: str = PREFIX) -> Scripts:
    """Return what runs the scripts of the guards."""
    return Scripts(client, prefix, package=__package__, names=SCRIPTS)


def service_of(path: str) -> Queue:
    """Return the service a request goes to: it has the breaker that guards the request.

    The path decides, not the queue: a job of one queue may ask another service on its way.
    """
    return next((queue for start, queue in _SERVICES if path.startswith(start)), Queue.INFOBLOX)


_SERVICES = (
    ("/api/universalinfra/", Queue.NIOSXAAS),
    ("/api/iam/", Queue.NIOSXAAS),
    ("/api/infra/v1/locations", Queue.NIOSXAAS),
    ("/api/ddi/v1/dns/universal_service", Queue.NIOSXAAS),
    ("/api/atcfw/", Queue.ATCFW),
    ("/api/atcdfp/", Queue.ATCFW),
    ("/api/v1/insights", Queue.INSIGHTS),
    ("/api/v2/insights", Queue.INSIGHTS),
    ("/api/insights/", Queue.INSIGHTS),
)


@dataclass(frozen=True, slots=True)
class LimiterState:
    """An account's rate: requests per second as they are let through now, and who waits.

    `most_per_second` is the rate it comes back to. The first four are None before the first
    request, and where there is no limit.
    """

    tokens: float | None
    rate_per_second: float | None
    most_per_second: float | None
    burst: int | None
    pause_seconds: float
    throttled_in_last_hour: int
    waiting: int


@dataclass(frozen=True, slots=True)
class BreakerState:
    """A breaker in pybreaker's words: `closed`, `open` or `half-open`; times by the store."""

    state: str
    failures: int
    reopens_in_seconds: float
    opened_at: float | None


class GuardStates:
    """Looks at the guards and sets them by hand. Redis errors pass through unchanged."""

    def __init__(self, client: "Redis", *, prefix: str = PREFIX) -> None:
        self._scripts = scripts(client, prefix=prefix)

    def limiter(self, account: str) -> LimiterState:
        """Return the state of an account's rate; the account is named by its tag."""
        found = self._scripts.run("limiter", {"act": "state", "account": account})
        return LimiterState(
            tokens=found.get("tokens"),
            rate_per_second=found.get("rate"),
            most_per_second=found.get("most"),
            burst=found.get("burst"),
            pause_seconds=found["pause"] / 1000,
            throttled_in_last_hour=found["hits"],
            waiting=found["waiting"],
        )

    def breaker(self, account: str, service: Queue) -> BreakerState:
        """Return the state of one breaker."""
        found = self._breaker("state", account, service)
        opened = found.get("opened_at")
        return BreakerState(
            state=found["state"],
            failures=found["failures"],
            reopens_in_seconds=found["wait"] / 1000,
            opened_at=opened / 1000 if opened is not None else None,
        )

    def reset(self, account: str, service: Queue) -> None:
        """Close a breaker by hand, whatever it has counted."""
        self._breaker("close", account, service)

    def open(self, account: str, service: Queue, *, seconds: float) -> None:
        """Open a breaker by hand: the service is left alone for so long."""
        self._breaker("open", account, service, reset=round(seconds * 1000))

    def _breaker(self, act: str, account: str, service: Queue, **given: Any) -> dict[str, Any]:
        named = {"act": act, "account": account, "service": service}
        return self._scripts.run("breaker", {**named, **given})
