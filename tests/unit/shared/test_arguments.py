"""Reading what hosts send."""

from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from shared.arguments import MAX_BYTES, MAX_DEPTH, Form, screen, shown, structured_fields
from shared.catalog import Args
from shared.errors import InvalidArguments
from shared.operations import CATALOG


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int


class Example(Args):
    """An example."""

    limit: Annotated[int, Field(ge=1, le=9)] = 1
    names: Annotated[list[str] | None, Field(max_length=2)] = None
    tags: dict[str, str] | None = None
    either: str | dict[str, str] | None = None
    inner: Inner | None = None
    fields: str | None = None


FORM = Form("example", Example, Example.model_json_schema())


def refusal(**given: Any) -> str:
    with pytest.raises(InvalidArguments) as caught:
        FORM.read(given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given_arguments", "said"),
    [
        ({"limit": 0}, "limit: must be at least 1"),
        ({"limit": "ten"}, "limit: must be a whole number"),
        ({"names": ["a", "b", "c"]}, "names: must have at most 2 entries"),
        ({"names": "a"}, "names: must be a list"),
        ({"inner": {}}, "inner.size: is required"),
        ({"inner": {"size": 1, "sise": 2}}, "inner.sise: is not known here"),
        ({"feilds": 1}, "feilds: is not an argument of example (did you mean fields?)"),
        ({"x" * 100: 1}, f"{'x' * 64}: is not an argument of example"),
        ({"a\ud800\n": 1}, "a??: is not valid Unicode"),
        ({"fields": 1.5}, "fields: must be a text"),
    ],
)
def test_error_names_the_field(given_arguments: dict[str, Any], said: str) -> None:
    assert refusal(**given_arguments) == said


def test_errors_are_cut_after_eight() -> None:
    said = refusal(**{f"unknown{number}": 1 for number in range(12)})
    assert said.count("is not an argument") == 8
    assert said.endswith("; and 4 more")


def test_no_arguments_are_none_at_all() -> None:
    assert FORM.read(None) == Example()


def test_json_text_is_parsed_only_where_text_is_impossible() -> None:
    read = FORM.read({"names": '["a"]', "tags": '{"k": "v"}', "either": '{"k": "v"}'})
    assert read == Example(names=["a"], tags={"k": "v"}, either='{"k": "v"}')
    assert FORM.read({"tags": "null"}) == Example()
    assert refusal(names="[1") == "names: must be a list"
    assert refusal(names="[" * 100_000) == "names: must be a list"


def test_structured_fields_of_the_catalog() -> None:
    found = {name: structured_fields(row.input_schema) for name, row in CATALOG.items()}
    assert found["create_subnet"] > {"tags", "dhcp_options", "inheritance_sources"}
    assert "address" not in found["create_subnet"]
    assert found["create_threat_named_list"] == {"items", "items_described", "tags"}
    assert found["configure_vpn_infrastructure"] == {"vpn_payload"}
    assert found["list_subnets"] == {"where"}


def test_words_survive_a_missing_context() -> None:
    """The VPN payload reports its errors again without what they were about."""
    form = Form("vpn", CATALOG["configure_vpn_infrastructure"].args, {})
    with pytest.raises(InvalidArguments, match=r"vpn_payload\.universal_service\.name"):
        form.read({"vpn_payload": {"universal_service": {"operation": "UPDATE", "name": ""}}})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner),
    max_leaves=20,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text("abc", max_size=3), JSON))
def test_plain_json_passes_the_screen(arguments: dict[str, Any]) -> None:
    screen(arguments)


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return {"a": value}


def test_depth_has_a_limit() -> None:
    screen(nested(MAX_DEPTH - 1))
    with pytest.raises(InvalidArguments, match="nested deeper"):
        screen(nested(MAX_DEPTH))


@pytest.mark.parametrize("text", ["x" * MAX_BYTES, "é" * (MAX_BYTES // 2)])
def test_size_has_a_limit(text: str) -> None:
    screen({"a": text[: MAX_BYTES // 2 - 10]})
    with pytest.raises(InvalidArguments, match="larger than"):
        screen({"a": text})


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 2**63, -(2**63), b"x", {1, 2}])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(InvalidArguments, match=r"a\.0: is not"):
        screen({"a": [value]})


def test_shown_names_are_short_and_printable() -> None:
    assert shown(["a\nb", 3, "c" * 100]) == f"a?b.3.{'c' * 64}"
