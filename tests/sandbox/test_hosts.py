"""Hosts of address management and fixed addresses: who uses an address."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import (
    Row,
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


def address(api: Caller, text: str = "10.97.0.9") -> Row:
    return {"address": text, "space": space(api)}


def zone(api: Caller) -> str:
    return str(first(api, "dns/auth_zone", 'fqdn=="lab.example.com."')["id"])


def test_a_host_links_a_free_address_and_refuses_that_of_another(api: Caller) -> None:
    fresh_subnet(api)
    row = made(api, "ipam/address", **address(api))
    host = made(api, "ipam/host", name="one", addresses=[address(api)])
    assert host["addresses"][0]["ref"] == row["id"]
    assert read(api, row["id"])["host"] == host["id"]
    assert status(api, "ipam/host", name="two", addresses=[address(api)]) == 409
    assert status(api, "ipam/host", name="two", addresses=[{"ref": row["id"]}]) == 409
    assert patched(api, host["id"], addresses=[address(api)])["addresses"] == host["addresses"]
    assert removed(api, host["id"]) == 200
    assert read(api, row["id"])["host"] is None


def test_records_are_made_only_when_asked_for(api: Caller) -> None:
    fresh_subnet(api)
    names = [{"name": "auto", "zone": zone(api), "primary_name": True}]
    host = made(api, "ipam/host", name="one", addresses=[address(api)], host_names=names)
    named = f"{DDI}/dns/record"
    found = 'absolute_name_spec=="auto.lab.example.com."'
    assert api.rows(named, _filter=found) == []
    patched(api, host["id"], auto_generate_records=True)
    (record,) = api.rows(named, _filter=found)
    assert (record["dns_rdata"], record["ipam_host"]) == ("10.97.0.9", host["id"])
    patched(api, host["id"], addresses=[address(api, "10.97.0.10")])
    assert [row["dns_rdata"] for row in api.rows(named, _filter=found)] == ["10.97.0.10"]
    removed(api, host["id"])
    assert api.rows(named, _filter=found) == []


@pytest.mark.parametrize(
    "body",
    [
        {"auto_generate_records": True},
        {"auto_generate_records": True, "host_names": [{"name": "x"}]},
        {"addresses": [{"address": "10.97.0.9"}]},
        {"addresses": [{"ref": "ipam/address/nothing"}]},
        {"addresses": [{"nonsense": 1}]},
        {"name": ""},
    ],
)
def test_a_wrong_host_is_refused(api: Caller, body: dict[str, Any]) -> None:
    assert status(api, "ipam/host", **{"name": "wrong", **body}) == 400


def test_a_host_may_take_several_of_the_next_addresses(api: Caller) -> None:
    subnet = fresh_subnet(api)
    wish = {"ref": f"{subnet['id']}/nextavailableip"}
    host = made(api, "ipam/host", name="many", addresses=[wish, wish, wish])
    assert [one["address"] for one in host["addresses"]] == [f"10.97.0.{n}" for n in (1, 2, 3)]
    assert status(api, "ipam/host", name="double", addresses=[address(api), address(api)]) == 400


def fixed(api: Caller, **more: Any) -> Row:
    plain = {"address": "10.97.0.9", "ip_space": space(api), "match_type": "mac"}
    return {**plain, "match_value": "AA-BB-CC-00-00-01", **more}


def test_a_fixed_address_uses_an_address_until_it_goes(api: Caller) -> None:
    subnet = fresh_subnet(api)
    row = made(api, "dhcp/fixed_address", **fixed(api))
    assert (row["parent"], row["match_value"]) == (subnet["id"], "aa:bb:cc:00:00:01")
    used = first(api, "ipam/address", 'address=="10.97.0.9"')
    assert used["usage"] == ["IPAM", "FIXEDADDRESS"]
    assert removed(api, used["id"]) == 409
    patched(api, row["id"], address="10.97.0.10")
    assert not exists(api, used["id"])
    removed(api, row["id"])
    assert api.rows(f"{DDI}/ipam/address", _filter=f'parent=="{subnet["id"]}"') == []


def test_a_reserved_address_outlives_its_fixed_address(api: Caller) -> None:
    fresh_subnet(api)
    row = made(api, "ipam/address", **address(api))
    removed(api, made(api, "dhcp/fixed_address", **fixed(api))["id"])
    assert read(api, row["id"])["usage"] == ["IPAM", "RESERVED"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"match_type": None}, 400),
        ({"match_value": None}, 400),
        ({"ip_space": None}, 400),
        ({"match_type": "nonsense"}, 400),
        ({"match_value": "nonsense"}, 400),
        ({"match_type": "duid", "match_value": "xx"}, 400),
        ({"match_type": "duid", "match_value": "00:01:02"}, 200),
        ({"match_type": "client_text", "match_value": ""}, 400),
        ({"match_type": "client_text", "match_value": "any text"}, 200),
        ({"address": "11.0.0.1"}, 400),
        ({"space": "x"}, 400),
        ({}, 409),
        ({"address": "10.97.0.10"}, 409),  # one client, two addresses of a subnet
        ({"address": "10.97.0.10", "match_value": "aa:bb:cc:00:00:02"}, 200),
    ],
)
def test_a_fixed_address_is_checked(api: Caller, body: dict[str, Any], expected: int) -> None:
    fresh_subnet(api)
    if expected == 409 or "address" in body:
        made(api, "dhcp/fixed_address", **fixed(api))
    wish = fixed(api, **body)
    if expected == 200 and "address" not in body:
        wish["address"] = "10.97.0.20"
    assert status(api, "dhcp/fixed_address", **wish) == expected
