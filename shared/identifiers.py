"""Object ids: bare or with the prefix that belongs to the kind, and nothing else.

An id ends up in a URL path. A foreign prefix would address another kind of object, and `..` would
leave the route, so only what is listed here passes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_SEGMENT = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def segment(text: str) -> str:
    """Return the text if it may stand in a URL path as one part; else raise ValueError."""
    if not _SEGMENT.fullmatch(text) or not text.strip("."):
        raise ValueError("is not an object id: letters, digits, '_', '.' and '-' only")
    return text


def normaliser(prefix: str) -> Callable[[str], str]:
    """Return a function that accepts a bare or a full id and returns the full one."""

    def full(text: str) -> str:
        bare = text
        if "/" in text:
            head, _, bare = text.rpartition("/")
            if head != prefix:
                raise ValueError(f"must be an id of {prefix}, such as {prefix}/<uuid>")
        return f"{prefix}/{segment(bare)}"

    return full


@dataclass(frozen=True, slots=True, init=False)
class ObjectId:
    """The type of an argument that names objects of one kind, or of a few: full ids go out.

    A bare id is accepted where only one kind fits: `Annotated[str, ObjectId("ipam/subnet")]`.
    """

    prefixes: tuple[str, ...]

    def __init__(self, *prefixes: str) -> None:
        object.__setattr__(self, "prefixes", prefixes)

    def full(self, text: str) -> str:
        """Return the full id, or raise ValueError."""
        if len(self.prefixes) == 1:
            return normaliser(self.prefixes[0])(text)
        head, _, last = text.rpartition("/")
        if head not in self.prefixes:
            raise ValueError(f"must be a full id: {self.shown}")
        return f"{head}/{segment(last)}"

    @property
    def shown(self) -> str:
        """Return how such an id looks."""
        return " or ".join(f"{prefix}/<id>" for prefix in self.prefixes)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.full, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "description": self.shown}


def bare(full_id: str) -> str:
    """Return the last part of an id, as URLs want it."""
    return full_id.rpartition("/")[2]
