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

    def check(self, value: object) -> None:
        """Refuse a value of the wrong type, size or word."""
        fits, wanted = KINDS[self.kind]
        if not fits(value):
            raise invalid(f"invalid value for field '{self.name}': {wanted} is expected")
        if self.words and value not in self.words:
            raise invalid(f"invalid value for field '{self.name}': one of {', '.join(self.words)}")
        self._check_size(value)

    def _check_size(self, value: object) -> None:
        size = len(value) if isinstance(value, (str, list)) else value
        if not isinstance(size, (int, float)):
            return
        if self.low is not None and size < self.low:
            raise invalid(f"invalid value for field '{self.name}': less than {self.low}")
        if self.high is not None and size > self.high:
            raise invalid(f"invalid value for field '{self.name}': more than {self.high}")


Fields = Mapping[str, Field]


def fields(text: str) -> Fields:
    """Read a table of fields, one `name: kind mark...` per line.

    Marks: required, readonly, immutable, words=a|b, size=0..256, ref=ipam/ip_space.
    """
    lines = (line.strip() for line in text.splitlines())
    made = [_field(line) for line in lines if line]
    return {field.name: field for field in made}


def _field(line: str) -> Field:
    found = _LINE.match(line)
    if found is None or found["kind"] not in KINDS:
        raise ValueError(f"not a field: {line!r}")
    flags = set()
    given = {"words": "", "size": "", "ref": ""}
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
    )


def checked(table: Fields, body: Mapping[str, Any], *, partial: bool) -> Row:
    """Return what may be written: unknown fields refused, read-only ones dropped."""
    kept: Row = {}
    for name, value in body.items():
        field = table.get(name)
        if field is None:
            raise invalid(f"unknown field: {name}")
        if field.readonly:
            continue
        # Null empties a field; the required ones cannot be empty.
        if value is None and not field.required:
            kept[name] = None
            continue
        field.check(value)
        kept[name] = value
    if not partial:
        _require(table, kept)
    return kept


def _require(table: Fields, kept: Row) -> None:
    for field in table.values():
        if field.required and field.name not in kept:
            raise invalid(f"required field missing: {field.name}")
