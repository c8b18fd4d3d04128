from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.expressions import Operator, comparison, literal

TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"]|"")*"|'(?:[^']|'')*')
    | (?P<operator>==|!=|>=|<=|!~|:=|>|<|~)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<name>[A-Za-z][A-Za-z0-9._-]*)
    | (?P<sign>[\[\](),])
    )""",
    re.VERBOSE,
)
# Surrogates cannot be encoded and control characters have no escape: both are refused.
typed = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
operators = st.sampled_from(get_args(Operator))


def lexed(expression: str) -> list[tuple[str, str]]:
    """Return the tokens of an expression as the grammar sees them, texts without their quotes."""
    tokens = []
    at = 0
    while at < len(expression):
        match = TOKEN.match(expression, at)
        assert match, f"the grammar has nothing for {expression[at:]!r}"
        kind = str(match.lastgroup)
        text = match[kind]
        if kind == "string":
            text = text[1:-1].replace(text[0] * 2, text[0])
        tokens.append((kind, text))
        at = match.end()
    return tokens


@given(typed)
def test_a_text_is_one_literal_whatever_was_typed(text: str) -> None:
    assert lexed(literal(text)) == [("string", text)]


@given(operators.filter(lambda operator: operator not in {"~", "!~"}), typed)
def test_a_comparison_has_three_tokens_whatever_was_typed(operator: Operator, text: str) -> None:
    assert lexed(comparison("name", operator, text)) == [
        ("name", "name"),
        ("operator", operator),
        ("string", text),
    ]


@given(typed)
def test_a_pattern_matches_exactly_what_was_typed(text: str) -> None:
    name, operator, pattern = lexed(comparison("name", "~", text))
    assert (name, operator, pattern[0]) == (("name", "name"), ("operator", "~"), "string")
    assert re.search(pattern[1], f"before{text}after")
    assert re.fullmatch(pattern[1], text)


@given(typed, typed)
def test_a_pattern_does_not_match_another_text(text: str, other: str) -> None:
    (_, _, (_, pattern)) = lexed(comparison("name", "~", text))
    assert bool(re.search(pattern, other)) == (text in other)


@given(st.integers(0, 2**63))
def test_a_number_is_not_quoted(number: int) -> None:
    assert lexed(comparison("cidr", "==", number))[2] == ("number", str(number))


def test_a_flag_is_a_word() -> None:
    assert (literal(True), literal(False)) == ('"true"', '"false"')


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        literal(text)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ('say "hi"', 'name=="say ""hi"""'),
        ('"', 'name==""""'),
        ("", 'name==""'),
        ("it's", 'name=="it\'s"'),
        ("a\\", 'name=="a\\"'),
        ('" or name!="', 'name==""" or name!="""'),
    ],
)
def test_quotes_are_doubled_and_backslashes_left_alone(text: str, expression: str) -> None:
    assert comparison("name", "==", text) == expression


def test_a_pattern_escapes_what_regular_expressions_know() -> None:
    assert comparison("name", "~", "a.b*(c)") == 'name~"a\\.b\\*\\(c\\)"'
