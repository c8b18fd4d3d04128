"""Arguments that read the same in every tool."""

from typing import Annotated

from pydantic import Field

from shared.catalog import Query, RawFilter

Limit = Annotated[int, Query("_limit"), Field(ge=1, le=1000, description="Rows to return at most")]
Offset = Annotated[
    int, Query("_offset"), Field(ge=0, le=10_000_000, description="Rows to skip; see next_offset")
]
Filter = Annotated[
    str | None,
    RawFilter(),
    Field(
        min_length=1,
        max_length=4000,
        description='Expression such as name=="prod" and comment~"east"; texts in double quotes',
    ),
]
Fields = Annotated[
    str | None,
    Query("_fields"),
    Field(
        pattern=r"^[A-Za-z0-9_.]+(,[A-Za-z0-9_.]+)*$",
        max_length=1000,
        description="Comma list of fields to return, such as id,name",
    ),
]
OrderBy = Annotated[
    str | None,
    Query("_order_by"),
    Field(
        pattern=r"^[A-Za-z0-9_.]+( (asc|desc))?(,[A-Za-z0-9_.]+( (asc|desc))?)*$",
        max_length=500,
        description="Comma list such as name desc,created_at",
    ),
]
TagFilter = Annotated[
    str | None,
    Query("_tfilter"),
    Field(min_length=1, max_length=4000, description='Tag expression such as Site=="Berlin"'),
]
Comment = Annotated[str | None, Field(max_length=1024, description="Free text")]
Tags = Annotated[dict[str, str] | None, Field(max_length=100, description="Tags: names and values")]
