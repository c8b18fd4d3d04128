"""Rows by the kind of object for the services beside DDI: other paths, ids and lists."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, Field, field_validator

from shared.catalog import (
    AllPages,
    Args,
    Body,
    Cut,
    Kind,
    Operation,
    Path,
    Queue,
    Rare,
    WriteArgs,
)
from shared.operations.arguments import (
    Declared,
    Fields,
    Filter,
    Limit,
    Offset,
    OrderByTags,
    PickedFields,
    TagFilter,
)
from shared.operations.resource import Resource
from shared.recovery import Kept, Recovery

# What fits in the API's own numbers, and in a part of a path.
HIGHEST = 9_223_372_036_854_775_807
Number = Annotated[int, Field(ge=1, le=HIGHEST)]
NumberId = Annotated[int, Path(), Field(ge=1, le=HIGHEST)]


class PlainList(Args):
    """What every list takes that comes in pages."""

    filter: Filter = None
    limit: Limit = 100
    offset: Offset = 0
    all_pages: Annotated[bool, AllPages(), Field(description="All rows, 10000 at most")] = False


class PickedList(PlainList):
    """The same, with the fields chosen by the worker."""

    fields: PickedFields = None


class CloudList(PlainList):
    """What a list takes of whose rows some fields can be asked for."""

    fields: Fields = None


class TaggedCloudList(CloudList):
    """What a list of objects with tags takes."""

    rare: ClassVar[Rare] = frozenset({"order_by_tags"})
    tag_filter: TagFilter = None
    order_by_tags: OrderByTags = None


class CutList(Args):
    """What a list takes that the API gives all at once."""

    limit: Annotated[int, Cut(), Field(ge=1, le=10_000, description="Rows at most")] = 1000
    offset: Annotated[int, Field(ge=0, description="Rows to skip: next_offset")] = 0


class DeleteMany(WriteArgs):
    """Names several objects."""

    ids: Annotated[list[Number], Body(), Field(min_length=1, max_length=100)]

    @field_validator("ids")
    @classmethod
    def are_different(cls, ids: list[int]) -> list[int]:
        """Refuse an id that is given twice."""
        if len(set(ids)) < len(ids):
            raise ValueError("must not hold an id twice")
        return ids


@dataclass(frozen=True, kw_only=True)
class CloudResource(Resource):
    """A kind of object whose path differs from the kind in its ids, or whose ids are numbers.

    route    the last part of the path, if not the kind
    numbered its ids are numbers
    keeps    the fields an update sends along, because a PUT replaces
    busy     a 409 that is not about a name means that another change is under way
    selects  reads can be asked for some fields only
    hidden   fields that nobody is shown
    sealed   fields that only the caller is shown
    """

    route: str = ""
    numbered: bool = False
    keeps: Kept | None = None
    busy: bool = False
    selects: bool = True
    hidden: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    binned: bool = False
    update_method: str = "PUT"

    def row(self, *said: Any, **parts: Any) -> Operation:
        """Return a row of this kind of object."""
        return super().row(*said, **{"hidden": self.hidden, "sealed": self.sealed} | parts)

    @property
    def path(self) -> str:
        """Return the path of the collection."""
        return f"{self.base}/{self.route or self.kind}"

    @property
    def by_id(self) -> dict[str, Declared]:
        """Return the argument that takes the object's id."""
        if not self.numbered:
            return super().by_id
        named = AliasChoices(*dict.fromkeys((self.id_name, "id")))
        return {self.id_name: (Annotated[NumberId, Field(validation_alias=named)], ...)}

    def listed(self, about: str = "", **more: Any) -> Operation:
        """Return the row of the list, a page at a time."""
        listing = TaggedCloudList if self.tagged else CloudList
        return super().listed(about, **{"base": listing if self.selects else PickedList} | more)

    def read(self, about: str = "", *, name: str = "", **more: Declared) -> Operation:
        """Return the row that reads one object by its id."""
        if self.selects:
            return super().read(about, name=name, **more)
        said = about or f"Read {self.called} by its id."
        return self.row(
            name or f"get_{self._noun}",
            f"Read {self.called}",
            said,
            fields=self.by_id | {"fields": (PickedFields, None)} | more,
            path=self.path_of_one,
        )

    def deleted(self, about: str = "", *, name: str = "", **more: Declared) -> Operation:
        """Return the row that deletes an object."""
        return replace(super().deleted(about, name=name, **more), busy_on_conflict=self.busy)

    def created(self, args: type[WriteArgs], *, key: tuple[str, ...], **more: Any) -> Operation:
        """Return the row that makes one object.

        Without tags nobody can tell whose it is: found after a lost answer, it ends `unknown`.
        """
        usual: dict[str, Any] = {"busy_on_conflict": self.busy}
        if not self.tagged:
            usual |= {"look": "", "recovery": Recovery(where={name: name for name in key})}
        return super().created(args, key=key, **usual | more)

    def changed(self, about: str, fields: type[WriteArgs], **more: Any) -> Operation:
        """Return the row that changes some fields of an object."""
        usual = {"keeps": self.keeps, "busy_on_conflict": self.busy}
        return super().changed(about, fields, **usual | more)

    def deleted_many(self, name: str) -> Operation:
        """Return the row that deletes several objects at once."""
        return self.row(
            name,
            f"Delete {self._many}",
            f"Delete several {self._many}, all or none. This is final: nothing of them is kept.",
            base=DeleteMany,
            kind=Kind.DELETE,
            method="DELETE",
            path=self.path,
            single=True,
            touches=lambda arguments: tuple(str(one) for one in arguments["ids"]),
            natural=True,
        )


@dataclass(frozen=True, kw_only=True)
class SecurityResource(CloudResource):
    """A kind of object of the DNS security service."""

    base: str = "/api/atcfw/v1"
    queue: Queue = Queue.ATCFW
    toolset: str = "security"
    envelope: str = "results"
    numbered: bool = True


@dataclass(frozen=True, kw_only=True)
class VpnResource(CloudResource):
    """A kind of object of NIOS-X as a Service. While a service is busy its objects answer 409."""

    base: str = "/api/universalinfra/v1"
    queue: Queue = Queue.NIOSXAAS
    toolset: str = "vpn"
    busy: bool = True
    selects: bool = False
