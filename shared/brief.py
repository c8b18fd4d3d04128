"""The short form of an arguments' schema, for the list of tools that every host reads.

It leaves out arguments that are seldom needed and bounds that a caller seldom meets, and writes
what is nested as one line: `{name, size: S|M|L, tags?}`, where `?` may be left out and `[]` is a
list. What it leaves out is accepted and checked all the same: the whole schema is the rule.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

Json = dict[str, Any]
_BOUNDS = frozenset(
    {"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties", "pattern"}
)
# Above it nobody comes by accident.
_HIGH = 1000
_WORDS = {"string": "", "integer": "int", "boolean": "bool"}


def brief(schema: Mapping[str, Any], rare: Collection[str] = ()) -> Json:
    """Return the short form of a schema without the `rare` arguments.

    Only where nothing was left out it says that there are no other arguments.
    """
    fields = schema.get("properties", {})
    needed = schema.get("required", [])
    left = {
        name: _short(field, schema.get("$defs", {}))
        for name, field in fields.items()
        if name in needed or name not in rare
    }
    found: Json = {"type": "object", "properties": left}
    if needed:
        found["required"] = list(needed)
    if len(left) == len(fields):
        found["additionalProperties"] = False
    return found


def _short(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Json:
    if _nested(field):
        line = _Line(definitions).of(field)
        said = field.get("description")
        kind = "array" if "items" in field else "object"
        return {"type": kind, "description": f"{said} {line}" if said else line}
    return {key: value for key, value in field.items() if not _idle(key, value)}


def _nested(field: Mapping[str, Any]) -> bool:
    inner = field.get("items", field)
    return "properties" in inner or "$ref" in inner


def _idle(key: str, value: Any) -> bool:
    return (
        key in _BOUNDS
        or key == "additionalProperties"
        or (key == "minimum" and value in (0, 1))
        or (key == "maximum" and value > _HIGH)
        or (key == "default" and value in (False, 0))
    )


class _Line:
    """Writes a schema as one line; what comes again is written once and then called by its name."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._written: set[str] = set()

    def of(self, schema: Mapping[str, Any]) -> str:
        """Return the line."""
        if "$ref" in schema:
            return self._named(schema["$ref"].rpartition("/")[2])
        if "properties" in schema:
            return f"{{{', '.join(self._fields(schema))}}}"
        if "items" in schema:
            return f"[{self.of(schema['items'])}]"
        options = schema.get("anyOf") or schema.get("oneOf")
        return "|".join(map(self.of, options)) if options else _word(schema)

    def _named(self, name: str) -> str:
        if name in self._written:
            return name
        self._written.add(name)
        return f"{name} {self.of(self._definitions[name])}"

    def _fields(self, schema: Mapping[str, Any]) -> Iterator[str]:
        for name, field in schema["properties"].items():
            told = self.of(field)
            mark = name if name in schema.get("required", ()) else f"{name}?"
            yield f"{mark}: {told}" if told else mark


def _word(schema: Mapping[str, Any]) -> str:
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "|".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "")
    return "" if isinstance(kind, list) else _WORDS.get(kind, kind)
