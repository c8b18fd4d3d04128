"""Small stand-ins for what a worker talks to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.catalog import Queue
from shared.ledger import Job
from shared.wire import Request
from workers.csp import Answer, Limits, Lost, NotSent

NOW = 1_700_000_000.0
Reply = Answer | NotSent | Lost


def job(**fields: Any) -> Job:
    """Return a claimed write that was accepted a second ago, unless told otherwise."""
    usual: dict[str, Any] = {
        "id": "job-1",
        "tool": "create_subnet",
        "queue": Queue.INFOBLOX,
        "writes": True,
        "account": "account",
        "client": "client",
        "arguments": {},
        "state": "running",
        "accepted": NOW - 1,
        "deadline": NOW + 1800,
        "fence": "1",
        "starts": 1,
        "tries": 0,
        "resends": 0,
        "waits": 0,
        "due": None,
        "note": "",
        "behind": None,
        "sending": False,
        "send_until": 0.0,
        "cancel_requested": False,
        "finished": None,
        "trace": "",
        "now": NOW,
        "outcome": None,
        "orphan": None,
    }
    return Job(**usual | fields)


class FakeApi:
    """Answers writes from a list, one after the other, and reads from a function."""

    def __init__(self, *writes: Reply, reads: Callable[[Request], Reply] | None = None) -> None:
        self._writes = list(writes)
        self._reads = reads or (lambda _request: Answer(200, {"results": []}))
        self.sent: list[Request] = []
        self.looked_up: list[Request] = []
        self.limits: list[Limits] = []
        self.send_before: list[float | None] = []

    def send(self, request: Request, *, limits: Limits, send_before: float | None = None) -> Answer:
        if request.safe:
            self.looked_up.append(request)
            reply = self._reads(request)
        else:
            self.sent.append(request)
            self.limits.append(limits)
            self.send_before.append(send_before)
            reply = self._writes.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


class FakeLedger:
    """Grants the permission to send, or does not."""

    def __init__(self, verdict: str = "ok") -> None:
        self._verdict = verdict
        self.marked: list[float] = []
        self.memo: dict[str, Any] | None = None

    def read(self, _job_id: str) -> Job | None:
        """Know nothing."""
        return None

    def mark_sending(
        self,
        _job: Job,
        *,
        send_seconds: float,
        memo: dict[str, Any] | None = None,
        call: str | None = None,
    ) -> str:
        assert call
        self.marked.append(send_seconds)
        self.memo = memo
        return self._verdict


class FakeClock:
    """A clock that moves when told."""

    def __init__(self, now: float = NOW, steady: float = 100.0) -> None:
        self._now = now
        self._steady = steady

    def now(self) -> float:
        return self._now

    def steady(self) -> float:
        return self._steady

    def sleep(self, seconds: float) -> None:
        self._now += seconds
        self._steady += seconds
