from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.catalog import Args
from shared.schemas import slim


class Once(Args):
    """Used by one field."""

    title: str | None = None
    words: Annotated[list[str], Field(default_factory=list)]


class Twice(Args):
    """Used by two."""

    flag: bool = False


class Example(Args):
    """An example."""

    idempotency_key: str | None = None
    maybe: Annotated[int | None, Field(ge=1, description="A number")] = None
    once: Annotated[Once | None, Field(description="The field's own words")] = None
    first: Twice
    second: list[Twice] | None = None
    either: int | str | None = None


def test_a_schema_says_only_what_a_host_needs() -> None:
    assert slim(Example.model_json_schema()) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["first"],
        "properties": {
            "first": {"$ref": "#/$defs/Twice"},
            "maybe": {"type": "integer", "minimum": 1, "description": "A number"},
            "once": {
                "type": "object",
                "description": "The field's own words",
                "properties": {
                    "title": {"type": "string"},
                    "words": {"type": "array", "items": {"type": "string"}},
                },
            },
            "second": {"type": "array", "items": {"$ref": "#/$defs/Twice"}},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "idempotency_key": {"type": "string"},
        },
        "$defs": {
            "Twice": {
                "type": "object",
                "description": "Used by two.",
                "properties": {"flag": {"type": "boolean", "default": False}},
            }
        },
    }


def test_required_fields_come_first_and_the_key_last() -> None:
    names = list(slim(Example.model_json_schema())["properties"])
    assert (names[0], names[-1]) == ("first", "idempotency_key")
