"""Realms and the blocks given to them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import Row, first, made, read, removed, status

KINDS = ("federated_block", "reserved_block", "overlapping_block")


@pytest.fixture
def realm(api: Caller) -> str:
    return str(made(api, "federation/federated_realm", name="new")["id"])


def wish(realm: str, address: str = "10.0.0.0", cidr: int = 8, **more: Any) -> Row:
    return {"address": address, "cidr": cidr, "federated_realm": realm, **more}


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_blocks_are_taken_once(api: Caller, realm: str, kind: str) -> None:
    outer = made(api, "federation/federated_block", **wish(realm))
    made(api, "federation/reserved_block", **wish(realm, "10.0.0.0", 16))
    path = f"{DDI}/{outer['id']}/next_available_{kind}"
    looked = api.rows(path, cidr=16, count=2)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api.post(path, {"cidr": 16}), range(50)))
    rows = [one.json()["results"][0] for one in answers]
    assert len({row["address"] for row in rows}) == 50
    assert {row["address"] for row in looked} <= {row["address"] for row in rows}
    assert "10.0.0.0" not in {row["address"] for row in rows}
    assert all(row["id"].startswith(f"federation/{kind}/") for row in rows)
    assert read(api, rows[0]["id"])["parent"] == outer["id"]
    assert sum(read(api, outer["id"])["allocation_v4"].values()) == 51


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"cidr": 9, "count": 2}, 200),
        ({"cidr": 9, "count": 3}, 400),
        ({"cidr": 7}, 400),
        ({}, 400),
        ({"cidr": 129}, 400),
        ({"cidr": 16, "nonsense": 1}, 400),
    ],
)
def test_a_wish_for_blocks_is_checked(api: Caller, realm: str, body: Row, expected: int) -> None:
    outer = made(api, "federation/federated_block", **wish(realm))
    path = f"{DDI}/{outer['id']}/next_available_federated_block"
    assert api.post(path, body).status_code == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 409),
        ({"cidr": 9}, 200),
        ({"address": "10.0.0.1"}, 400),
        ({"address": "x"}, 400),
        ({"cidr": None, "address": "11.0.0.0"}, 400),
        ({"cidr": 8, "address": "11.0.0.0/9"}, 400),
        ({"federated_realm": None}, 400),
        ({"federated_realm": "Europe"}, 500),
    ],
)
def test_a_block_is_checked(api: Caller, realm: str, body: Row, expected: int) -> None:
    made(api, "federation/federated_block", **wish(realm))
    assert status(api, "federation/federated_block", **wish(realm) | body) == expected


def test_a_realm_with_blocks_stays_and_a_block_leaves_its_children(api: Caller, realm: str) -> None:
    inner = made(api, "federation/federated_block", **wish(realm, "10.1.0.0", 16))
    outer = made(api, "federation/federated_block", **wish(realm))
    assert read(api, inner["id"])["parent"] == outer["id"]
    assert removed(api, realm) == 409
    removed(api, outer["id"])
    assert read(api, inner["id"])["parent"] is None
    removed(api, inner["id"])
    assert removed(api, realm) == 200


def test_what_no_official_client_knows_is_served_where_it_was_seen(api: Caller, realm: str) -> None:
    assert first(api, "federation/delegation", 'name=="Nordics"')["protocol"] == "ip4"
    assert status(api, "federation/delegation", address="10.0.0.0") == 501
    pool = made(api, "federation/federated_pool", name="pool", federated_realm=realm)
    assert pool["provider"] == "NIOS_X"
    path = "federation/forward_looking_delegation"
    planned = made(api, path, address="10.9.0.0", cidr=16, federated_realms=[realm])
    assert planned["state"] == "PENDING"
    assert removed(api, realm) == 409
