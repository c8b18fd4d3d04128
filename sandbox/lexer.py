"""Words of the filter language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.errors import invalid

KEYWORDS = frozenset({"and", "or", "not", "in", "null"})

# A quote inside a string is written twice; a backslash is a letter like any other.
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<name>[A-Za-z][A-Za-z0-9._-]*)
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.]))
  | "(?P<double>(?:[^"]|"")*)"
  | '(?P<single>(?:[^']|'')*)'
  | (?P<operator>==|!=|>=|<=|:=|!~|>|<|~)
  | (?P<mark>[()\[\],])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: what it is and what it says."""

    kind: str
    text: str


def tokens(expression: str) -> list[Token]:
    """Cut an expression into words, or refuse it."""
    found: list[Token] = []
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise invalid(f"Unexpected symbol {expression[at]!r} at position {at} of the filter")
        at = match.end()
        if match.lastgroup != "space":
            found.append(_token(match))
    found.append(Token("end", ""))
    return found


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind == "double":
        return Token("string", text.replace('""', '"'))
    if kind == "single":
        return Token("string", text.replace("''", "'"))
    if kind == "name" and text in KEYWORDS:
        return Token(text, text)
    return Token(kind, text)
