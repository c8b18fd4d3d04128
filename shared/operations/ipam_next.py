"""Next-available calls: a GET shows what is free, a POST takes it. All inputs are in the query."""

from typing import Annotated, Any

from pydantic import Field

from shared.catalog import Kind, Query, WriteArgs
from shared.operations.arguments import Declared

CIDR: Declared = (
    Annotated[int, Query("cidr"), Field(ge=1, le=128, description="Mask length")],
    ...,
)
COUNT: Declared = (Annotated[int, Query("count"), Field(ge=1, le=100)], 1)
CONTIGUOUS: Declared = (
    Annotated[
        bool,
        Query("contiguous", when_true="true"),
        Field(description="Side by side, without a gap"),
    ],
    False,
)
NAME: Declared = (Annotated[str | None, Query("name"), Field(max_length=256)], None)
COMMENT: Declared = (Annotated[str | None, Query("comment"), Field(max_length=1024)], None)


class Allocation(WriteArgs):
    """What is taken twice when it is called twice."""


ALLOCATE: dict[str, Any] = {
    "kind": Kind.CREATE,
    "method": "POST",
    "envelope": "results",
    "single": False,
}
