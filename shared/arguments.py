"""What a tool accepts: arguments of a host become a checked model, or an error that names fields.

Values are never repeated in an error: any of them may be a secret.
"""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

from pydantic import ValidationError

from shared.catalog import Args
from shared.errors import InvalidArguments

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
_MAX_NUMBER = 2**63
_MAX_PROBLEMS = 8
_NAME_LENGTH = 64

Json = dict[str, Any]
_SAID = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "string_pattern_mismatch": "must match {pattern}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    # Pydantic's own text repeats the tag it was given.
    "union_tag_invalid": "must be a kind out of {expected_tags}",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "value_error": "{error}",
}


class Form:
    """The arguments of one tool, as a host may send them."""

    def __init__(self, tool: str, model: type[Args], schema: Mapping[str, Any]) -> None:
        self._tool = tool
        self._model = model
        self._fields = tuple(model.model_fields)
        self._structured = structured_fields(schema)

    def read(self, given: Mapping[str, Any] | None) -> Args:
        """Return the checked arguments; raise InvalidArguments naming every field at fault."""
        arguments = self._unpacked(given or {})
        screen(arguments)
        try:
            return self._model.model_validate(arguments)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False)
        said = [self._said(problem) for problem in problems[:_MAX_PROBLEMS]]
        if len(problems) > _MAX_PROBLEMS:
            said.append(f"and {len(problems) - _MAX_PROBLEMS} more")
        raise InvalidArguments("; ".join(said))

    def _unpacked(self, given: Mapping[str, Any]) -> Json:
        """Parse objects and lists that a host sent as JSON text."""
        return {
            name: _parsed(value)
            if name in self._structured and isinstance(value, str) and len(value) <= MAX_BYTES
            else value
            for name, value in given.items()
        }

    def _said(self, problem: Mapping[str, Any]) -> str:
        place = problem["loc"]
        if problem["type"] == "extra_forbidden" and len(place) == 1:
            return self._stray(str(place[0]))
        text = _words(problem)
        return f"{shown(place)}: {text}" if place else text

    def _stray(self, name: str) -> str:
        near = get_close_matches(name, self._fields, 1) if len(name) <= _NAME_LENGTH else []
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"{shown([name])}: is not an argument of {self._tool}{hint}"


def _words(problem: Mapping[str, Any]) -> str:
    try:
        return _SAID[problem["type"]].format_map(problem.get("ctx", {}))
    except KeyError:
        # A kind without words of ours, or one whose context was left behind on purpose.
        return str(problem["msg"]).removeprefix("Input ")


def shown(place: Iterable[object]) -> str:
    """Return the name of a field as an error may show it: short and printable."""
    text = ".".join(str(part)[:_NAME_LENGTH] for part in place)
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def structured_fields(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the arguments that are objects or lists and can never be a text."""
    definitions = schema.get("$defs", {})
    found = {
        name: _types(field, definitions) for name, field in schema.get("properties", {}).items()
    }
    return frozenset(
        name
        for name, types in found.items()
        if types & {"object", "array"} and "string" not in types
    )


def screen(arguments: Json) -> None:
    """Refuse what JSON texts, the store or the API cannot carry, and what is too large."""
    room = MAX_BYTES
    pending: list[tuple[tuple[object, ...], Any]] = [((), arguments)]
    while pending:
        place, value = pending.pop()
        if len(place) > MAX_DEPTH:
            raise InvalidArguments(f"{shown(place[:1])}: is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, Mapping):
            for name in value:
                room -= _size((*place, name), name)
            pending += reversed([((*place, name), inner) for name, inner in value.items()])
        elif isinstance(value, list):
            pending += reversed([((*place, index), inner) for index, inner in enumerate(value)])
        else:
            room -= _size(place, value)
        room -= 1
        if room < len(pending):
            where = f", from {shown(place[:2])} on" if len(place) > 1 else ""
            raise InvalidArguments(
                f"the arguments are larger than {MAX_BYTES:,} bytes in all{where}"
            )


def _size(place: tuple[object, ...], value: Any) -> int:
    match value:
        case str():
            return _text_size(place, value)
        case None | bool():
            return 1
        case int() if abs(value) < _MAX_NUMBER:
            return 1
        case float() if isfinite(value):
            return 1
    kind = "is not a number that can be sent" if isinstance(value, int | float) else "is not JSON"
    raise InvalidArguments(f"{shown(place)}: {kind}")


def _text_size(place: tuple[object, ...], text: str) -> int:
    if "\0" in text:
        raise InvalidArguments(f"{shown(place)}: must not contain a NUL character")
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidArguments(f"{shown(place)}: is not valid Unicode") from None


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if value is None or isinstance(value, dict | list) else text


def _types(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> set[str]:
    if "$ref" in field:
        return _types(definitions[field["$ref"].rpartition("/")[2]], definitions)
    found: set[str] = set()
    for option in (*field.get("anyOf", ()), *field.get("oneOf", ()), *field.get("allOf", ())):
        found |= _types(option, definitions)
    kind = field.get("type")
    if isinstance(kind, str):
        found.add(kind)
    return found | {"string" for value in field.get("enum", ()) if isinstance(value, str)}
