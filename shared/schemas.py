"""JSON schemas as hosts should get them: every word of a schema is read by a model on every call.

Pydantic's own have a title for each field, spell out that an optional field may be null, and put
every nested object aside. Here: no titles, no nulls (they are still accepted), and aside only what
is used twice.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
_NULL = {"type": "null"}
# The bound of texts that have none of their own.
MAX_TEXT = 20_000
_LAST = frozenset({"dry_run", "idempotency_key"})


def slim(schema: Mapping[str, Any]) -> Json:
    """Return the schema of an arguments model without what says nothing, required fields first."""
    definitions = schema.get("$defs", {})
    uses = Counter(_references(schema))
    once = {name: inner for name, inner in definitions.items() if uses[name] == 1}
    found = _slim({key: value for key, value in schema.items() if key != "$defs"}, once)
    found.pop("description", None)
    found["additionalProperties"] = False
    shared = {name: _slim(inner, once) for name, inner in definitions.items() if uses[name] > 1}
    return found | ({"$defs": shared} if shared else {})


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield _named(value["$ref"])
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _named(reference: str) -> str:
    return reference.rpartition("/")[2]


def _slim(schema: Mapping[str, Any], once: Mapping[str, Any]) -> Json:
    found: Json = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = _properties(schema, once)
        elif key in {"anyOf", "oneOf", "allOf"}:
            found |= _options(key, [_slim(option, once) for option in value if option != _NULL])
        elif key == "$ref" and _named(value) in once:
            found |= _slim(once[_named(value)], once)
        elif key in {"items", "additionalProperties"} and isinstance(value, Mapping):
            found[key] = _slim(value, once)
        elif not _idle(key, value):
            # The field's own words go before those of the object it holds.
            found[key] = value
    if "enum" in found or "const" in found:
        # The words themselves show that they are texts.
        found.pop("type", None)
    return found


def _idle(key: str, value: Any) -> bool:
    """Tell whether a word of a schema says nothing to a host."""
    return (
        key in {"title", "propertyNames"}
        or (key == "additionalProperties" and isinstance(value, bool))
        or (key == "default" and value in (None, []))
        or (key == "maxLength" and value == MAX_TEXT)
    )


def _properties(schema: Mapping[str, Any], once: Mapping[str, Any]) -> Json:
    required = schema.get("required", ())
    fields = schema["properties"]
    return {name: _slim(fields[name], once) for name in sorted(fields, key=_late(required))}


def _late(required: Any) -> Any:
    return lambda name: (name not in required, name in _LAST)


def _options(key: str, options: list[Json]) -> Json:
    return options[0] if len(options) == 1 else {key: options}
