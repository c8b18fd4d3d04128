from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from shared.catalog import Args, Kind, Operation, Path, Query, Queue, WriteArgs
from shared.operations import by_name


class Look(Args):
    """Look at a thing,
    or at several."""

    thing_id: Annotated[str, Path()]
    limit: Annotated[int, Query("_limit"), Field(ge=1)] = 10
    unsent: int = 0


class Undescribed(Args):
    thing_id: Annotated[str, Path()]


class Change(WriteArgs):
    """Change a thing."""

    thing_id: Annotated[str, Path()]


def row(**fields: Any) -> Operation:
    usual: dict[str, Any] = {
        "name": "look_at_thing",
        "title": "Look",
        "queue": Queue.INFOBLOX,
        "toolset": "ipam",
        "args": Look,
        "path": "/things/{thing_id}",
    }
    return Operation(**usual | fields)


def change(**fields: Any) -> Operation:
    parts: dict[str, Any] = {
        "args": Change,
        "kind": Kind.UPDATE,
        "targets": ("thing_id",),
        "changes": ("thing",),
    }
    return row(**parts | fields)


def test_arguments_without_a_place_are_not_sent() -> None:
    assert dict(row().places) == {"thing_id": Path(), "limit": Query("_limit")}


def test_the_description_is_the_docstring_in_one_line() -> None:
    assert row().description == "Look at a thing, or at several."


def test_the_schema_has_no_description_of_its_own_and_refuses_strangers() -> None:
    schema = row().input_schema
    assert "description" not in schema
    assert "title" not in schema
    assert schema["additionalProperties"] is False


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Look.model_validate({"thing_id": "5", "verbose": True})


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda: row(path="/things/{other}"), "no argument for"),
        (lambda: row(args=Undescribed), "needs a docstring"),
        (lambda: change(args=Look), "derive from WriteArgs"),
        (lambda: change(targets=("nothing",)), "are not arguments"),
        (lambda: change(targets=()), "names its targets"),
        (lambda: change(changes=()), "what it changes"),
    ],
)
def test_a_row_whose_parts_do_not_fit_is_refused(broken: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        broken()


def test_only_a_read_does_not_write() -> None:
    assert not row().writes
    assert change().writes


def test_a_read_always_joins_and_a_write_only_where_equal_calls_mean_one_thing() -> None:
    assert row().joins({"thing_id": "5"})
    assert not change().joins({"thing_id": "5"})
    assert change(natural=True).joins({"thing_id": "5"})


def test_a_name_used_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="two rows are called look_at_thing"):
        by_name([row(), row()])


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_idempotency_key_has_one_to_200_characters(key: str) -> None:
    with pytest.raises(ValidationError, match="idempotency_key"):
        Change.model_validate({"thing_id": "5", "idempotency_key": key})
