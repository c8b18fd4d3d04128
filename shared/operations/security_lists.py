"""Named lists, custom ones and those of threat intelligence, and the items in them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.catalog import Body, Contains, KeptArgs, Kind, Operation, Query, WriteArgs
from shared.operations.arguments import (
    Fields,
    Filter,
    Name,
    NameNeeded,
    NamePart,
    OrderBy,
    OrderByTags,
    TagFilter,
    Tags,
    maybe,
)
from shared.operations.cloud_resource import CutList, Number, SecurityResource
from shared.operations.security_fields import (
    Confidence,
    Described,
    DescribedItems,
    Items,
    Level,
    Text,
)
from shared.recovery import Kept, Recovery

LIST = SecurityResource(
    kind="named_lists",
    called="a named list",
    id_name="list_id",
    noun="named_list",
    cache="named_list",
    also=("security_policy",),
    keeps=Kept(
        dict.fromkeys(
            ("name", "type", "description", "threat_level", "confidence_level", "tags"), ()
        )
        | {"items_described": ("item", "description")},
        instead={"items": "items_described"},
        pages="items_described",
    ),
)


class OneForm(WriteArgs):
    """Items are given in one of two forms."""

    items: Items = None
    items_described: DescribedItems = maybe("Instead of items")

    @model_validator(mode="after")
    def has_one_form(self) -> Self:
        """Refuse both forms at once."""
        if self.items is not None and self.items_described is not None:
            raise ValueError("give either items or items_described")
        return self


class SomeItems(OneForm):
    """Items, in one of two forms."""

    @model_validator(mode="after")
    def has_items(self) -> Self:
        """Refuse neither form."""
        if self.items is None and self.items_described is None:
            raise ValueError("give items or items_described")
        return self


class ListFields(OneForm):
    """What can be said of a custom list."""

    name: Name = None
    description: Text = None
    threat_level: Level | None = None
    confidence_level: Confidence | None = None
    tags: Tags = None


class CreateThreatNamedList(SomeItems):
    """Create a custom list of domains and addresses that security policies can allow or block."""

    name: NameNeeded
    list_type: Annotated[
        Literal["custom_list"], Body("type"), Field(description="The only kind that can be created")
    ] = "custom_list"
    description: Text = None
    threat_level: Level | None = None
    confidence_level: Confidence | None = None
    tags: Tags = None


class SeverityFields(WriteArgs):
    """How a threat list is judged."""

    threat_level: Level | None = None
    confidence_level: Confidence | None = None


class UpdateNamedListItems(WriteArgs):
    """Add and remove items of a custom list, to block or unblock a domain, without sending the
    rest. What is there already, or not there any more, is skipped. For a new list use
    create_threat_named_list."""

    add: Annotated[DescribedItems, Body("inserted_items_described")] = None
    remove: Annotated[DescribedItems, Body("deleted_items_described")] = None

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        """Refuse a change of nothing."""
        if self.add is None and self.remove is None:
            raise ValueError("give add or remove")
        return self


class AddNamedListItems(SomeItems):
    """Append items to a custom list. What is there already is skipped."""


class RemoveNamedListItems(SomeItems):
    """Remove items from a custom list. All of them must be there; update_named_list_items skips
    those that are not."""

    items: Annotated[Items, Body()] = None
    items_described: Annotated[DescribedItems, Body()] = maybe("Instead of items")


class AddItemsToNamedLists(WriteArgs):
    """Add the same items to several custom lists, all or none."""

    ids: Annotated[list[Number], Field(min_length=1, max_length=100)]
    items: Annotated[
        list[Described],
        Body("inserted_items_described"),
        Field(min_length=1, max_length=50_000),
    ]


class Lines(CutList):
    """What the lists are chosen by, and sorted."""

    filter: Filter = None
    order_by: OrderBy = None
    tag_filter: TagFilter = None
    order_by_tags: OrderByTags = None


def _items(name: str, title: str, args: type[WriteArgs], *, method: str) -> Operation:
    return LIST.acted(
        name,
        title,
        args,
        suffix="/items",
        kind=Kind.UPDATE,
        method=method,
        natural=True,
        changes=("named_list",),
        envelope="success",
    )


OPERATIONS = (
    LIST.listed(
        "List custom lists and threat intelligence lists, without their items. For these use "
        "get_named_list.",
        name="list_threat_named_lists",
        name_filter=(Annotated[NamePart, Contains("name")], None),
    ),
    LIST.looked(
        "get_named_list",
        "Read a named list",
        "Read a named list with its items.",
        base=KeptArgs,
        fields={
            "fields": (Fields, None),
            "limit": (
                Annotated[int | None, Query("_limit"), Field(ge=1, description="Items at most")],
                None,
            ),
            "offset": (
                Annotated[int | None, Query("_offset"), Field(ge=0, description="Items to skip")],
                None,
            ),
        },
        envelope=LIST.envelope,
        single=True,
        cache=LIST.cache,
    ),
    LIST.created(
        CreateThreatNamedList,
        key=("name",),
        name="create_threat_named_list",
        # It cannot be filtered by name.
        recovery=Recovery(LIST.path, where={"type": "type"}, check={"name": "name"}),
    ),
    LIST.changed(
        "Change a custom list: only what is given changes, and items are given all together; "
        "update_named_list_items changes some.",
        ListFields,
    ),
    LIST.changed(
        "Set how severe a threat intelligence list is, not a custom one.",
        SeverityFields,
        name="update_threat_list_severity",
        title="Judge a threat list",
        method="PATCH",
        keeps=None,
    ),
    LIST.deleted("Delete a custom list. One that a policy or a bypass code names stays."),
    LIST.deleted_many("delete_named_lists"),
    _items(
        "update_named_list_items", "Change items of a list", UpdateNamedListItems, method="PATCH"
    ),
    _items("add_named_list_items", "Add items to a list", AddNamedListItems, method="POST"),
    _items(
        "remove_named_list_items", "Remove items of a list", RemoveNamedListItems, method="DELETE"
    ),
    LIST.row(
        "add_items_to_named_lists",
        "Add items to lists",
        AddItemsToNamedLists.__doc__ or "",
        base=AddItemsToNamedLists,
        kind=Kind.UPDATE,
        method="PATCH",
        path=LIST.path,
        natural=True,
        changes=("named_list",),
        touches=lambda arguments: tuple(str(one) for one in arguments["ids"]),
        envelope="success",
    ),
    LIST.looked(
        "download_named_lists",
        "Read lists as CSV",
        "Read named lists with their items as lines of CSV.",
        by_id=False,
        path=f"{LIST.base}/named_lists_download",
        base=Lines,
    ),
)
