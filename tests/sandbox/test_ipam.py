"""Spaces, blocks, subnets, ranges: how they lie in one another, and what goes when one goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import (
    exists,
    first,
    fresh_subnet,
    made,
    patched,
    read,
    removed,
    space,
    status,
)


def test_a_new_block_takes_what_lies_inside_it(api: Caller) -> None:
    subnet = fresh_subnet(api)
    outer = read(api, str(subnet["parent"]))
    assert outer["address"] == "10.0.0.0"
    block = made(api, "ipam/address_block", address="10.97.0.0/16", space=space(api))
    assert block["parent"] == outer["id"]
    assert read(api, subnet["id"])["parent"] == block["id"]
    assert read(api, block["id"])["utilization"]["used"] == "256"
    inner = made(api, "ipam/address_block", address="10.97.0.0/20", space=space(api))
    assert read(api, subnet["id"])["parent"] == inner["id"]
    assert [row["id"] for row in ancestors(api, subnet["id"])][:2] == [inner["id"], block["id"]]


def ancestors(api: Caller, ident: str) -> list[dict[str, Any]]:
    return api.rows(f"{DDI}/{ident}/ancestor")


def test_a_block_that_goes_leaves_its_children_to_the_one_above(api: Caller) -> None:
    subnet = fresh_subnet(api)
    block = made(api, "ipam/address_block", address="10.97.0.0/16", space=space(api))
    assert removed(api, block["id"]) == 200
    assert read(api, subnet["id"])["parent"] == block["parent"]


def test_recurse_takes_the_children_along(api: Caller) -> None:
    subnet = fresh_subnet(api)
    block = made(api, "ipam/address_block", address="10.97.0.0/16", space=space(api))
    address = made(api, "ipam/address", address="10.97.0.9", space=space(api))
    assert removed(api, block["id"], _options="recurse") == 400
    assert removed(api, block["id"], _options="recurse=true") == 200
    assert not any(exists(api, row["id"]) for row in (block, subnet, address))
    assert status(api, "ipam/subnet", address="10.97.0.0/24", space=space(api)) == 200


def test_a_space_with_something_in_it_stays_unless_all_goes(api: Caller) -> None:
    lab = space(api, "Lab")
    refusal = api("DELETE", f"{DDI}/{lab}")
    assert refusal.status_code == 409
    assert "in use" in refusal.json()["error"][0]["message"]
    assert removed(api, lab, _options="recurse=true") == 200
    assert api.rows(f"{DDI}/ipam/subnet", _filter=f'space=="{lab}"') == []
    assert made(api, "ipam/ip_space", name="empty")
    assert removed(api, first(api, "ipam/ip_space", 'name=="empty"')["id"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"address": "10.97.0.0/25"}, 409),  # inside the subnet
        ({"address": "10.97.0.0/24"}, 409),  # the same
        ({"address": "10.97.0.0/16"}, 200),
        ({"address": "10.97.0.1/16"}, 400),
        ({"address": "nonsense", "cidr": 8}, 400),
        ({"address": "10.97.0.0"}, 400),
    ],
)
def test_a_block_may_hold_subnets_but_not_lie_in_one(
    api: Caller, body: dict[str, Any], expected: int
) -> None:
    fresh_subnet(api)
    assert status(api, "ipam/address_block", space=space(api), **body) == expected


def test_the_same_networks_may_exist_in_two_spaces(api: Caller) -> None:
    fresh_subnet(api)
    other = space(api, "Guest and IoT")
    assert status(api, "ipam/subnet", address="10.97.0.0/24", space=other) == 200


def pool(api: Caller, start: str = "10.97.0.100", end: str = "10.97.0.199", **more: Any) -> Any:
    return {"start": start, "end": end, "space": space(api), **more}


def test_a_range_lies_in_one_subnet_and_changes_its_figures(api: Caller) -> None:
    subnet = fresh_subnet(api)
    inside = made(api, "ipam/address", address="10.97.0.150", space=space(api))
    row = made(api, "ipam/range", **pool(api))
    assert (row["parent"], row["space_name"]) == (subnet["id"], "Corporate")
    assert read(api, inside["id"])["range"] == row["id"]
    shown = read(api, subnet["id"])
    assert shown["dhcp_utilization"]["dhcp_total"] == "100"
    assert shown["utilization"]["dynamic"] == "100"
    assert "DHCP" in shown["usage"]
    smaller = patched(api, row["id"], end="10.97.0.149")
    assert smaller["utilization"]["total"] == "50"
    assert read(api, inside["id"])["range"] is None
    assert removed(api, row["id"]) == 200
    assert read(api, subnet["id"])["utilization"]["dynamic"] == "0"


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ({"start": "10.97.0.150", "end": "10.97.0.160"}, 409),
        ({"start": "10.97.0.199", "end": "10.97.0.210"}, 409),
        ({"start": "10.97.0.200", "end": "10.97.0.210"}, 200),
        ({"start": "10.97.0.210", "end": "10.97.0.200"}, 400),
        ({"start": "10.97.0.210", "end": "10.97.1.5"}, 400),
        ({"start": "10.96.0.1", "end": "10.96.0.5"}, 400),
        ({"start": "10.97.0.201", "end": "2001:db8::1"}, 400),
        ({"start": "10.97.0.201", "end": "x"}, 400),
    ],
)
def test_ranges_never_overlap_nor_leave_their_subnet(
    api: Caller, ends: dict[str, str], expected: int
) -> None:
    fresh_subnet(api)
    made(api, "ipam/range", **pool(api))
    assert status(api, "ipam/range", **pool(api, **ends)) == expected


@pytest.mark.parametrize(
    ("shut", "expected"),
    [
        ([{"start": "10.97.0.110", "end": "10.97.0.119"}], 200),
        ([{"start": "10.97.0.90", "end": "10.97.0.119"}], 400),
        ([{"start": "10.97.0.110"}], 400),
        ([{"start": "10.97.0.110", "end": "10.97.0.119", "x": 1}], 400),
        ([{"start": "10.97.0.110", "end": "10.97.0.119"}] * 2, 400),
    ],
)
def test_exclusions_lie_inside_their_range(
    api: Caller, shut: list[dict[str, str]], expected: int
) -> None:
    fresh_subnet(api)
    answer = api.post(f"{DDI}/ipam/range", pool(api, exclusion_ranges=shut))
    assert answer.status_code == expected
    if expected == 200:
        assert answer.json()["result"]["utilization"]["total"] == "90"


def test_the_figures_of_a_subnet_follow_its_addresses(api: Caller) -> None:
    subnet = fresh_subnet(api)
    row = made(api, "ipam/address", address="10.97.0.9", space=space(api))
    assert row["parent"] == subnet["id"]
    assert row["usage"] == ["IPAM", "RESERVED"]
    assert read(api, subnet["id"])["utilization"]["used"] == "1"
    removed(api, row["id"])
    assert read(api, subnet["id"])["utilization"]["used"] == "0"


def test_an_address_exists_once_in_a_space(api: Caller) -> None:
    fresh_subnet(api)
    body = {"address": "10.97.0.9", "space": space(api)}
    assert status(api, "ipam/address", **body) == 200
    assert status(api, "ipam/address", **body) == 409
    assert status(api, "ipam/address", address="10.97.0.9", space=space(api, "Lab")) == 200
    assert status(api, "ipam/address", address="10.97.0.0/24", space=space(api)) == 400


def test_the_free_addresses_of_a_subnet_can_be_listed(api: Caller) -> None:
    subnet = fresh_subnet(api, cidr=29)
    made(api, "ipam/address", address="10.97.0.2", space=space(api))
    path = f"{DDI}/ipam/address"
    free = api.rows(path, scope=subnet["id"], address_state="free")
    assert [row["address"][-1] for row in free] == ["1", "3", "4", "5", "6"]
    assert {row["state"] for row in free} == {"free"}
    used = api.rows(path, scope=subnet["id"], address_state="used")
    assert [row["address"] for row in used] == ["10.97.0.2"]
    assert api.get(path, address_state="free").status_code == 400
    assert api.get(path, scope="ipam/subnet/nothing").status_code == 400
    assert api.get(path, scope=subnet["id"], address_state="x").status_code == 400


def test_the_tree_shows_what_lies_directly_inside(api: Caller) -> None:
    block = first(api, "ipam/address_block", 'address=="10.10.0.0"')
    rows = api.rows(f"{DDI}/ipam/htree", view="SPACE", node=block["id"], state="used")
    assert {row["type"] for row in rows} == {"ipam/subnet"}
    assert len(rows) == 48
    assert api.get(f"{DDI}/ipam/htree", node="ipam/subnet/x").status_code == 400
    assert api.get(f"{DDI}/ipam/htree", view="OTHER").status_code == 400


def test_blocks_of_one_realm_that_overlap_are_conflicts(api: Caller) -> None:
    realm = first(api, "federation/federated_realm")["id"]
    for name, text in (("Corporate", "10.96.0.0/16"), ("Guest and IoT", "10.96.128.0/17")):
        body = {"address": text, "space": space(api, name), "federated_realms": [realm]}
        made(api, "ipam/address_block", **body)
    found = api.rows(f"{DDI}/{space(api)}/conflicts", federated_realms=realm)
    assert [row["address"] for row in found] == ["10.96.128.0/17"]
    other = first(api, "federation/federated_realm", 'name=="Americas"')["id"]
    assert api.rows(f"{DDI}/{space(api)}/conflicts", federated_realms=other) == []


def test_a_filling_range_may_grow(api: Caller) -> None:
    subnet = fresh_subnet(api)
    row = made(api, "ipam/range", **pool(api, "10.97.0.10", "10.97.0.11"))
    assert api.rows(f"{DDI}/ipam/asm", subnet_id=subnet["id"]) == []
    api("POST", f"{DDI}/{row['id']}/nextavailableip", params={"count": 2})
    (found,) = api.rows(f"{DDI}/ipam/asm", subnet_id=subnet["id"])
    assert read(api, found["id"])["range_id"] == row["id"]
    body = {"subnet_id": subnet["id"], "update": "range", "range_end": "10.97.0.40"}
    assert api.post(f"{DDI}/ipam/asm", body).json()["result"]["update"] == "range"
    assert read(api, row["id"])["end"] == "10.97.0.40"
    assert api.rows(f"{DDI}/ipam/asm", subnet_id=subnet["id"]) == []


def test_a_copied_space_holds_the_same_networks(api: Caller) -> None:
    lab = space(api, "Lab")
    answer = api.post(f"{DDI}/{lab}/copy", {"name": "Lab two", "comment": "copy"})
    assert answer.json()["result"]["job_id"]
    networks = [
        {(row["address"], row["cidr"]) for row in api.rows(f"{DDI}/ipam/subnet", _filter=one)}
        for one in (f'space=="{lab}"', f'space=="{space(api, "Lab two")}"')
    ]
    assert networks[0] == networks[1] != set()
    assert api.post(f"{DDI}/{lab}/copy", {"name": "Lab two"}).status_code == 409


def test_a_copy_that_clashes_changes_nothing(api: Caller) -> None:
    target = made(api, "ipam/ip_space", name="target")["id"]
    block = first(api, "ipam/address_block", 'address=="10.10.0.0"')
    taken = first(api, "ipam/subnet", 'name=="fra-storage-07"')
    body = {"address": taken["address"], "cidr": taken["cidr"], "space": target}
    made(api, "ipam/subnet", **body)
    wish = {"space": target, "recursive": True}
    before = api.get("/_sandbox/counts").json()["writes"]
    assert api.post(f"{DDI}/{block['id']}/copy", wish).status_code == 409
    assert len(api.rows(f"{DDI}/ipam/subnet", _filter=f'space=="{target}"')) == 1
    assert api.rows(f"{DDI}/ipam/address_block", _filter=f'space=="{target}"') == []
    assert api.get("/_sandbox/counts").json()["writes"] == before
    skipping = {**wish, "skip_on_error": True}
    assert api.post(f"{DDI}/{block['id']}/copy", skipping).status_code == 200
    assert len(api.rows(f"{DDI}/ipam/subnet", _filter=f'space=="{target}"')) == 48
