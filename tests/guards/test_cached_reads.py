"""Cached reads on real parts: front ends, workers, the sandbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.operations import CATALOG
from tests.support.calls import Json, ask, front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
SPACES = "/api/ddi/v1/ipam/ip_space"
BLOCKS = "/api/ddi/v1/ipam/address_block"
FIGURES = {"utilization", "utilization_v6", "dhcp_utilization"}


def rows(answer: Json) -> list[Json]:
    assert answer["status"] == "done", answer
    found: list[Json] = answer["result"]["items"]
    assert found
    return found


def test_a_second_question_is_answered_from_the_cache(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    (first,) = ask(settings, ("list_ip_spaces", {}))
    again, other = ask(
        settings, ("list_ip_spaces", {"limit": 100}), ("list_ip_spaces", {"limit": 1})
    )
    assert len(sandbox.journal(path=SPACES)) == 2
    assert (first["meta"]["cached"], again["meta"]["cached"], other["meta"]["cached"]) == (
        False,
        True,
        False,
    )
    assert again["result"] == first["result"]
    assert again["meta"]["age_seconds"] >= 0
    (fresh,) = ask(settings, ("list_ip_spaces", {"refresh": True}))
    assert not fresh["meta"]["cached"]
    assert len(sandbox.journal(path=SPACES)) == 3


def test_forward_zones_after_zones_are_forward_zones(stack: Begin) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    for _ in range(2):
        for kind in ("auth", "forward"):
            (answer,) = ask(settings, ("list_dns_zones", {"zone_type": kind, "limit": 10}))
            assert {row["id"].split("/")[1] for row in rows(answer)} == {f"{kind}_zone"}
    assert answer["meta"]["cached"]


def test_utilization_is_neither_kept_nor_shown_unless_asked_for(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    for _ in range(2):
        (plain,) = ask(settings, ("list_address_blocks", {}))
        assert not any(FIGURES & row.keys() for row in rows(plain))
    assert plain["meta"]["cached"]
    for asking in (
        {"utilization": True},
        {"fields": "id,utilization"},
        {"filter": "utilization.utilization>=0"},
    ):
        for _ in range(2):
            (live,) = ask(settings, ("list_address_blocks", asking))
            assert not live["meta"]["cached"]
            assert all("utilization" in row for row in rows(live))
    assert len(sandbox.journal(path=BLOCKS)) == 7


def test_nothing_is_kept_where_the_cache_is_off(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", cache_ttl_seconds=0)
    settings = front_settings(here.env)
    for _ in range(2):
        (answer,) = ask(settings, ("list_ip_spaces", {}))
        assert not answer["meta"]["cached"]
    assert len(sandbox.journal(path=SPACES)) == 2


@pytest.mark.parametrize("name", ["list_subnets", "get_subnet", "list_dns_records"])
def test_what_changes_by_itself_has_no_cache(name: str) -> None:
    assert CATALOG[name].cache is None
