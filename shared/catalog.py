"""What a tool is: one row, published by the front end and executed by the workers.

A field of the arguments model says itself where it goes in the request:

    limit: Annotated[int, Query("_limit"), Field(ge=1, le=1000)] = 100

What a write takes and does not place goes into the body under its own name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from json import dumps
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.brief import brief
from shared.caches import CACHES
from shared.places import (
    AllPages,
    Body,
    Conditions,
    Contains,
    Cut,
    Path,
    Pick,
    Place,
    Query,
    RawFilter,
    Where,
)
from shared.recovery import Kept, Recovery
from shared.schemas import MAX_TEXT, slim

__all__ = [
    "MANNERS",
    "NEXT_AVAILABLE",
    "WITH_BODY",
    "AllPages",
    "Args",
    "Body",
    "Conditions",
    "Contains",
    "Cut",
    "FiguresArgs",
    "KeptArgs",
    "Kind",
    "Operation",
    "Path",
    "Pick",
    "Place",
    "Query",
    "Queue",
    "Rare",
    "RawFilter",
    "Where",
    "WriteArgs",
]
NEXT_AVAILABLE = "/nextavailable"
WITH_BODY = frozenset({"POST", "PATCH", "PUT"})


class Queue(StrEnum):
    """One queue per Infoblox service."""

    INFOBLOX = "infoblox"
    NIOSXAAS = "niosxaas"
    ATCFW = "atcfw"
    INSIGHTS = "insights"


class Kind(StrEnum):
    """What a tool does to Infoblox."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    CONFIGURE = "configure"
    # Neither makes an object that can be found again nor means the same when done twice.
    ACTION = "action"
    BULK = "bulk"  # it calls other tools


Rare = frozenset[str] | Literal["all"]


class Args(BaseModel):
    """Arguments of a tool; an argument it does not know is refused."""

    # Hundreds of models are declared, and few are used by one process: each is built at first use.
    model_config = ConfigDict(
        extra="forbid", frozen=True, str_max_length=MAX_TEXT, defer_build=True
    )
    # Fields of this very class, or all of them, that the short list of tools leaves out.
    rare: ClassVar[Rare] = frozenset()


class WriteArgs(Args):
    """Arguments of a tool that changes something. A dry run is a read: it changes nothing."""

    idempotency_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Calls with the same key and arguments are one job for 24 hours",
        ),
    ] = None
    dry_run: Annotated[bool, Field(description="Only show what would be sent")] = False
    rare: ClassVar[Rare] = frozenset({"idempotency_key"})


class KeptArgs(Args):
    """Arguments of a read whose answers are kept for a while."""

    rare: ClassVar[Rare] = frozenset({"refresh"})

    refresh: Annotated[
        bool, Field(description="Ask Infoblox now; else an answer may be some minutes old")
    ] = False


class FiguresArgs(KeptArgs):
    """The same for objects that say how full they are."""

    utilization: Annotated[
        bool, Field(description="With the utilization figures, which are never kept")
    ] = False


# Arguments in which a field of the answer may be named.
_ASKING = ("filter", "where", "fields", "order_by")
# How a call is to be made, not what it asks: calls that differ in them are equal.
MANNERS = frozenset({"idempotency_key", "refresh"})


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One tool. The docstring of `args` is its description.

    reads, changes   collections whose versions a read depends on, a write moves on
    targets          arguments that together name what a write touches; `touches` for several
    natural          two equal calls mean one thing, unless the argument `allocates` asks for the
                     next free object
    implied          what is sent beside an argument that is given: argument -> (place, value)
    recovery         how a create of unknown outcome is found again; `marker` is the place of tags
    cache            where answers of this read are kept, without the `figures` that change at once
    keeps            what an update that replaces sends along of what is there
    busy_on_conflict a 409 that is not about a name means "busy": it is tried again
    sensitive        places of arguments that are secrets; `hidden` are fields of an answer that
                     nobody is shown, `sealed` those that only the caller is
    spelled          fields whose words differ here from the rest of the API
    keywords         words of operators it is found by, beside those of `operations.words`
    """

    name: str
    title: str
    queue: Queue
    toolset: str
    args: type[Args]
    kind: Kind = Kind.READ
    method: str = "GET"
    path: str | None = None
    envelope: str = "results"
    single: bool = False
    reads: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    touches: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    natural: bool = False
    allocates: str | None = None
    implied: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    recovery: Recovery | None = None
    marker: str | None = None
    keeps: Kept | None = None
    busy_on_conflict: bool = False
    sensitive: tuple[str, ...] = ()
    cache: str | None = None
    figures: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    spelled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keywords: str = ""

    MARKER_TAG: ClassVar[str] = "infoblox_mq_job"

    def __post_init__(self) -> None:
        """Refuse a row whose parts do not fit together."""
        missing = self.path_fields - self.places.keys()
        if missing:
            raise ValueError(f"{self.name}: no argument for {sorted(missing)} in the path")
        stray = {name for name in self.targets if name not in self.args.model_fields}
        if stray:
            raise ValueError(f"{self.name}: targets are not arguments: {sorted(stray)}")
        if not self.args.__doc__:
            raise ValueError(f"{self.name}: {self.args.__name__} needs a docstring")
        if self.writes and not issubclass(self.args, WriteArgs):
            raise ValueError(f"{self.name}: the arguments of a write derive from WriteArgs")
        if self.writes and not ((self.targets or self.touches) and self.changes):
            raise ValueError(f"{self.name}: a write names its targets and what it changes")
        self._check_cache()

    def _check_cache(self) -> None:
        if self.cache and (self.writes or self.cache not in CACHES):
            raise ValueError(f"{self.name}: there is no cache {self.cache} for it")
        if self.cache and not issubclass(self.args, KeptArgs):
            raise ValueError(f"{self.name}: the arguments of a cached read derive from KeptArgs")
        if self.figures and not issubclass(self.args, FiguresArgs):
            raise ValueError(f"{self.name}: arguments that leave figures out are FiguresArgs")

    @property
    def writes(self) -> bool:
        """Tell whether the tool changes anything in Infoblox."""
        return self.kind is not Kind.READ

    def writes_with(self, arguments: Mapping[str, Any]) -> bool:
        """Tell whether a call changes anything: a dry run does not."""
        return self.writes and not arguments.get("dry_run")

    @property
    def destructive(self) -> bool:
        """Tell whether the tool may change or remove what is there."""
        return self.kind not in {Kind.READ, Kind.CREATE}

    def allocating(self, arguments: Mapping[str, Any]) -> bool:
        """Tell whether a call takes the next free object: two equal ones want two."""
        return self.allocates is not None and NEXT_AVAILABLE in str(arguments[self.allocates])

    def joins(self, arguments: Mapping[str, Any]) -> bool:
        """Tell whether an equal call in flight is this call."""
        return not self.writes_with(arguments) or (self.natural and not self.allocating(arguments))

    @property
    def collections(self) -> tuple[str, ...]:
        """Return what a read's answer depends on; dropping its cache counts as a change."""
        return tuple(dict.fromkeys((*self.reads, self.cache) if self.cache else self.reads))

    def cache_for(self, arguments: Mapping[str, Any]) -> str | None:
        """Return the cache that may answer a call; what asks for figures is never kept."""
        asked = " ".join(str(arguments.get(name)) for name in _ASKING)
        live = arguments.get("utilization") or any(name in asked for name in self.figures)
        return None if live else self.cache

    @property
    def description(self) -> str:
        """Return the text an agent chooses the tool by."""
        return " ".join((self.args.__doc__ or "").split())

    @property
    def path_fields(self) -> frozenset[str]:
        """Return the names in braces of the path."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.path or "") if name)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Return where each argument goes; arguments without a place are not sent."""
        found: dict[str, Place] = {}
        for name, declared in self.args.model_fields.items():
            marks = [mark for mark in declared.metadata if isinstance(mark, Place)]
            if marks:
                found[name] = marks[-1]
            elif self.method in WITH_BODY and name not in MANNERS | WriteArgs.model_fields.keys():
                found[name] = Body()
        return MappingProxyType(found)

    @property
    def secret_path(self) -> frozenset[str]:
        """Return the arguments in the path that are secrets."""
        return self.path_fields & frozenset(self.sensitive)

    @property
    def tokens(self) -> int:
        """Return about what a host pays for listing the tool: a token for four bytes."""
        shown = (self.name, self.title, self.description, dumps(self.input_schema))
        return sum(len(text) for text in shown) // 4

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """Return the JSON schema of the arguments."""
        return slim(self.args.model_json_schema())

    @property
    def brief_schema(self) -> dict[str, Any]:
        """Return its short form, without the arguments that are seldom needed."""
        parts = [part for part in self.args.__mro__ if issubclass(part, Args)]
        return brief(self.input_schema, frozenset().union(*map(_rare, parts)))


def _rare(part: type[Args]) -> frozenset[str]:
    said: Rare = part.__dict__.get("rare", frozenset())
    return frozenset(part.__annotations__) if said == "all" else said
