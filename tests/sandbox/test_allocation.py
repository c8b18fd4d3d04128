"""Next available addresses and networks."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plan import gaps, span_of
from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import first, fresh_subnet, made, read, space

CALLS = 50


@pytest.mark.parametrize("form", ["call", "address", "fixed", "host"])
def test_fifty_callers_at_once_get_fifty_addresses(api: Caller, form: str) -> None:
    subnet = fresh_subnet(api)
    take = takers(api, subnet)[form]
    with ThreadPoolExecutor(CALLS) as pool:
        answers = list(pool.map(take, range(CALLS)))
    assert {one.status_code for one in answers} == {200}
    found = api.rows(f"{DDI}/ipam/address", _filter=f'parent=="{subnet["id"]}"')
    assert len({row["address"] for row in found}) == CALLS
    assert read(api, subnet["id"])["utilization"]["used"] == str(CALLS)
    writes = api.get("/_sandbox/counts").json()["writes"]["account-1"]
    assert sum(writes.values()) == CALLS + 1


def takers(api: Caller, subnet: dict[str, Any]) -> dict[str, Any]:
    path, where = f"{DDI}/{subnet['id']}/nextavailableip", space(api)
    holder = f"{subnet['id']}/nextavailableip"
    body = {"match_type": "mac", "ip_space": where, "address": holder}
    return {
        "call": lambda _n: api("POST", path),
        "address": lambda _n: api.post(f"{DDI}/ipam/address", {"address": holder, "space": where}),
        "fixed": lambda n: api.post(
            f"{DDI}/dhcp/fixed_address", {**body, "match_value": f"00:00:00:00:00:{n:02x}"}
        ),
        "host": lambda n: api.post(
            f"{DDI}/ipam/host", {"name": f"h{n}", "addresses": [{"ref": holder}]}
        ),
    }


def test_fifty_callers_at_once_get_fifty_networks(api: Caller) -> None:
    block = made(api, "ipam/address_block", address="10.97.0.0/16", space=space(api))
    path = f"{DDI}/{block['id']}/nextavailable"
    with ThreadPoolExecutor(CALLS) as pool:
        calls = [("subnet", 26), ("addressblock", 24)] * (CALLS // 2)
        answers = list(
            pool.map(lambda one: api("POST", path + one[0], params={"cidr": one[1]}), calls)
        )
    rows = [one.json()["results"][0] for one in answers]
    networks = sorted(ip_network(f"{row['address']}/{row['cidr']}") for row in rows)
    assert len(set(networks)) == CALLS
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(networks))


def test_ranges_are_left_to_leases_unless_they_are_asked_themselves(api: Caller) -> None:
    subnet = fresh_subnet(api)
    shut = [{"start": "10.97.0.1", "end": "10.97.0.3"}]
    ends = {"start": "10.97.0.1", "end": "10.97.0.5"}
    pool = made(api, "ipam/range", **ends, space=space(api), exclusion_ranges=shut)
    assert taken(api, subnet["id"], count=2) == ["10.97.0.6", "10.97.0.7"]
    assert taken(api, pool["id"]) == ["10.97.0.4"]
    assert taken(api, pool["id"]) == ["10.97.0.5"]
    assert api("POST", f"{DDI}/{pool['id']}/nextavailableip").status_code == 400


def taken(api: Caller, ident: str, **query: Any) -> list[str]:
    answer = api("POST", f"{DDI}/{ident}/nextavailableip", params=query)
    return [row["address"] for row in answer.json()["results"]]


def test_a_run_of_addresses_has_no_gaps(api: Caller) -> None:
    subnet = fresh_subnet(api)
    made(api, "ipam/address", address="10.97.0.2", space=space(api))
    assert taken(api, subnet["id"], count=2, contiguous="true") == ["10.97.0.3", "10.97.0.4"]
    assert taken(api, subnet["id"], count=2) == ["10.97.0.1", "10.97.0.5"]


def test_too_many_are_refused_and_none_is_taken(api: Caller) -> None:
    subnet = fresh_subnet(api, cidr=29)
    path = f"{DDI}/{subnet['id']}/nextavailableip"
    assert api("POST", path, params={"count": 7}).status_code == 400
    assert taken(api, subnet["id"], count=6)[-1] == "10.97.0.6"
    assert api("GET", path).status_code == 400


def test_looking_takes_nothing(api: Caller) -> None:
    subnet = fresh_subnet(api)
    path = f"{DDI}/{subnet['id']}/nextavailableip"
    assert api.rows(path) == api.rows(path)
    assert api.get("/_sandbox/journal").json()["entries"][-1]["applied"] is False


@pytest.mark.parametrize(
    "query", [{}, {"cidr": 7}, {"cidr": 129}, {"cidr": "x"}, {"cidr": 24, "count": 0}, {"x": 1}]
)
def test_a_wrong_wish_for_networks_is_refused(api: Caller, query: dict[str, Any]) -> None:
    block = first(api, "ipam/address_block", 'address=="10.10.0.0"')
    path = f"{DDI}/{block['id']}/nextavailablesubnet"
    assert api("POST", path, params=query).status_code == 400


@pytest.mark.parametrize("address", ["nothing", "ipam/subnet/x", "dhcp/host/x", ""])
def test_the_next_of_what_does_not_exist_is_refused(api: Caller, address: str) -> None:
    body = {"address": f"{address}/nextavailableip", "space": space(api)}
    assert api.post(f"{DDI}/ipam/address", body).status_code == 400


def test_an_allocation_is_counted_by_what_was_asked_for(api: Caller) -> None:
    subnet = fresh_subnet(api)
    api.post("/_sandbox/reset", {})
    subnet = fresh_subnet(api)
    holder = f"{subnet['id']}/nextavailableip"
    for _ in range(2):
        made(api, "ipam/address", address=holder, space=space(api), comment="mine")
    writes = api.get("/_sandbox/counts").json()["writes"]["account-1"]
    (key,) = (one for one in writes if one.startswith("create ipam/address "))
    assert holder in key
    assert "comment=mine" in key
    assert writes[key] == 2


@given(st.sets(st.integers(0, 255)), st.integers(24, 32))
def test_gaps_are_aligned_free_and_all_of_them(numbers: set[int], length: int) -> None:
    block = ip_network("10.0.0.0/24")
    start, _ = span_of(block)
    spans = sorted((start + one, start + one) for one in numbers)
    found = list(gaps(block, length, iter(spans)))
    free = [
        one
        for one in block.subnets(new_prefix=length)
        if not any(int(address) - start in numbers for address in one)
    ]
    assert found == free
