"""The recycle bin, and faults and counts on the writes of DDI."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.routing import RESOURCES
from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import Row, exists, fresh_subnet, made, read, removed, space

BIN = "/api/atlas-recyclebin/v1/items"


def restore(api: Caller, *idents: str) -> requests.Response:
    return api("PUT", f"{BIN}/restore", json={"id": list(idents)})


def test_a_subnet_comes_back_with_all_that_went_with_it(api: Caller) -> None:
    subnet = fresh_subnet(api)
    row = made(api, "ipam/address", address="10.97.0.9", space=space(api))
    ends = {"start": "10.97.0.100", "end": "10.97.0.199"}
    pool = made(api, "ipam/range", **ends, space=space(api))
    removed(api, subnet["id"], _options="recurse=true")
    items = api.rows(BIN, _order_by="name desc", _fields="id,name,type,resource_id")
    assert {one["type"] for one in items} == {"ipam/subnet", "ipam/range", "ipam/address"}
    assert restore(api, *(one["id"] for one in items)).status_code == 200
    assert read(api, subnet["id"])["utilization"]["used"] == "101"
    assert read(api, row["id"])["parent"] == read(api, pool["id"])["parent"] == subnet["id"]
    assert api.rows(BIN) == []


def test_what_finds_its_place_taken_stays_in_the_bin(api: Caller) -> None:
    subnet = fresh_subnet(api)
    removed(api, subnet["id"])
    fresh_subnet(api)
    (item,) = api.rows(BIN, _filter=f'resource_id=="{subnet["id"]}"')
    assert restore(api, item["id"].rpartition("/")[2]).status_code == 200
    assert not exists(api, subnet["id"])
    assert len(api.rows(BIN)) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [({}, 400), ({"id": []}, 400), ({"id": ["x"]}, 400), ({"id": ["999"]}, 404), ({"id": 1}, 400)],
)
def test_a_wrong_restore_is_refused(api: Caller, body: Row, expected: int) -> None:
    assert api("PUT", f"{BIN}/restore", json=body).status_code == expected


def test_what_is_final_never_reaches_the_bin(api: Caller) -> None:
    realm = made(api, "federation/federated_realm", name="short-lived")
    removed(api, realm["id"])
    assert api.rows(BIN) == []
    assert {path for path, one in RESOURCES.items() if one.bin} == {
        *("ipam/address", "ipam/address_block", "ipam/range", "ipam/subnet", "ipam/ip_space"),
        *("ipam/host", "dhcp/fixed_address", "dhcp/hardware_filter", "dhcp/option_filter"),
        *("dhcp/option_group", "dhcp/option_space", "dhcp/server", "dns/server", "dns/acl"),
        *("dns/auth_nsg", "dns/forward_nsg", "dns/auth_zone", "dns/forward_zone"),
        *("dns/delegation", "dns/view", "dns/record"),
    }


def test_every_link_leads_to_an_index() -> None:
    for row in RESOURCES.values():
        for link in row.links:
            assert link.name in RESOURCES[link.path].indexed, (row.path, link)


WRITES: tuple[tuple[str, str, Row], ...] = (
    ("POST", "ipam/address", {"address": "10.97.0.9"}),
    ("POST", "ipam/range", {"start": "10.97.0.10", "end": "10.97.0.20"}),
    ("POST", "{subnet}/nextavailableip", {}),
    ("PATCH", "{subnet}", {"comment": "lost"}),
    ("DELETE", "{subnet}", {}),
)


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("kind", ["reset_after_apply", "status_after_apply", "reset_before"])
def test_an_answer_can_be_lost_on_every_kind_of_write(
    api: Caller, method: str, path: str, body: Row, kind: str
) -> None:
    subnet = fresh_subnet(api)
    where = f"{DDI}/{path.format(subnet=subnet['id'])}"
    before = writes(api)
    wish = {"match": {"method": method}, "times": 1, "kind": kind}
    assert api.post("/_sandbox/faults", {**wish, "match": {"path": where}}).status_code == 200
    sent: dict[str, Any] = {"json": {**body, "space": space(api)} if method == "POST" else body}
    if method == "DELETE":
        sent = {}
    if kind == "status_after_apply":
        assert api(method, where, **sent).status_code == 504
    else:
        with pytest.raises(requests.ConnectionError):
            api(method, where, **sent)
    applied = kind != "reset_before"
    assert sum(writes(api).values()) - sum(before.values()) == applied
    entry = api.get("/_sandbox/journal").json()["entries"][-1]
    assert (entry["applied"], entry["fault"]) == (applied, kind)
    assert bool(entry["natural_key"]) is applied


def writes(api: Caller) -> dict[str, int]:
    return dict(api.get("/_sandbox/counts").json()["writes"].get("account-1", {}))


def test_equal_creates_are_counted_under_one_name(api: Caller) -> None:
    fresh_subnet(api)
    where = space(api)
    for _ in range(2):
        api.post(f"{DDI}/ipam/address", {"address": "10.97.0.9", "space": where})
    token = where.rpartition("/")[2]
    assert writes(api)[f"create ipam/address space={token} address=10.97.0.9"] == 1
