"""The filter language."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import Refused
from sandbox.filtering import compile_filter
from sandbox.lexer import tokens
from sandbox.resource import TagWords

SUBNETS = "/api/ddi/v1/ipam/subnet"
RECORDS = "/api/ddi/v1/dns/record"


@given(st.text(), st.sampled_from(["'", '"']))
def test_quoted_text_comes_back_as_it_was(text: str, quote: str) -> None:
    written = f"{quote}{text.replace(quote, quote * 2)}{quote}"
    assert [(one.kind, one.text) for one in tokens(written)] == [("string", text), ("end", "")]


@given(st.text())
def test_no_text_can_leave_its_quotes(text: str) -> None:
    quoted = text.replace('"', '""')
    predicate = compile_filter(f'name=="{quoted}"', TagWords())
    assert predicate({"name": text})
    assert not predicate({"name": f"{text}x"})


@given(st.text(max_size=30))
def test_any_expression_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        compile_filter(text, TagWords())


ROW = {"a": "Red", "n": 5, "c": "12", "o": {"x": 1}, "s": 'say "hi"', "list": ["p", "q"]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('a=="Red"', True),
        ("a=='red'", False),
        ("a:='red'", True),
        ("a!='red'", True),
        ("a~'^R'", True),
        ("a~'e'", True),
        ("a!~'e'", False),
        ("n>=5 and n<6", True),
        ("n>5 or n<5", False),
        ("not n==5", False),
        ("not (n==5 and a=='x')", True),
        ("n in [4,5]", True),
        ("a in ['x','Red']", True),
        ("c>9", True),
        ("missing==null", True),
        ("a!=null", True),
        ('s=="say ""hi"""', True),
        ("list~'q'", True),
        ("n==1 or n==5 and a=='Red'", True),
    ],
)
def test_an_expression_says_what_it_should(expression: str, expected: bool) -> None:
    assert compile_filter(expression, TagWords())(ROW) is expected


@pytest.mark.parametrize(
    "expression",
    [
        *("", "a", "a==", "a=1", "a==-1", "a==1e5", "a=='x", "(a==1", "a==1)", "a in []", "a~'['"),
        *("a in [1,'x']", "a==1 AND b==2", "1==a", "a=='x\\'y'", "(" * 200 + "a==1"),
    ],
)
def test_a_broken_expression_is_refused(expression: str) -> None:
    with pytest.raises(Refused) as refusal:
        compile_filter(expression, TagWords())
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("path", "expression", "message"),
    [
        (SUBNETS, "subnet=='x'", "Unknown field: subnet"),
        (SUBNETS, "tags.Site=='x'", "Unknown field: tags.Site"),
        (SUBNETS, "address.x=='x'", "Unknown field: address.x"),
        (RECORDS, "rdata=='10.0.0.1'", "Operation EQ is not allowed for 'rdata'"),
        (SUBNETS, "cidr=='24'", "Invalid value for 'cidr': a number is expected"),
    ],
)
def test_the_service_names_what_it_refuses(
    api: Any, path: str, expression: str, message: str
) -> None:
    answer = api.get(path, _filter=expression)
    assert answer.status_code == 400
    assert answer.json() == {"error": [{"message": message}]}


def test_filters_choose_rows_by_field_object_and_tag(api: Any) -> None:
    by_mask = api.rows(SUBNETS, _filter="cidr==24")
    assert by_mask
    assert {row["cidr"] for row in by_mask} == {24}
    assert api.rows(SUBNETS, _filter="utilization.utilization>=90 and cidr<128") is not None
    tagged = api.rows(SUBNETS, _tfilter='"Site"=="FRA" and Owner=="network-team"')
    assert len(tagged) == 48
