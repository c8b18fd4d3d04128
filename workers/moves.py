"""What a job of several requests does next. Deciding is here; sending and waiting are elsewhere.

A procedure looks at what is there and returns one move. It is asked anew at every claim, so it
never trusts that an earlier move was carried out: whatever killed the worker in between, the world
and the memo tell how far the job has come.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.ledger import Job, Outcome
from shared.wire import Request
from workers.caller import Caller

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that procedures go by."""

    ready: float
    tunnel_rest: float

    @property
    def poll(self) -> float:
        """Return the pause between two looks at something that comes up: 15 s in an hour."""
        return min(15.0, self.ready / 240)


@dataclass(frozen=True, slots=True)
class Work:
    """What a procedure decides by; `look` is for reads only."""

    job: Job
    arguments: Mapping[str, Any]
    look: Caller
    times: Times

    @property
    def memo(self) -> Json:
        """Return what earlier moves left."""
        return self.job.memo

    @property
    def unsure(self) -> bool:
        """Tell whether an earlier request may have been carried out unseen."""
        return self.job.sending or bool(self.job.replays)


@dataclass(frozen=True, slots=True)
class Finished:
    """Everything is done."""

    result: Json | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do for so many seconds; the rest is as in `Parked`."""

    seconds: float
    note: str
    memo: Json | None = None
    release: bool = False
    instead: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request. `after` says what a good answer leads to; `memo` is kept before it goes
    out; `slow` requests get the long time-outs of a configure."""

    request: Request
    after: Callable[[Any], Finished | Wait]
    note: str
    memo: Json | None = None
    slow: bool = False

    @property
    def sign(self) -> str:
        """Return what tells this request from the job's other ones."""
        return f"{self.request.method} {self.request.path} {self.note}"


Move = Finished | Wait | Send
Procedure = Callable[[Work], Move]
