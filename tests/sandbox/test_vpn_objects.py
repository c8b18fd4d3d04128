"""Services, endpoints, access locations, keys and places, one at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.vpn import CONFIGURE, INFRA, KEYS, PLACES, SECRET, counted, wish

SERVICES = f"{INFRA}/universalservices"
ENDPOINTS = f"{INFRA}/endpoints"
SITES = f"{INFRA}/accesslocations"
ENDPOINT = {
    "name": "lab-fra",
    "service_location": "AWS Europe (Frankfurt)",
    "service_ip": "10.30.0.3",
    "size": "S",
    "neighbour_ips": [],
}


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    row: dict[str, Any] = answer.json()["result"]
    return row


def bare(row: dict[str, Any]) -> str:
    return str(row["id"]).rpartition("/")[2]


def key(api: Any, name: str = "lab-psk", **more: Any) -> Any:
    kind = {"source_id": "psk", "key_type": "psk", "key_data": {"psk": SECRET}}
    return api.post(KEYS, {"name": name, **kind, **more})


def build(api: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Make a service, an endpoint and an access location, one by one."""
    service = made(api.post(SERVICES, {"name": "lab", "capabilities": [{"type": "dns"}]}))
    endpoint = made(api.post(ENDPOINTS, {**ENDPOINT, "universal_service_id": bare(service)}))
    address = {"city": "Ulm", "country": "DE"}
    place = made(api.post(PLACES, {"name": "ulm-lab", "address": address}))
    site = {
        "endpoint_id": bare(endpoint),
        "location_id": bare(place),
        "name": "ulm",
        "wan_ip_addresses": ["198.51.100.77"],
        "credential_id": key(api).json()["results"]["id"],
    }
    return service, endpoint, made(api.post(SITES, site))


def test_a_vpn_is_made_and_unmade_one_by_one(api: Any) -> None:
    before = counted(api)
    service, endpoint, site = build(api)
    physical = site["tunnel_configs"][0]["physical_tunnels"]
    assert [one["path"] for one in physical] == ["primary", "secondary"]
    assert (endpoint["state"], len(endpoint["cnames"])) == ("Available", 2)
    assert api("DELETE", f"{ENDPOINTS}/{bare(endpoint)}").status_code == 409
    for path, row in ((SITES, site), (ENDPOINTS, endpoint), (SERVICES, service)):
        assert api("DELETE", f"{path}/{bare(row)}").status_code == 200
        assert api("DELETE", f"{path}/{bare(row)}").status_code == 404
    assert counted(api) == [*before[:3], before[3] + 1, before[4] + 1]
    writes = api.get("/_sandbox/counts").json()["writes"]["account-1"]
    assert set(writes.values()) == {1}
    assert writes["create universalservices name=lab"] == 1
    assert f"create endpoints universal_service_id={bare(service)} name=lab-fra" in writes
    assert f"create accesslocations endpoint_id={bare(endpoint)} name=ulm" in writes


def test_every_write_leaves_an_entry_in_the_change_log(api: Any) -> None:
    service, endpoint, site = build(api)
    for path, row in ((SITES, site), (ENDPOINTS, endpoint)):
        api("DELETE", f"{path}/{bare(row)}")
    log = api.post(
        f"{INFRA}/consolidated/getconfigchanges", {"universal_service_id": bare(service)}
    ).json()["results"]
    assert [one["change_message"] for one in log] == [
        "universal service created",
        "endpoint created",
        "access location created",
        "access location deleted",
        "endpoint deleted",
    ]
    assert len({one["request_id"] for one in log}) == 5


def test_a_second_object_of_the_same_name_is_answered_409(api: Any) -> None:
    service, endpoint, site = build(api)
    again = {"location_id": site["location_id"], "wan_ip_addresses": ["198.51.100.78"]}
    for path, body in (
        (SERVICES, {"name": "LAB"}),
        (ENDPOINTS, {**ENDPOINT, "universal_service_id": bare(service)}),
        (SITES, {**again, "endpoint_id": bare(endpoint), "name": "ulm"}),
        (PLACES, {"name": "ulm-lab", "address": {"country": "DE"}}),
    ):
        answer = api.post(path, body)
        assert (answer.status_code, "already exists" in answer.text) == (409, True), path
    answer = key(api)
    assert (answer.status_code, "already exists" in answer.text) == (409, True)


def test_a_put_replaces_what_it_leaves_out(api: Any) -> None:
    service, endpoint, _site = build(api)
    path = f"{SERVICES}/{bare(service)}"
    shown = made(api("PUT", path, json={**service, "description": "new", "tags": {"a": "b"}}))
    assert (shown["description"], shown["tags"]) == ("new", {"a": "b"})
    assert [one["type"] for one in shown["capabilities"]] == ["dns"]
    shown = made(api("PUT", path, json={}))
    assert (shown["name"], shown["description"], shown["capabilities"]) == ("lab", "", [])
    path = f"{ENDPOINTS}/{bare(endpoint)}"
    shown = made(api("PUT", path, json={**endpoint, "size": "L"}))
    assert (shown["size"], shown["cnames"]) == ("L", endpoint["cnames"])
    assert api("PUT", path, json={"size": "XL"}).status_code == 400
    other = {**endpoint, "universal_service_id": "other"}
    assert api("PUT", path, json=other).status_code == 400
    assert api("PUT", path, json={**endpoint, "size": "small"}).status_code == 400


def test_names_stay_unique_through_a_put(api: Any) -> None:
    service, endpoint, _site = build(api)
    assert api("PUT", f"{SERVICES}/{bare(service)}", json={"name": "hq-dns"}).status_code == 409
    more = {**ENDPOINT, "universal_service_id": bare(service), "name": "lab-2"}
    second = made(api.post(ENDPOINTS, more))
    body = {**second, "name": endpoint["name"]}
    assert api("PUT", f"{ENDPOINTS}/{bare(second)}", json=body).status_code == 409


def test_an_access_location_cannot_be_put(api: Any) -> None:
    _service, _endpoint, site = build(api)
    assert api("PUT", f"{SITES}/{bare(site)}", json=site).status_code == 501


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"location_id": ""}, 400, "access location location_id cannot be empty"),
        ({"location_id": "nowhere"}, 400, "not found"),
        ({"endpoint_id": "nowhere"}, 400, "not found"),
        ({"credential_id": "nothing"}, 400, "not found"),
        ({"type": "Tunnel"}, 400, "not allowed"),
        ({"type": "Cloud VPN"}, 400, "2 connections are required for AWS Cloud VPN"),
        (
            {"tunnel_configs": [{"name": "one", "physical_tunnels": []}]},
            400,
            "minimum of 2 physical tunnels are required",
        ),
    ],
)
def test_a_wrong_site_is_refused(api: Any, change: dict[str, Any], status: int, text: str) -> None:
    _service, endpoint, site = build(api)
    body = {
        "endpoint_id": bare(endpoint),
        "location_id": site["location_id"],
        "name": "second",
        "wan_ip_addresses": ["198.51.100.78"],
        "credential_id": site["credential_id"],
    }
    answer = api.post(SITES, {**body, **change})
    assert (answer.status_code, text in answer.text) == (status, True), answer.text
    assert api.post(SITES, body).status_code == 200


def test_a_place_without_a_country_carries_no_access_location(api: Any) -> None:
    _service, endpoint, _site = build(api)
    place = made(api.post(PLACES, {"name": "somewhere", "address": {"city": "Ulm"}}))
    body = {"endpoint_id": bare(endpoint), "location_id": bare(place)}
    answer = api.post(SITES, {**body, "wan_ip_addresses": ["198.51.100.78"]})
    assert answer.status_code == 500
    assert "error fetching country from location address" in answer.text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"service_location": "us-east-1"}, "Service location us-east-1 not supported"),
        ({"universal_service_id": "nothing"}, "not found"),
        ({"neighbour_ips": ["10.30.0.3", "10.30.0.4"]}, "neighbour_ips"),
    ],
)
def test_a_wrong_endpoint_is_refused(api: Any, change: dict[str, Any], text: str) -> None:
    service = made(api.post(SERVICES, {"name": "lab"}))
    body = {**ENDPOINT, "universal_service_id": bare(service), **change}
    answer = api.post(ENDPOINTS, body)
    assert (answer.status_code, text in answer.text) == (400, True)


def test_a_capability_in_capitals_is_refused(api: Any) -> None:
    answer = api.post(SERVICES, {"name": "lab", "capabilities": [{"type": "DNS"}]})
    assert answer.status_code == 400
    assert "HTTP interceptor error: capability 'DNS' is not allowed" in answer.text


def test_nothing_is_written_while_an_operation_runs(api: Any) -> None:
    service, endpoint, site = build(api)
    api.post("/_sandbox/vpn", {"applying_seconds": 1000})
    assert api("PUT", f"{SERVICES}/{bare(service)}", json=service).status_code == 200
    more = {**ENDPOINT, "universal_service_id": bare(service), "name": "lab-2"}
    tries = [
        api("PUT", f"{SERVICES}/{bare(service)}", json=service),
        api("PUT", f"{ENDPOINTS}/{bare(endpoint)}", json=endpoint),
        api.post(ENDPOINTS, more),
        *(api("DELETE", f"{SITES}/{bare(row)}") for row in (site,)),
        api("DELETE", f"{ENDPOINTS}/{bare(endpoint)}"),
        api("DELETE", f"{SERVICES}/{bare(service)}"),
    ]
    assert [one.status_code for one in tries] == [409] * 6
    assert all("another operation is in progress" in one.text for one in tries)
    api.post("/_sandbox/vpn", {"speed": 1e9})
    assert api("DELETE", f"{SERVICES}/{bare(service)}").status_code == 200


def test_the_same_tunnels_are_refused_until_their_ids_are_free(api: Any) -> None:
    _service, _endpoint, site = build(api)
    assert api("DELETE", f"{SITES}/{bare(site)}").status_code == 200
    names = ("endpoint_id", "location_id", "name", "wan_ip_addresses", "credential_id")
    body = {name: site[name] for name in names}
    assert api.post(SITES, body).status_code == 409
    assert api.post(SITES, {**body, "name": "other"}).status_code == 200
    api.post("/_sandbox/vpn", {"speed": 1e9})
    assert api.post(SITES, body).status_code == 200


def test_keys_of_all_kinds_share_one_list(api: Any) -> None:
    rows = {row["name"]: row for row in api.rows(KEYS)}
    assert {row["key_type"] for row in rows.values()} == {"psk", "id_and_secret", "api_key"}
    one = rows["warehouse-psk-2024"]
    assert api.get(f"{KEYS}/{one['id']}").json()["results"] == one
    assert api.get(KEYS, _limit=5).status_code == 400


def test_a_key_is_made_read_and_deleted(api: Any) -> None:
    answer = key(api)
    row = answer.json()["results"]
    assert (row["key_type"], row["active"], row["account_id"]) == ("psk", True, "account-1")
    gone = api("DELETE", f"{KEYS}/{row['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(f"{KEYS}/{row['id']}").status_code == 404
    assert api("DELETE", f"{KEYS}/{row['id']}").status_code == 404
    writes = api.get("/_sandbox/counts").json()["writes"]["account-1"]
    assert writes == {"create keys name=lab-psk": 1, f"delete {row['id']}": 1}
    assert SECRET not in api.get("/_sandbox/journal").text


@pytest.mark.parametrize(
    "change", [{"key_data": {}}, {"key_data": {"psk": ""}}, {"key_type": "api_key"}, {"extra": 1}]
)
def test_a_wrong_key_is_refused(api: Any, change: dict[str, Any]) -> None:
    assert key(api, **change).status_code == 400


def test_a_key_in_use_may_go_and_then_cannot_be_referred_to(api: Any) -> None:
    one = next(row for row in api.rows(KEYS) if row["name"] == "hq-dns-psk")
    assert api("DELETE", f"{KEYS}/{one['id']}").status_code == 204
    body = wish()
    del body["credentials"]
    for tunnel in body["access_locations"]["create"][0]["tunnel_configs"]:
        tunnel["physical_tunnels"][0]["credential_id"] = one["id"]
    assert api.post(CONFIGURE, body).status_code == 400


@pytest.mark.parametrize("name", ["universal_services", "access_locations"])
def test_a_path_with_an_underscore_is_answered_404(api: Any, name: str) -> None:
    assert api.get(f"{INFRA}/{name}").status_code == 404
