from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers import bare, normaliser, segment

REFUSED = [
    "..",
    ".",
    "...",
    "%2e%2e/",
    "%2e%2e",
    "a?b",
    "a#b",
    "a/../../b",
    "",
    "x" * 300,
    "a b",
    "a\n",
    "a\x00",
    "ä",
    "a;b",
    "a\\b",
]
subnet = normaliser("ipam/subnet")


@pytest.mark.parametrize("text", REFUSED)
def test_what_could_leave_the_route_is_no_segment(text: str) -> None:
    with pytest.raises(ValueError, match="not an object id"):
        segment(text)


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("prefix", ["", "ipam/subnet/"])
def test_what_could_leave_the_route_is_no_id(text: str, prefix: str) -> None:
    with pytest.raises(ValueError, match="id"):
        subnet(prefix + text)


@pytest.mark.parametrize(
    "text",
    [
        "dns/record/5",
        "ipam/subnet/ipam/subnet/5",
        "/ipam/subnet/5",
        "subnet/5",
        "IPAM/SUBNET/5",
        "ipam/subnet/../5",
        "../../dns/record/5",
        "ipam//subnet/5",
    ],
)
def test_an_id_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an id of ipam/subnet"):
        subnet(text)


@pytest.mark.parametrize("text", ["5a-b_c.d", "ipam/subnet/5a-b_c.d"])
def test_a_bare_and_a_full_id_are_one_id(text: str) -> None:
    assert subnet(text) == "ipam/subnet/5a-b_c.d"


def test_a_url_wants_the_last_part() -> None:
    assert bare("ipam/subnet/5") == "5"
    assert bare("5") == "5"


@given(st.text(max_size=200))
def test_whatever_passes_has_the_prefix_and_one_harmless_part(text: str) -> None:
    try:
        full = subnet(text)
    except ValueError:
        return
    assert re.fullmatch(r"ipam/subnet/[A-Za-z0-9_.-]{1,128}", full)
    assert set(bare(full)) != {"."}
    assert subnet(full) == full
