"""The short form of schemas: less to read, nothing that is wrong."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.brief import brief
from shared.operations import CATALOG, USUAL

Json = dict[str, Any]


def size(schema: Json) -> int:
    return len(json.dumps(schema, separators=(",", ":")))


def test_rare_arguments_are_left_out_and_then_others_may_be_given() -> None:
    schema: Json = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert brief(schema)["additionalProperties"] is False
    short = brief(schema, {"b"})
    assert short["properties"].keys() == {"a"}
    assert "additionalProperties" not in short
    Draft202012Validator(short).validate({"b": 1})


def test_a_needed_argument_is_never_rare() -> None:
    schema = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
    assert brief(schema, {"a"})["properties"].keys() == {"a"}


def test_bounds_that_nobody_meets_are_left_out() -> None:
    field = {"type": "integer", "minimum": 0, "maximum": 65_535, "default": 0}
    close = {"type": "integer", "minimum": 5, "maximum": 100, "default": 20}
    found = brief({"properties": {"far": field, "close": close}})
    assert found["properties"] == {"far": {"type": "integer"}, "close": close}


def test_nested_objects_become_one_line() -> None:
    inner = {
        "properties": {
            "name": {"type": "string"},
            "size": {"enum": ["S", "M"]},
            "kind": {"const": "psk"},
            "count": {"type": "integer"},
            "to": {"$ref": "#/$defs/Place"},
            "via": {"items": {"$ref": "#/$defs/Place"}},
            "either": {"anyOf": [{"type": "integer"}, {"enum": ["x"]}]},
            "value": {"type": ["string", "integer"]},
        },
        "required": ["name", "size"],
    }
    schema = {
        "properties": {"one": inner | {"description": "One."}, "many": {"items": inner}},
        "$defs": {"Place": {"properties": {"city": {"type": "string"}}, "required": ["city"]}},
    }
    line = (
        "{name, size: S|M, kind?: psk, count?: int, to?: Place {city}, via?: [Place], "
        "either?: int|x, value?}"
    )
    assert brief(schema)["properties"] == {
        "one": {"type": "object", "description": f"One. {line}"},
        "many": {"type": "array", "description": f"[{line}]"},
    }


def test_short_forms_are_valid_and_shorter() -> None:
    for row in list(CATALOG.values())[::3]:
        short = row.brief_schema
        Draft202012Validator.check_schema(short)
        assert "$ref" not in json.dumps(short), row.name
        assert size(short) <= size(row.input_schema), row.name


@pytest.mark.parametrize("name", sorted(USUAL))
def test_every_name_of_a_nested_argument_is_in_its_line(name: str) -> None:
    row = CATALOG[name]
    text = json.dumps(row.brief_schema)
    for field in row.brief_schema["properties"]:
        for inner in _names(row.input_schema["properties"][field], row.input_schema):
            assert inner in text


def _names(schema: Any, root: Json) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(_names(part, root) for part in schema))
    if not isinstance(schema, dict):
        return set()
    found = (
        set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
    )
    if "$ref" in schema:
        found |= _names(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    return found.union(*(_names(part, root) for part in schema.values()), set())
