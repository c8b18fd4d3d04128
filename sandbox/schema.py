"""Fields of a resource, written as one line of text each, and the check of a body."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import invalid

Row = dict[str, Any]

LARGEST_ASN = 4_294_967_295

_LINE = re.compile(r"^(?P<name>\w+): (?P<kind>\w+)(?P<marks>( \S+)*)$")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_list_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


def is_ipv4(value: object) -> bool:
    """Tell whether this is an IPv4 address in text."""
    return isinstance(value, str) and _parses(ipaddress.IPv4Address, value)


def is_ipv6(value: object) -> bool:
    """Tell whether this is an IPv6 address in text."""
    return isinstance(value, str) and _parses(ipaddress.IPv6Address, value)


def is_network(value: object) -> bool:
    """Tell whether this is an address or a network in text."""
    return isinstance(value, str) and _parses(ipaddress.ip_network, value)


def is_asn(value: object) -> bool:
    """Tell whether this is the number of an autonomous system, as a number or in digits."""
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    return isinstance(number, int) and 1 <= number <= LARGEST_ASN


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _is_inheritance(value: object) -> bool:
    """Tell whether every action in the blocks, however deep, is one that exists."""
    if not isinstance(value, dict):
        return False
    inner = (one for name, one in value.items() if isinstance(one, dict) and name != "value")
    return value.get("action") in _ACTIONS and all(_is_inheritance(one) for one in inner)


_ACTIONS = (None, "inherit", "override", "none")

KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a string"),
    "address": (lambda value: isinstance(value, str), "a string"),
    "datetime": (lambda value: isinstance(value, str), "a date and time"),
    "integer": (_is_integer, "an integer"),
    "number": (_is_number, "a number"),
    "boolean": (lambda value: isinstance(value, bool), "a boolean"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "strings": (_is_list_of(str), "a list of strings"),
    "integers": (
        lambda value: isinstance(value, list) and all(_is_integer(item) for item in value),
        "a list of integers",
    ),
    "objects": (_is_list_of(dict), "a list of objects"),
    "inheritance": (_is_inheritance, "actions: inherit or override"),
    "ipv4": (is_ipv4, "an IPv4 address"),
    "ipv6": (is_ipv6, "an IPv6 address"),
    "asn": (is_asn, "the number of an autonomous system"),
    "ipv4s": (
        lambda value: isinstance(value, list) and all(is_ipv4(item) for item in value),
        "a list of IPv4 addresses",
    ),
    "cidrs": (
        lambda value: isinstance(value, list) and all(is_network(item) for item in value),
        "a list of networks",
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """What the API says about one field."""

    name: str
    kind: str
    required: bool = False
    readonly: bool = False
    immutable: bool = False
    words: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    ref: str | None = None
    default: object = None
    of: Fields | None = None
    """The fields of the object, or of each object in the list."""

    def check(self, value: object, *, path: str = "", partial: bool = False) -> object:
        """Refuse a value of the wrong type, size or word; give it without what is ignored."""
        name = path + self.name
        fits, wanted = KINDS[self.kind]
        if not fits(value):
            raise invalid(f"invalid value for field '{name}': {wanted} is expected")
        if self.words and not set(value if isinstance(value, list) else [value]) <= {*self.words}:
            raise invalid(f"invalid value for field '{name}': one of {', '.join(self.words)}")
        self._check_size(value, name)
        if self.of is None:
            return value
        if isinstance(value, list):
            return [checked(self.of, one, partial=False, path=f"{name}.") for one in value]
        return checked(self.of, dict(value), partial=partial, path=f"{name}.")  # type: ignore[call-overload]  # its kind was just checked

    def _check_size(self, value: object, name: str) -> None:
        size = len(value) if isinstance(value, (str, list)) else value
        if not isinstance(size, (int, float)):
            return
        if self.low is not None and size < self.low:
            raise invalid(f"invalid value for field '{name}': less than {self.low}")
        if self.high is not None and size > self.high:
            raise invalid(f"invalid value for field '{name}': more than {self.high}")


Fields = Mapping[str, Field]


def fields(text: str, shapes: Mapping[str, Fields] | None = None) -> Fields:
    """Read a table of fields, one `name: kind mark...` per line.

    Marks: required, readonly, immutable, words=a|b, size=0..256, ref=ipam/ip_space, default=90,
    of=shape (an object, or a list of them, with fields of its own).
    """
    lines = (line.strip() for line in text.splitlines())
    made = [_field(line, shapes or {}) for line in lines if line]
    return {field.name: field for field in made}


def _field(line: str, shapes: Mapping[str, Fields]) -> Field:
    found = _LINE.match(line)
    if found is None or found["kind"] not in KINDS:
        raise ValueError(f"not a field: {line!r}")
    flags = set()
    given = {"words": "", "size": "", "ref": "", "default": "", "of": ""}
    for mark in found["marks"].split():
        name, _, value = mark.partition("=")
        if name in given:
            given[name] = value
        elif name in {"required", "readonly", "immutable"}:
            flags.add(name)
        else:
            raise ValueError(f"not a mark: {mark!r}")
    low, _, high = given["size"].partition("..")
    return Field(
        name=found["name"],
        kind=found["kind"],
        required="required" in flags,
        readonly="readonly" in flags,
        immutable="immutable" in flags,
        words=tuple(given["words"].split("|")) if given["words"] else (),
        low=int(low) if low else None,
        high=int(high) if high else None,
        ref=given["ref"] or None,
        default=_default(found["kind"], given["default"]),
        of=shapes[given["of"]] if given["of"] else None,
    )


def _default(kind: str, text: str) -> object:
    if not text:
        return None
    if kind == "boolean":
        return text == "true"
    return int(text) if kind == "integer" else text


def checked(table: Fields, body: Mapping[str, Any], *, partial: bool, path: str = "") -> Row:
    """Return what may be written: unknown fields refused, read-only ones dropped."""
    kept: Row = {}
    for name, value in body.items():
        field = table.get(name)
        if field is None:
            raise invalid(f"unknown field: {path}{name}")
        if field.readonly:
            continue
        # Null empties a field; the required ones cannot be empty.
        if value is None and not field.required:
            kept[name] = None
            continue
        kept[name] = field.check(value, path=path, partial=partial)
    if not partial:
        _complete(table, kept, path)
    return kept


def _complete(table: Fields, kept: Row, path: str) -> None:
    """Refuse what lacks a required field; give the others their defaults."""
    for field in table.values():
        if field.name in kept:
            continue
        if field.required:
            raise invalid(f"required field missing: {path}{field.name}")
        if field.default is not None:
            kept[field.name] = field.default
