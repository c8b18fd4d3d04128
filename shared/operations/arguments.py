"""Arguments that read the same in every tool.

Descriptions are short: a host reads those of every tool it lists, on every turn.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from shared.catalog import AllPages, Args, Conditions, Pick, Query, Rare, RawFilter, Where
from shared.expressions import Operator, literal, sayable

FIELD_NAME = r"^[A-Za-z][A-Za-z0-9._-]*$"
_ORDER = re.compile(r"[A-Za-z0-9_.]+( (asc|desc))?(,[A-Za-z0-9_.]+( (asc|desc))?)*")
_NAMES = re.compile(r"[A-Za-z0-9_.]+(,[A-Za-z0-9_.]+)*")


def _order(text: str) -> str:
    if not _ORDER.fullmatch(text):
        raise ValueError("must be field names with asc or desc, such as name desc,created_at")
    return text


def _names(text: str) -> str:
    if not _NAMES.fullmatch(text):
        raise ValueError("must be field names, such as id,name")
    return text


def maybe(description: str | None = None, **rules: Any) -> Any:
    """Declare an argument that may be left out."""
    return Field(default=None, description=description, **rules)


def need(description: str | None = None, **rules: Any) -> Any:
    """Declare an argument that must be given."""
    return Field(description=description, **rules)


Limit = Annotated[int, Query("_limit"), Field(ge=1, le=1000, description="Rows at most")]
Offset = Annotated[
    int, Query("_offset"), Field(ge=0, le=10_000_000, description="Rows to skip: next_offset")
]
Filter = Annotated[
    str | None,
    RawFilter(),
    Field(
        min_length=1,
        max_length=4000,
        description='Expression: name=="prod" and comment~"east"; texts in double quotes',
    ),
]
Fields = Annotated[
    str | None,
    Query("_fields"),
    Field(max_length=1000, description="Only these: id,name"),
    AfterValidator(lambda text: text and _names(text)),
]
# The same where the API has no such parameter.
PickedFields = Annotated[
    str | None,
    Pick(),
    Field(max_length=1000, description="Only these: id,name"),
    AfterValidator(lambda text: text and _names(text)),
]
OrderBy = Annotated[
    str | None,
    Query("_order_by"),
    Field(max_length=500, description="name desc,created_at"),
    AfterValidator(lambda text: text and _order(text)),
]
OrderByTags = Annotated[
    str | None,
    Query("_torder_by"),
    Field(max_length=500, description="The same over tags"),
    AfterValidator(lambda text: text and _order(text)),
]
TagFilter = Annotated[
    str | None,
    Query("_tfilter"),
    Field(min_length=1, max_length=4000, description='Site=="Berlin"'),
]
Inherit = Annotated[
    Literal["none", "partial", "full"] | None,
    Query("_inherit"),
    Field(description="full shows where inherited values come from"),
]
# A text that ends up in a filter: what cannot be quoted there is refused before it is a job.
Sayable = Annotated[str, AfterValidator(sayable)]
NamePart = Annotated[Sayable | None, Field(max_length=256, description="Part of the name")]
Comment = Annotated[str | None, Field(max_length=1024)]
Name = Annotated[str | None, Field(min_length=1, max_length=256)]
NameNeeded = Annotated[str, Field(min_length=1, max_length=256)]
Tags = Annotated[
    dict[str, str] | None, Field(max_length=100, description="Names and values; replaces the map")
]


def _value(value: str | int | bool) -> str | int | bool:
    literal(value)
    return value


class Condition(Args):
    """One comparison of a field."""

    field: Annotated[str, Field(pattern=FIELD_NAME, max_length=100)]
    operator: Operator
    value: Annotated[
        str | int | bool,
        AfterValidator(_value),
        WithJsonSchema({"type": ["string", "integer", "boolean"]}),
    ]


class PagedArgs(Args):
    """What every list takes that comes in pages."""

    # The filter says what `where` does.
    rare: ClassVar[Rare] = frozenset({"order_by", "where"})

    where: Annotated[
        list[Condition] | None,
        Conditions(),
        Field(max_length=20, description="All must hold; ~ contains, := ignores case"),
    ] = None
    filter: Filter = None
    fields: Fields = None
    order_by: OrderBy = None
    limit: Limit = 100
    offset: Offset = 0
    all_pages: Annotated[bool, AllPages(), Field(description="All rows, 10000 at most")] = False


class DdiList(PagedArgs):
    """What every list of the DDI API takes."""

    rare: ClassVar[Rare] = frozenset({"with_total"})

    with_total: Annotated[
        bool,
        Query("_is_total_size_needed", when_true="true"),
        Field(description="Count all rows"),
    ] = False


class TaggedList(DdiList):
    """What a list of objects with tags takes."""

    rare: ClassVar[Rare] = frozenset({"order_by_tags"})

    tag_filter: TagFilter = None
    order_by_tags: OrderByTags = None


class InheritingList(TaggedList):
    """What a list of objects takes that inherit values from those above them."""

    rare: ClassVar[Rare] = frozenset({"inherit"})

    inherit: Inherit = None


# A field as a model is made of: its type, and its default.
Declared = tuple[Any, Any]


def equal_to(
    field: str, kind: Any = Sayable, description: str | None = None, **rules: Any
) -> Declared:
    """Declare a filter argument that compares a field."""
    if kind is Sayable:
        rules = {"max_length": 256} | rules
    return Annotated[kind | None, Where(field, "=="), Field(description=description, **rules)], None


def part_of(field: str, description: str = "Part of the name") -> Declared:
    """Declare a filter argument that looks for a part of a text field."""
    kind = Annotated[NamePart, Where(field, "~"), Field(description=description)]
    return kind, None
