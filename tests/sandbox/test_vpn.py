"""Cloud-hosted services: configure, be busy, come up, go away."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.sandbox.vpn import CONFIGURE, INFRA, SECRET, counted, wish


def test_a_whole_vpn_is_made_in_one_call(api: Any) -> None:
    answer = api.post(CONFIGURE, wish())
    assert answer.status_code == 200, answer.text
    made = answer.json()
    service = api.rows(f"{INFRA}/universalservices", _filter="name=='branch-dns'")[0]
    assert service["id"] == f"infra/universal_service/{made['universal_service']['id']}"
    assert service["capabilities"][0]["service_status"] == "Available"
    end = made["endpoints"]["created"][0]
    assert "cnames" not in end
    assert len(api.get(f"{INFRA}/endpoints/{end['id']}").json()["result"]["cnames"]) == 2
    site = made["access_locations"]["created"][0]
    row = api.get(f"{INFRA}/accesslocations/{site['id']}").json()["result"]
    physical = row["tunnel_configs"][0]["physical_tunnels"][0]
    assert (row["endpoint_id"], physical["status"]) == (end["id"], "Connected")
    assert physical["credential_id"] == made["credentials"]["created"][0]["id"]
    assert "ref_" not in answer.text + str(row)
    log = api.post(
        f"{INFRA}/consolidated/getconfigchanges",
        {"universal_service_id": made["universal_service"]["id"]},
    ).json()["results"]
    assert len(log) == 3
    assert len({entry["request_id"] for entry in log}) == 1


def test_a_taken_name_is_answered_409(api: Any) -> None:
    assert api.post(CONFIGURE, wish()).status_code == 200
    again = api.post(CONFIGURE, wish())
    assert again.status_code == 409
    assert "already exists" in again.text


def test_a_change_is_turned_away_for_the_tries_that_were_set(api: Any) -> None:
    api.post("/_sandbox/vpn", {"busy_tries": 2, "configure_status": 201})
    answers = [api.post(CONFIGURE, wish()) for _ in range(3)]
    assert [one.status_code for one in answers] == [409, 409, 201]
    assert "another operation is in progress" in answers[0].text


def test_a_change_is_turned_away_for_the_cloud_seconds_that_were_set(api: Any) -> None:
    api.post("/_sandbox/vpn", {"busy_seconds": 1000})
    assert api.post(CONFIGURE, wish()).status_code == 409
    api.post("/_sandbox/vpn", {"speed": 1e9})
    assert api.post(CONFIGURE, wish()).status_code == 200


def test_a_service_that_changes_turns_others_away(api: Any) -> None:
    api.post("/_sandbox/vpn", {"applying_seconds": 1000})
    token = api.post(CONFIGURE, wish()).json()["universal_service"]["id"]
    change = {"universal_service": {"operation": "UPDATE", "id": token, "description": "x"}}
    assert api.post(CONFIGURE, change).status_code == 409
    assert api("DELETE", f"{INFRA}/universalservices/{token}").status_code == 409
    api.post("/_sandbox/vpn", {"speed": 1e9})
    assert api.post(CONFIGURE, change).status_code == 200


def test_signs_of_life_come_one_at_a_time(api: Any) -> None:
    api.post("/_sandbox/vpn", {"provisioning_seconds": 1e6, "speed": 1})
    made = api.post(CONFIGURE, wish()).json()
    end = f"{INFRA}/endpoints/{made['endpoints']['created'][0]['id']}"
    site = f"{INFRA}/accesslocations/{made['access_locations']['created'][0]['id']}"
    row = api.get(end).json()["result"]
    assert (row["cnames"], row["state"]) == ([], "Pending")
    tunnel = api.get(site).json()["result"]["tunnel_configs"][0]["physical_tunnels"][0]
    assert tunnel["status"] == "Not Ready"
    assert "identity" not in tunnel
    api.post("/_sandbox/vpn", {"speed": 1e12})
    api.post("/_sandbox/vpn", {"speed": 1})
    row = api.get(end).json()["result"]
    assert (len(row["cnames"]), row["state"]) == (2, "Available")


def test_an_access_location_is_deleted_and_made_again(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    service = {"operation": "UPDATE", "id": made["universal_service"]["id"]}
    site = made["access_locations"]["created"][0]["id"]
    end = made["endpoints"]["created"][0]["id"]
    refused = api.post(CONFIGURE, {"universal_service": service, "endpoints": {"delete": [end]}})
    assert refused.status_code == 409
    gone = {"universal_service": service, "access_locations": {"delete": [site]}}
    assert api.post(CONFIGURE, gone).status_code == 200
    assert api.post(CONFIGURE, gone).status_code == 404
    body = wish()
    body["access_locations"]["create"][0]["endpoint_id"] = end
    body["credentials"]["create"][0]["name"] = "branch-psk-2"
    del body["endpoints"]
    body["universal_service"] = service
    # The ids of the same tunnels rest for two minutes.
    early = api.post(CONFIGURE, body)
    assert (early.status_code, "released" in early.text) == (409, True)
    api.post("/_sandbox/vpn", {"tunnel_pool_seconds": 0})
    again = api.post(CONFIGURE, body)
    assert again.status_code == 200, again.text


def test_the_pool_of_tunnel_ids_follows_the_clock_of_the_cloud(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    site = made["access_locations"]["created"][0]["id"]
    assert api("DELETE", f"{INFRA}/accesslocations/{site}").status_code == 200
    body = wish()
    body["universal_service"] = {"operation": "UPDATE", "id": made["universal_service"]["id"]}
    body["access_locations"]["create"][0]["endpoint_id"] = made["endpoints"]["created"][0]["id"]
    body["credentials"]["create"][0]["name"] = "branch-psk-2"
    del body["endpoints"]
    assert api.post(CONFIGURE, body).status_code == 409
    api.post("/_sandbox/vpn", {"speed": 1e6})
    assert api.post(CONFIGURE, body).status_code == 200


def test_tunnels_cannot_be_deleted_and_made_again_in_one_call(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    body = wish()
    body["universal_service"] = {"operation": "UPDATE", "id": made["universal_service"]["id"]}
    body["access_locations"]["create"][0]["endpoint_id"] = made["endpoints"]["created"][0]["id"]
    body["access_locations"]["delete"] = [made["access_locations"]["created"][0]["id"]]
    body["credentials"]["create"][0]["name"] = "branch-psk-2"
    del body["endpoints"]
    before = counted(api)
    assert api.post(CONFIGURE, body).status_code == 409
    assert counted(api) == before
    api.post("/_sandbox/vpn", {"tunnel_pool_seconds": 0})
    assert api.post(CONFIGURE, body).status_code == 200


def change_of_address(api: Any, made: dict[str, Any], address: str) -> dict[str, Any]:
    token = made["access_locations"]["created"][0]["id"]
    site = api.get(f"{INFRA}/accesslocations/{token}").json()["result"]
    names = ("endpoint_id", "type", "name", "cloud_type", "cloud_region", "tunnel_configs")
    entry = {"id": token} | {name: site[name] for name in names}
    entry["tunnel_configs"][0]["physical_tunnels"][0]["access_ip"] = address
    service = {"operation": "UPDATE", "id": made["universal_service"]["id"]}
    return {"universal_service": service, "access_locations": {"update": [entry]}}


def test_an_access_location_is_changed_in_place(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    ends = api.rows(f"{INFRA}/endpoints", _filter="name=='hq-dns-fra'")
    assert api.post(CONFIGURE, change_of_address(api, made, "198.51.100.9")).status_code == 200
    token = made["access_locations"]["created"][0]["id"]
    row = api.get(f"{INFRA}/accesslocations/{token}").json()["result"]
    assert row["tunnel_configs"][0]["physical_tunnels"][0]["access_ip"] == "198.51.100.9"
    assert api.rows(f"{INFRA}/endpoints", _filter="name=='hq-dns-fra'") == ends


@pytest.mark.parametrize(("switch", "bgp"), [(1, "down"), (0, "up")])
def test_bgp_stays_down_after_a_change_of_address(api: Any, switch: int, bgp: str) -> None:
    api.post("/_sandbox/vpn", {"bgp_down_after_update": switch})
    made = api.post(CONFIGURE, wish()).json()

    def seen() -> set[tuple[str, str]]:
        tunnels = api.get("/_sandbox/tunnels").json()["tunnels"]
        return {(one["ipsec"], one["bgp"]) for one in tunnels if one["service"] == "branch-dns"}

    assert seen() == {("up", "up")}
    # The same addresses once more change nothing.
    assert api.post(CONFIGURE, change_of_address(api, made, "203.0.113.10")).status_code == 200
    assert seen() == {("up", "up")}
    assert api.post(CONFIGURE, change_of_address(api, made, "198.51.100.9")).status_code == 200
    assert seen() == {("up", bgp)}


def test_a_new_capability_comes_up_by_itself(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    api.post("/_sandbox/vpn", {"provisioning_seconds": 1e6})
    kinds = [{"type": "dns"}, {"type": "ntp"}]
    service = {"operation": "UPDATE", "id": made["universal_service"]["id"], "capabilities": kinds}
    assert api.post(CONFIGURE, {"universal_service": service}).status_code == 200
    row = api.get(f"{INFRA}/universalservices/{service['id']}").json()["result"]
    states = {one["type"]: one["service_status"] for one in row["capabilities"]}
    assert states == {"dns": "Available", "ntp": "Provisioning"}


@pytest.mark.parametrize("section", ["endpoints", "access_locations"])
def test_an_update_reaches_only_its_own_service(api: Any, section: str) -> None:
    token = api.post(CONFIGURE, wish()).json()["universal_service"]["id"]
    path = section.replace("_", "")
    foreign = api.rows(f"{INFRA}/{path}", _filter="name=='leeds' or name=='branches-lon'")[0]["id"]
    service = {"operation": "UPDATE", "id": token}
    answer = api.post(
        CONFIGURE, {"universal_service": service, section: {"delete": [foreign.split("/")[-1]]}}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("section", ["endpoints", "credentials", "access_locations"])
def test_a_name_given_twice_in_one_payload_is_answered_409(api: Any, section: str) -> None:
    body = wish()
    twin = copy.deepcopy(body[section]["create"][0])
    twin["id"] = "ref_twin"
    body[section]["create"].append(twin)
    assert api.post(CONFIGURE, body).status_code == 409


def test_a_deleted_service_takes_everything_along(api: Any) -> None:
    before = counted(api)
    token = api.post(CONFIGURE, wish()).json()["universal_service"]["id"]
    assert api("DELETE", f"{INFRA}/universalservices/{token}").status_code == 200
    assert counted(api) == before
    assert api.post(CONFIGURE, wish()).status_code == 200


def test_a_trailing_slash_gives_one_endpoint(api: Any) -> None:
    assert api.get(f"{INFRA}/endpoints/").json()["result"]["name"] == "hq-dns-fra"
    assert len(api.rows(f"{INFRA}/endpoints")) == 3


def test_the_journal_knows_of_the_secret_but_not_the_secret(api: Any) -> None:
    api.post(CONFIGURE, wish())
    journal = api.get("/_sandbox/journal")
    entry = journal.json()["entries"][-1]
    assert SECRET not in journal.text
    assert entry["credential_present"] is True
    assert (entry["applied"], entry["natural_key"]) == (True, "configure CREATE branch-dns")
