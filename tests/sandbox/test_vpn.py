"""Cloud-hosted services: configure, be busy, come up, go away."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.seed_vpn import payload

INFRA = "/api/universalinfra/v1"
CONFIGURE = f"{INFRA}/consolidated/configure"
SECRET = "correct horse battery staple"


def wish(**service: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload(psk=SECRET))
    body["universal_service"].update({"name": "branch-dns", **service})
    body["credentials"]["create"][0]["name"] = "branch-psk"
    return body


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


def without(path: str) -> dict[str, Any]:
    body: Any = wish()
    *head, tail = path.split(".")
    inner = body
    for step in head:
        inner = inner[int(step) if step.isdigit() else step]
    del inner[int(tail) if tail.isdigit() else tail]
    return dict(body)


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (wish(capabilities=[{"type": "DNS"}]), 400, "capability 'DNS' is not allowed"),
        (wish(capabilities=[{"type": "dfp"}]), 400, "cannot be empty"),
        (wish(operation="MAKE"), 400, "operation"),
        (without("universal_service.name"), 400, "name"),
        (without("endpoints.create.0.size"), 400, "size"),
        (without("endpoints.create.0"), 400, "not defined"),
        (without("credentials"), 400, "not defined"),
        (
            without("access_locations.create.0.tunnel_configs.1"),
            400,
            "2 connections are required for AWS Cloud VPN",
        ),
        ({**wish(), "nonsense": {}}, 400, "unknown field"),
        ({**wish(), "endpoints": {"erase": []}}, 400, "unknown field"),
        (
            {**wish(), "locations": {"create": [{"id": "ref_l", "name": "l", "address": {}}]}},
            500,
            "error fetching country from location address",
        ),
    ],
)
def test_a_wrong_payload_is_refused_and_changes_nothing(
    api: Any, body: dict[str, Any], status: int, text: str
) -> None:
    answer = api.post(CONFIGURE, body)
    assert answer.status_code == status
    assert text in answer.text
    assert len(api.rows(f"{INFRA}/universalservices")) == 1
    assert len(api.rows("/api/iam/v2/keys")) == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"type": "Site"}, "access location location_id cannot be empty"),
        ({"cloud_region": "AWS Europe (Frankfurt)"}, "not supported"),
    ],
)
def test_a_wrong_access_location_is_refused(api: Any, change: dict[str, Any], text: str) -> None:
    body = wish()
    body["access_locations"]["create"][0].update(change)
    answer = api.post(CONFIGURE, body)
    assert answer.status_code == 400
    assert text in answer.text


def test_a_region_is_no_service_location(api: Any) -> None:
    body = wish()
    body["endpoints"]["create"][0]["service_location"] = "us-east-1"
    answer = api.post(CONFIGURE, body)
    assert "HTTP interceptor error: Service location us-east-1 not supported" in answer.text


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
    again = api.post(CONFIGURE, body)
    assert again.status_code == 200, again.text


def test_an_access_location_is_changed_in_place(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    site = api.get(f"{INFRA}/accesslocations").json()["results"][1]
    names = ("endpoint_id", "type", "name", "cloud_type", "cloud_region", "tunnel_configs")
    entry = {"id": made["access_locations"]["created"][0]["id"]}
    entry |= {name: site[name] for name in names}
    for tunnel in entry["tunnel_configs"]:
        tunnel["physical_tunnels"][0]["access_ip"] = "198.51.100.9"
    body = {
        "universal_service": {"operation": "UPDATE", "id": made["universal_service"]["id"]},
        "access_locations": {"update": [entry]},
    }
    assert api.post(CONFIGURE, body).status_code == 200
    row = api.get(f"{INFRA}/accesslocations/{entry['id']}").json()["result"]
    assert row["tunnel_configs"][0]["physical_tunnels"][0]["access_ip"] == "198.51.100.9"


def test_a_deleted_service_takes_everything_along(api: Any) -> None:
    token = api.post(CONFIGURE, wish()).json()["universal_service"]["id"]
    assert api("DELETE", f"{INFRA}/universalservices/{token}").status_code == 200
    counts = [
        len(api.rows(path))
        for path in (f"{INFRA}/endpoints", f"{INFRA}/accesslocations", "/api/iam/v2/keys")
    ]
    assert counts == [1, 1, 1]
    assert api.post(CONFIGURE, wish()).status_code == 200


def test_a_trailing_slash_gives_one_endpoint(api: Any) -> None:
    assert api.get(f"{INFRA}/endpoints/").json()["result"]["name"] == "hq-dns-fra"
    assert len(api.rows(f"{INFRA}/endpoints")) == 1


def test_the_journal_knows_of_the_secret_but_not_the_secret(api: Any) -> None:
    api.post(CONFIGURE, wish())
    journal = api.get("/_sandbox/journal")
    entry = journal.json()["entries"][-1]
    assert SECRET not in journal.text
    assert entry["credential_present"] is True
    assert (entry["applied"], entry["natural_key"]) == (True, "configure CREATE branch-dns")
