"""Filters: an expression becomes a function that says yes or no to a row."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sandbox.errors import invalid
from sandbox.lexer import Token, tokens

Predicate = Callable[[Mapping[str, Any]], bool]
Literal = str | float | None
Operand = Literal | list[Literal]

NAMES = {
    "==": "EQ",
    "!=": "NE",
    ">": "GT",
    ">=": "GE",
    "<": "LT",
    "<=": "LE",
    "~": "MATCH",
    "!~": "NMATCH",
    ":=": "IEQ",
    "in": "IN",
}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
# Bounds the recursion of the parser; no honest filter nests this deep.
DEEPEST = 50


class Vocabulary(Protocol):
    """Which names a filter may use, and with which operators and values."""

    @property
    def quoted_names(self) -> bool:
        """Whether a name may stand in quotes."""

    def allow(self, name: str, sign: str, operand: Operand) -> None:
        """Refuse a comparison the service does not know."""


def compile_filter(expression: str, vocabulary: Vocabulary) -> Predicate:
    """Read a whole expression."""
    parser = _Parser(tokens(expression), vocabulary)
    predicate = parser.either()
    parser.expect("end")
    return predicate


def pins(expression: str) -> dict[str, str]:
    """Find the fields that must equal a text for a row to pass.

    Only a plain chain of `and` pins anything down.
    """
    words = tokens(expression)
    if any(word.kind in {"or", "not", "mark"} for word in words):
        return {}
    triples = zip(words, words[1:], words[2:], strict=False)
    return {
        name.text: value.text
        for name, sign, value in triples
        if (name.kind, sign.text, value.kind) == ("name", "==", "string")
    }


class _Parser:
    """Recursive descent: or, and, not, parentheses, comparison."""

    def __init__(self, words: list[Token], vocabulary: Vocabulary) -> None:
        self._words = words
        self._at = 0
        self._depth = 0
        self._vocabulary = vocabulary

    def expect(self, kind: str, text: str | None = None) -> Token:
        word = self._words[self._at]
        if word.kind != kind or (text is not None and word.text != text):
            raise invalid(f"Unexpected {word.text or 'end'!r} in the filter")
        self._at += 1
        return word

    def _accept(self, kind: str, text: str | None = None) -> bool:
        word = self._words[self._at]
        if word.kind != kind or (text is not None and word.text != text):
            return False
        self._at += 1
        return True

    def either(self) -> Predicate:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._maybe_not()]
        while self._accept("and"):
            parts.append(self._maybe_not())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _maybe_not(self) -> Predicate:
        turned = False
        while self._accept("not"):
            turned = not turned
        part = self._single()
        return (lambda row: not part(row)) if turned else part

    def _single(self) -> Predicate:
        if not self._accept("mark", "("):
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise invalid("The filter is nested too deeply")
        inner = self.either()
        self.expect("mark", ")")
        self._depth -= 1
        return inner

    def _comparison(self) -> Predicate:
        name = self._name()
        if self._accept("in"):
            sign: str = "in"
            operand: Operand = self._array()
        else:
            sign = self.expect("operator").text
            operand = self._literal()
        self._vocabulary.allow(name, sign, operand)
        path = (name,) if self._vocabulary.quoted_names else tuple(name.split("."))
        return comparison(path, sign, operand)

    def _name(self) -> str:
        if self._vocabulary.quoted_names and self._words[self._at].kind == "string":
            return self.expect("string").text
        return self.expect("name").text

    def _literal(self) -> Literal:
        word = self._words[self._at]
        self._at += 1
        if word.kind == "string":
            return word.text
        if word.kind == "number":
            return float(word.text) if "." in word.text else int(word.text)
        if word.kind == "null":
            return None
        raise invalid(f"Unexpected {word.text or 'end'!r} in the filter")

    def _array(self) -> list[Literal]:
        self.expect("mark", "[")
        items = [self._literal()]
        while self._accept("mark", ","):
            items.append(self._literal())
        self.expect("mark", "]")
        if None in items or len({isinstance(item, str) for item in items}) > 1:
            raise invalid("An array of the filter holds values of one kind")
        return items


def reach(row: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Follow dotted names into objects; what is not there is null."""
    value: Any = row.get(path[0])
    for step in path[1:]:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def comparison(path: tuple[str, ...], sign: str, operand: Operand) -> Predicate:
    """Make the function for one comparison."""
    if sign in {"==", "!="} and not isinstance(operand, list):
        wanted = sign == "=="
        return lambda row: _equal(reach(row, path), operand) is wanted
    if isinstance(operand, list):
        return lambda row: any(_equal(reach(row, path), item) for item in operand)
    if sign == ":=":
        folded = str(operand).casefold()
        return lambda row: str(reach(row, path)).casefold() == folded
    if sign in {"~", "!~"}:
        return _matching(path, str(operand), wanted=sign == "~")
    return _ordered(path, _ORDERS[sign], operand)


def _equal(value: Any, operand: Literal) -> bool:
    if isinstance(value, bool):
        return operand == str(value).lower()
    if isinstance(operand, (int, float)):
        return _numeric(value) == operand
    return bool(value == operand)


def _numeric(value: Any) -> float | None:
    """Read a number; 64-bit counters are kept as text."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return None


def _matching(path: tuple[str, ...], pattern: str, *, wanted: bool) -> Predicate:
    try:
        search = re.compile(pattern).search
    except re.error:
        raise invalid(f"invalid regular expression: {pattern}") from None

    def matches(row: Mapping[str, Any]) -> bool:
        value = reach(row, path)
        values = value if isinstance(value, list) else [value]
        return any(isinstance(one, str) and search(one) for one in values) is wanted

    return matches


def _ordered(
    path: tuple[str, ...], order: Callable[[Any, Any], bool], operand: Literal
) -> Predicate:
    def compares(row: Mapping[str, Any]) -> bool:
        value = reach(row, path)
        if isinstance(operand, (int, float)):
            number = _numeric(value)
            return number is not None and order(number, operand)
        return isinstance(value, str) and isinstance(operand, str) and order(value, operand)

    return compares
