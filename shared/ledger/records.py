"""What the ledger says of a job, as values. Times are seconds since the epoch, by the store."""

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from shared.catalog import Queue
from shared.errors import Problem

State = Literal["accepted", "running", "waiting", "done", "failed", "cancelled", "dead", "unknown"]
FinalState = Literal["done", "failed", "cancelled", "dead", "unknown"]
STATES: frozenset[str] = frozenset(get_args(State))
FINAL: frozenset[str] = frozenset(get_args(FinalState))
# Raised when a release could harm what an older one wrote, or the other way round. This one reads
# its own and the one before, which had no memo and compressed nothing: reading it takes no more.
FORMAT = 2
# A page of a list takes up to 80 kB, and at ten a second six thousand of them are kept.
_LONGEST_PLAIN = 16_384
_PACKED = "zlib:"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: a result, or a problem, or neither for a cancelled one."""

    state: FinalState
    result: Json | None = None
    problem: Problem | None = None

    def encoded(self) -> str:
        """Return what the record keeps; a long result is compressed to about a tenth."""
        fields: Json = {}
        if self.result is not None:
            fields["result"] = self.result
        if self.problem is not None:
            fields["error"] = self.problem.as_dict()
        text = json.dumps(fields, separators=(",", ":"))
        return text if len(text) <= _LONGEST_PLAIN else _packed(text)

    @classmethod
    def decoded(cls, state: FinalState, text: str) -> "Outcome":
        """Read an outcome back from the record."""
        fields = json.loads(_unpacked(text) if text.startswith(_PACKED) else text)
        error = fields.get("error")
        return cls(state, fields.get("result"), Problem.from_dict(error) if error else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A validated call, ready to be accepted. `account` is the published HMAC, not a name.

    `replays` are the ids of the ended jobs that it repeats, the latest first; `asked_by` is the
    client's program, such as "Claude 1.2". `cache` may answer it; `refresh` wants a new answer;
    `holds` is the source of the answer the caller has. `gathers` is a bulk, the `parent` of others.
    """

    id: str
    tool: str
    queue: Queue
    writes: bool
    account: str
    client: str
    arguments: Json
    fingerprint: str
    joins: bool
    front: str | None = None
    idempotency_key: str | None = None
    collections: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    replays: tuple[str, ...] = ()
    asked_by: str | None = None
    note: str | None = None
    trace: str = ""
    cache: str | None = None
    refresh: bool = False
    holds: str | None = None
    gathers: bool = False
    parent: str | None = None
    parent_fence: str | None = None

    @property
    def given(self) -> Json:
        """Return what the ledger's script is told of it."""
        return {
            "id": self.id,
            "tool": self.tool,
            "queue": self.queue,
            "kind": "write" if self.writes else "read",
            "account": self.account,
            "client": self.client,
            "front": self.front,
            "arguments": json.dumps(self.arguments, separators=(",", ":")),
            "fingerprint": self.fingerprint,
            "join": self.joins or None,
            "idempotency": self.idempotency_key,
            "collections": self.collections,
            "changes": self.changes,
            "targets": self.targets,
            "replays": self.replays,
            "asked_by": self.asked_by,
            "note": self.note,
            "trace": self.trace,
            "cache": self.cache,
            "refresh": self.refresh or None,
            "holds": self.holds,
            "gathers": self.gathers or None,
            "parent": self.parent,
            "parent_fence": self.parent_fence,
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that went out, or was about to: `lost` means its worker was."""

    number: int
    started: float
    ended: float | None = None
    status: int | None = None
    retry_after: str | None = None
    wait_seconds: float | None = None
    wait_why: str = ""
    why: str = ""
    request_id: str | None = None
    lost: bool = False

    @classmethod
    def from_record(cls, fields: Mapping[str, Any]) -> "Attempt":
        """Read one entry of the record's list."""
        ended = fields.get("ended")
        return cls(
            number=int(fields["n"]),
            started=fields["started"] / 1000,
            ended=ended / 1000 if ended is not None else None,
            status=fields.get("status"),
            retry_after=fields.get("retry_after"),
            wait_seconds=fields.get("wait"),
            wait_why=fields.get("wait_why", ""),
            why=fields.get("why", ""),
            request_id=fields.get("request_id"),
            lost=bool(fields.get("lost", False)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job record at one moment: `memo` is what its steps left for the next ones, `instead` what
    it ends as if given up, `forgotten` a doubt because the store lost what it knew of a send,
    `paused` tells of its queue, `cancelled_by` names an operator who asked for its end."""

    id: str
    tool: str
    queue: Queue
    writes: bool
    account: str
    client: str
    arguments: Json
    state: State
    accepted: float
    deadline: float
    fence: str
    starts: int
    tries: int
    resends: int
    waits: int
    due: float | None
    note: str
    behind: str | None
    sending: bool
    send_until: float
    cancel_requested: bool
    finished: float | None
    trace: str
    now: float
    outcome: Outcome | None
    orphan: Outcome | None
    attempts: tuple[Attempt, ...] = field(default=())
    fingerprint: str = ""
    changes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    replays: tuple[str, ...] = ()
    asked_by: str = ""
    memo: Json = field(default_factory=dict)
    followers: int = 0
    forgotten: bool = False
    instead: Outcome | None = None
    calls_ended: int | None = None
    parent: str | None = None
    cancelled_by: str = ""
    paused: bool = False

    @property
    def final(self) -> bool:
        """Tell whether the job has ended."""
        return self.state in FINAL

    @property
    def trace_id(self) -> str:
        """Return the id of the trace it belongs to; empty where it was accepted untraced."""
        parts = self.trace.split("-")
        return parts[1] if len(parts) > 3 else ""  # noqa: PLR2004 - the parts of a traceparent

    @classmethod
    def from_record(
        cls,
        fields: Mapping[str, str],
        now: float,
        attempts: tuple[Attempt, ...] = (),
        *,
        paused: Collection[str] = (),
    ) -> "Job":
        """Read a record of this format or the one before; `now` is the store's time, `paused` are
        the queues that rest."""
        state: Any = fields["state"]
        return cls(
            id=fields["id"],
            tool=fields["tool"],
            queue=Queue(fields["queue"]),
            writes=fields["kind"] == "write",
            account=fields["account"],
            client=fields["client"],
            arguments=json.loads(fields["arguments"]),
            state=state,
            accepted=_seconds(fields["accepted"]),
            deadline=_seconds(fields["deadline"]),
            fence=fields["fence"],
            starts=int(fields["starts"]),
            tries=int(fields["tries"]),
            resends=int(fields["resends"]),
            waits=int(fields.get("waits", 0)),
            due=_seconds(fields["due"]) if "due" in fields else None,
            note=fields.get("note", ""),
            behind=fields.get("behind"),
            sending="sending" in fields,
            send_until=_seconds(fields.get("send_until", "0")),
            cancel_requested="cancel" in fields,
            finished=_seconds(fields["finished"]) if "finished" in fields else None,
            trace=fields.get("trace", ""),
            now=now,
            outcome=Outcome.decoded(state, fields["outcome"]) if "outcome" in fields else None,
            orphan=_kept_end(fields.get("orphan")),
            attempts=attempts,
            fingerprint=fields["fingerprint"],
            changes=tuple(json.loads(fields["changes"])),
            targets=tuple(json.loads(fields["targets"])),
            replays=tuple(json.loads(fields.get("replays", "[]"))),
            asked_by=fields.get("asked_by", ""),
            memo=json.loads(fields.get("memo", "{}")),
            followers=int(fields.get("followers", 0)),
            forgotten="forgotten" in fields,
            instead=_kept_end(fields.get("instead")),
            calls_ended=int(fields["ended"]) if "ended" in fields else None,
            parent=fields.get("parent"),
            cancelled_by=fields.get("cancelled_by", ""),
            paused=fields["queue"] in paused,
        )


def _kept_end(text: str | None) -> Outcome | None:
    kept = json.loads(text) if text else None
    return Outcome.decoded(kept["state"], kept["outcome"]) if kept else None


def _packed(text: str) -> str:
    return _PACKED + base64.b64encode(zlib.compress(text.encode(), level=1)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text.removeprefix(_PACKED)))


def _seconds(milliseconds: str) -> float:
    return float(milliseconds) / 1000
