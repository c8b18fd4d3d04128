"""Rows by the kind of object: what its tools have in common is said once.

    SUBNET = Resource(kind="ipam/subnet", called="a subnet", toolset="ipam", id_name="subnet_id")

    OPERATIONS = (
        SUBNET.listed("List subnets.", space_filter=equal_to("space", SpaceId)),
        SUBNET.read(),
        SUBNET.created(CreateSubnet, key=("space", "address", "cidr")),
        SUBNET.changed("Change a subnet.", SubnetFields),
        SUBNET.deleted(),
    )

The models of lists, reads, updates and deletes are made here; only what a create takes is written
as a class, on top of the fields it shares with the update.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import AliasChoices, Field, create_model, model_validator

from shared.catalog import (
    Args,
    Body,
    FiguresArgs,
    KeptArgs,
    Kind,
    Operation,
    Path,
    Query,
    Queue,
    WriteArgs,
)
from shared.identifiers import ObjectId
from shared.operations.arguments import (
    DdiList,
    Declared,
    Fields,
    Inherit,
    InheritingList,
    TaggedList,
)
from shared.recovery import Recovery

DDI = "/api/ddi/v1"
ID = "{id}"
_UNCONFIRMED = "Unconfirmed: no official client has this call, and it may be refused."
_UNKNOWN = "If the answer is lost it ends `unknown`: then look with {look} before you repeat it."
_BIN = "It moves to the recycle bin."
_FINAL = "This is final: nothing of it is kept."
# Who may change or copy zones is said by keys too, and the API may show all of such a key.
KEY_SECRETS = ("**.tsig_key.secret",)
# How full a network is: out of date at once, so no kept answer says it.
UTILIZATION = ("utilization", "utilization_v6", "dhcp_utilization")
RECURSE: Declared = (
    Annotated[bool, Query("_options", when_true="recurse=true")],
    False,
)


class ChangeArgs(WriteArgs):
    """Arguments of an update: what is left out stays as it is."""

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        """Refuse an update of nothing."""
        fields = type(self).model_fields
        asked = {
            name
            for name, info in fields.items()
            if name not in WriteArgs.model_fields
            and not any(isinstance(mark, Path | Query) for mark in info.metadata)
        }
        if not self.model_dump(include=asked, exclude_none=True):
            raise ValueError("give at least one field to change")
        return self


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of object of the API and what its tools share.

    kind         app and type, as its ids begin: ipam/subnet
    called       what people call one, with its article; `plural` where an s does not make it
    id_name      the argument that takes its id
    noun         what its tools are named after, if not the type
    collection   whose version its reads depend on, if not the noun
    also         what else changes with it
    tagged       it has tags: its list takes a tag filter, and its creates are found by our tag
    inherits     it takes values from what is above it
    binned       a deleted one moves to the recycle bin
    cache        where the answers of its list are kept, without its `figures`
    hidden       fields of its answers that nobody is shown
    """

    kind: str
    called: str
    toolset: str
    queue: Queue = Queue.INFOBLOX
    base: str = DDI
    plural: str = ""
    id_name: str = "id"
    noun: str = ""
    nouns: str = ""
    collection: str = ""
    also: tuple[str, ...] = ()
    tagged: bool = True
    inherits: bool = False
    binned: bool = True
    confirmed: bool = True
    envelope: str = "result"
    update_method: str = "PATCH"
    cache: str | None = None
    figures: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Return the path of the collection."""
        return f"{self.base}/{self.kind}"

    @property
    def path_of_one(self) -> str:
        """Return the path of one object."""
        return f"{self.path}/{{{self.id_name}}}"

    @property
    def changes(self) -> tuple[str, ...]:
        """Return the collections that a write moves on."""
        return (self._collection, *self.also)

    def listed(
        self,
        about: str = "",
        *,
        name: str = "",
        path: str = "",
        base: type[Args] | None = None,
        **filters: Declared,
    ) -> Operation:
        """Return the row of the list, a page at a time."""
        listing = InheritingList if self.inherits else TaggedList if self.tagged else DdiList
        kept = (FiguresArgs if self.figures else KeptArgs,) if self.cache else ()
        return self.row(
            name or f"list_{self._nouns}",
            f"List {self._many}",
            about or f"List {self._many}.",
            base=(*kept, base or listing),
            fields=filters,
            path=path or self.path,
            envelope="results",
            single=False,
            cache=self.cache,
            figures=self.figures,
        )

    def read(self, about: str = "", *, name: str = "", **more: Declared) -> Operation:
        """Return the row that reads one object by its id."""
        fields: dict[str, Declared] = {"fields": (Fields, None)}
        if self.inherits:
            fields["inherit"] = (Inherit, None)
        return self.row(
            name or f"get_{self._noun}",
            f"Read {self.called}",
            about or f"Read {self.called} by its id.",
            fields=self.by_id | fields | more,
            path=self.path_of_one,
        )

    def created(self, args: type[WriteArgs], *, key: tuple[str, ...], **more: Any) -> Operation:
        """Return the row that makes one object; `key` are the arguments that make it unique."""
        parts: dict[str, Any] = {
            "kind": Kind.CREATE,
            "method": "POST",
            "path": self.path,
            "targets": key,
            "natural": True,
        }
        if self.tagged:
            parts |= {"recovery": Recovery(where=_where(args, key)), "marker": "tags"}
        else:
            parts["look"] = f"list_{self._nouns}"
        return self.row(
            more.pop("name", f"create_{self._noun}"),
            more.pop("title", f"Create {self.called}"),
            args.__doc__ or "",
            base=args,
            **parts | more,
        )

    def changed(self, about: str, fields: type[WriteArgs], **more: Any) -> Operation:
        """Return the row that changes some fields of an object."""
        parts: dict[str, Any] = {
            "kind": Kind.UPDATE,
            "method": self.update_method,
            "path": self.path_of_one,
            "targets": (self.id_name,),
            "natural": True,
        }
        return self.row(
            more.pop("name", f"update_{self._noun}"),
            more.pop("title", f"Change {self.called}"),
            about or f"Change {self.called}: only what is given changes.",
            base=(ChangeArgs, fields),
            fields=self.by_id if more.pop("by_id", True) else {},
            **parts | more,
        )

    def deleted(self, about: str = "", *, name: str = "", **more: Declared) -> Operation:
        """Return the row that deletes an object."""
        said = about or f"Delete {self.called}."
        return self.row(
            name or f"delete_{self._noun}",
            f"Delete {self.called}",
            f"{said} {_BIN if self.binned else _FINAL}",
            base=WriteArgs,
            fields=self.by_id | more,
            kind=Kind.DELETE,
            method="DELETE",
            path=self.path_of_one,
            targets=(self.id_name,),
            natural=True,
        )

    def looked(
        self,
        name: str,
        title: str,
        about: str,
        *,
        suffix: str = "",
        by_id: bool = True,
        **more: Any,
    ) -> Operation:
        """Return the row of another read of one object, or of all; many rows unless `single`."""
        parts: dict[str, Any] = {
            "path": f"{self.path_of_one if by_id else self.path}{suffix}",
            "envelope": "results",
            "single": False,
        }
        fields = (self.by_id if by_id else {}) | more.pop("fields", {})
        return self.row(name, title, about, fields=fields, **parts | more)

    def acted(
        self,
        name: str,
        title: str,
        args: type[WriteArgs],
        *,
        suffix: str,
        look: str = "",
        **more: Any,
    ) -> Operation:
        """Return the row of another write on one object; `look` if it cannot be found again."""
        parts: dict[str, Any] = {
            "kind": Kind.CREATE,
            "method": "POST",
            "path": f"{self.path_of_one}{suffix}",
            "targets": (self.id_name,),
            "look": look,
        }
        about = args.__doc__ or ""
        return self.row(name, title, about, base=args, fields=self.by_id, **parts | more)

    def row(
        self,
        name: str,
        title: str,
        about: str,
        *,
        base: type[Args] | tuple[type[Args], ...] = Args,
        fields: Mapping[str, Declared] | None = None,
        look: str = "",
        **parts: Any,
    ) -> Operation:
        """Return a row of this kind of object.

        about  its description
        base   what its arguments model is made of, with the `fields`
        look   the tool that shows whether a write whose answer was lost was carried out
        """
        said = f"{about} {_UNKNOWN.format(look=look)}" if look else about
        said = said if self.confirmed else f"{said} {_UNCONFIRMED}"
        versions = "reads" if parts.get("kind", Kind.READ) is Kind.READ else "changes"
        collections = (self._collection,) if versions == "reads" else self.changes
        usual: dict[str, Any] = {
            "queue": self.queue,
            "toolset": self.toolset,
            "envelope": self.envelope,
            "single": True,
            versions: collections,
            "hidden": self.hidden,
        }
        declared: dict[str, Any] = dict(fields or {})
        args = create_model(
            "".join(word.title() for word in name.split("_")),
            __base__=base,
            __doc__=said,
            __module__=__name__,
            **declared,
        )
        return Operation(name=name, title=title, args=args, **usual | parts)

    @property
    def by_id(self) -> dict[str, Declared]:
        """Return the argument that takes the object's id; `id`, as answers call it, will do."""
        named = AliasChoices(*dict.fromkeys((self.id_name, "id")))
        kind = Annotated[str, ObjectId(self.kind), Path(), Field(validation_alias=named)]
        return {self.id_name: (kind, ...)}

    @property
    def _noun(self) -> str:
        return self.noun or self.kind.rpartition("/")[2]

    @property
    def _nouns(self) -> str:
        return self.nouns or f"{self._noun}s"

    @property
    def _many(self) -> str:
        return self.plural or f"{self.called.partition(' ')[2]}s"

    @property
    def _collection(self) -> str:
        return self.collection or self._noun


def _where(args: type[Args], key: tuple[str, ...]) -> Mapping[str, str]:
    """Return the fields that hold the key: what an argument is called in the body, it is there."""
    return {place: place for place in (_place(args, name) for name in key)}


def _place(args: type[Args], name: str) -> str:
    marks: list[Any] = args.model_fields[name].metadata
    return next((mark.place for mark in marks if isinstance(mark, Body) and mark.place), name)


def always(*names: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """Return what names the target of a write that has no id: there is one of it."""
    return lambda _arguments: names
