"""Subnets: create, overlap, allocation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

DDI = "/api/ddi/v1"
SUBNETS = f"{DDI}/ipam/subnet"


@pytest.fixture
def block(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.rows(f"{DDI}/ipam/address_block", _filter='address=="10.40.0.0"')[0]
    return found


def test_a_subnet_is_made_changed_and_removed(api: Any, block: dict[str, Any]) -> None:
    body = {"address": "10.40.250.0/24", "space": block["space"], "name": "new", "id": "ignored"}
    made = api.post(SUBNETS, body).json()["result"]
    assert (made["address"], made["cidr"], made["parent"]) == ("10.40.250.0", 24, block["id"])
    assert made["id"].startswith("ipam/subnet/")
    changed = api("PATCH", f"{DDI}/{made['id']}", json={"comment": "x", "tags": {"a": "b"}})
    assert changed.json()["result"]["comment"] == "x"
    assert api.rows(SUBNETS, _tfilter="a=='b'")[0]["name"] == "new"
    removed = api("DELETE", f"{DDI}/{made['id']}")
    assert (removed.status_code, removed.content) == (200, b"")
    assert api("DELETE", f"{DDI}/{made['id']}").status_code == 404


def test_a_subnet_that_exists_or_overlaps_is_answered_409(api: Any, block: dict[str, Any]) -> None:
    body = {"address": "10.40.250.0", "cidr": 24, "space": block["space"]}
    assert api.post(SUBNETS, body).status_code == 200
    assert api.post(SUBNETS, body).status_code == 409
    inner = api.post(SUBNETS, {**body, "cidr": 25})
    assert inner.status_code == 409
    assert "message" in inner.json()["error"][0]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"address": None}, 400),
        ({"cidr": None}, 400),
        ({"cidr": "24"}, 400),
        ({"cidr": 129}, 400),
        ({"nonsense": 1}, 400),
        ({"address": "10.40.250.7"}, 400),
        ({"address": "10.40.250.0/25"}, 400),
        ({"name": ""}, 400),
        ({"space": "Corporate"}, 500),
        ({"space": "ipam/ip_space/00000000-0000-4000-8000-000000000000"}, 400),
    ],
)
def test_a_wrong_create_is_refused(
    api: Any, block: dict[str, Any], change: dict[str, Any], status: int
) -> None:
    body = {"address": "10.40.250.0", "cidr": 24, "space": block["space"], **change}
    assert api.post(SUBNETS, body).status_code == status


def test_a_missing_space_is_answered_400(api: Any) -> None:
    assert api.post(SUBNETS, {"address": "10.40.250.0/24"}).status_code == 400


def test_allocation_never_hands_out_the_same_twice(api: Any, block: dict[str, Any]) -> None:
    body = {
        "address": f"{block['id']}/nextavailablesubnet",
        "cidr": 26,
        "space": block["space"],
    }
    before = block["utilization"]["used"]
    with ThreadPoolExecutor(8) as pool:
        made = [
            one.json()["result"] for one in pool.map(lambda _: api.post(SUBNETS, body), range(40))
        ]
    assert len({row["address"] for row in made}) == 40
    used = api.get(f"{DDI}/{block['id']}").json()["result"]["utilization"]["used"]
    assert int(used) == int(before) + 40 * 64


def test_a_full_block_is_answered_400(api: Any) -> None:
    small = api.rows(f"{DDI}/ipam/address_block", _filter='address=="203.0.113.0"')[0]
    body = {"address": f"{small['id']}/nextavailablesubnet", "cidr": 24, "space": small["space"]}
    assert api.post(SUBNETS, body).status_code == 400


def test_a_moved_subnet_frees_its_old_place(api: Any, block: dict[str, Any]) -> None:
    body = {"address": "10.40.250.0/24", "space": block["space"]}
    made = api.post(SUBNETS, body).json()["result"]
    moved = api("PATCH", f"{DDI}/{made['id']}", json={"address": "10.40.251.0"})
    assert moved.json()["result"]["address"] == "10.40.251.0"
    assert api.post(SUBNETS, body).status_code == 200
