"""What a consolidated payload must hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.vpn import CONFIGURE, INFRA, KEYS, PLACES, counted, wish


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
    before = counted(api)
    answer = api.post(CONFIGURE, body)
    assert answer.status_code == status
    assert text in answer.text
    assert counted(api) == before
    assert api.get("/_sandbox/counts").json()["writes"] == {}


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


@pytest.mark.parametrize(
    ("section", "entry", "text"),
    [
        ("credentials", {"id": "ref_cred_hq", "name": "twin"}, "used twice"),
        ("credentials", {"id": "cred_hq", "name": "twin"}, "no reference label"),
    ],
)
def test_a_label_is_used_once_and_starts_with_ref(
    api: Any, section: str, entry: dict[str, Any], text: str
) -> None:
    body = wish()
    body[section]["create"].append({**body[section]["create"][0], **entry})
    answer = api.post(CONFIGURE, body)
    assert (answer.status_code, text in answer.text) == (400, True)


@pytest.mark.parametrize("entry", ["text", {"create": {}}, {"create": ["text"]}, {"delete": [{}]}])
def test_a_section_holds_lists_of_entries(api: Any, entry: object) -> None:
    assert api.post(CONFIGURE, {**wish(), "access_locations": entry}).status_code == 400


def site_payload() -> dict[str, Any]:
    """Write a service with a site of its own, as one script sends it: few names, one key."""
    pair = [{"path": path, "credential_id": "ref_cred"} for path in ("primary", "secondary")]
    body = wish(name="depot")
    body["credentials"]["create"] = [
        {"id": "ref_cred", "type": "psk", "name": "depot-psk", "value": "a secret of the tests"}
    ]
    place = {"country": "US", "postal_code": "10001"}
    body["locations"] = {"create": [{"id": "ref_loc", "name": "depot", "address": place}]}
    body["access_locations"]["create"] = [
        {
            "endpoint_id": "ref_endpoint_fra",
            "credential_id": "ref_cred",
            "location_id": "ref_loc",
            "wan_ip_addresses": ["203.0.113.1"],
            "routing_type": "static",
            "tunnel_configs": [{"name": "one", "wan_ip": "203.0.113.1", "physical_tunnels": pair}],
        }
    ]
    return body


def test_a_site_without_a_name_is_made_with_its_location(api: Any) -> None:
    made = api.post(CONFIGURE, site_payload()).json()
    place = made["locations"]["created"][0]
    assert place["name"] == "depot"
    site = made["access_locations"]["created"][0]["id"]
    row = api.get(f"{INFRA}/accesslocations/{site}").json()["result"]
    assert row["location_id"] == place["id"]
    assert row["credential_id"] == made["credentials"]["created"][0]["id"]
    # Both are deleted with the service that they were made with.
    token = made["universal_service"]["id"]
    assert api("DELETE", f"{INFRA}/universalservices/{token}").status_code == 200
    assert "depot" not in str(api.rows(PLACES)) + str(api.rows(KEYS))


def test_two_sites_without_names_may_share_an_endpoint(api: Any) -> None:
    body = site_payload()
    body["access_locations"]["create"] *= 2
    assert api.post(CONFIGURE, body).status_code == 200


def test_an_existing_place_must_have_a_country(api: Any) -> None:
    place = api.post(PLACES, {"name": "nowhere", "address": {}}).json()["result"]["id"]
    body = site_payload()
    del body["locations"]
    body["access_locations"]["create"][0]["location_id"] = place
    answer = api.post(CONFIGURE, body)
    assert (answer.status_code, "country" in answer.text) == (500, True)


def test_every_section_is_updated(api: Any) -> None:
    made = api.post(CONFIGURE, site_payload()).json()
    end, key, place = (
        made[section]["created"][0]["id"] for section in ("endpoints", "credentials", "locations")
    )
    body = {
        "universal_service": {"operation": "UPDATE", "id": made["universal_service"]["id"]},
        "endpoints": {"update": [{"id": end, "name": "renamed", "size": "L"}]},
        "credentials": {
            "update": [{"id": key, "type": "psk", "name": "rolled", "value": "another secret"}]
        },
        "locations": {"update": [{"id": place, "name": "moved", "address": {"country": "CA"}}]},
    }
    assert api.post(CONFIGURE, body).status_code == 200
    shown = api.get(f"{INFRA}/endpoints/{end}").json()["result"]
    assert (shown["name"], shown["size"], len(shown["cnames"])) == ("renamed", "L", 2)
    row = api.get(f"{KEYS}/{key}").json()["results"]
    assert (row["name"], row["key_data"]) == ("rolled", {"psk": "another secret"})
    assert api.rows(PLACES, _filter="name=='moved'")[0]["address"] == {"country": "CA"}
    body["credentials"]["update"][0]["name"] = "hq-dns-psk"
    assert api.post(CONFIGURE, body).status_code == 409


@pytest.mark.parametrize("lost", ["tunnel", "bgp"])
def test_an_update_names_the_ids_it_has_read(api: Any, lost: str) -> None:
    made = api.post(CONFIGURE, wish()).json()
    token = made["access_locations"]["created"][0]["id"]
    row = api.get(f"{INFRA}/accesslocations/{token}").json()["result"]
    entry = {name: row[name] for name in ("endpoint_id", "type", "name", "tunnel_configs")}
    for tunnel in entry["tunnel_configs"]:
        del (tunnel if lost == "tunnel" else tunnel["physical_tunnels"][0]["bgp_configs"][0])["id"]
    service = {"operation": "UPDATE", "id": made["universal_service"]["id"]}
    update = {"update": [{**entry, "id": token}]}
    answer = api.post(CONFIGURE, {"universal_service": service, "access_locations": update})
    assert (answer.status_code, "id cannot be empty" in answer.text) == (400, True)


def test_an_update_needs_the_id_of_its_service(api: Any) -> None:
    answer = api.post(CONFIGURE, {"universal_service": {"operation": "UPDATE", "name": "hq-dns"}})
    assert (answer.status_code, "universal_service.id" in answer.text) == (400, True)


def test_an_access_location_stays_within_its_service(api: Any) -> None:
    foreign = api.rows(f"{INFRA}/endpoints", _filter="name=='hq-dns-fra'")[0]["id"]
    body = site_payload()
    body["access_locations"]["create"][0]["endpoint_id"] = foreign.rpartition("/")[2]
    answer = api.post(CONFIGURE, body)
    assert (answer.status_code, "not one of this service" in answer.text) == (400, True)


def test_an_endpoint_goes_with_its_last_access_location_in_one_call(api: Any) -> None:
    made = api.post(CONFIGURE, wish()).json()
    service = {"operation": "UPDATE", "id": made["universal_service"]["id"]}
    gone = {
        section: {"delete": [made[section]["created"][0]["id"]]}
        for section in ("endpoints", "access_locations")
    }
    before = counted(api)
    answer = api.post(CONFIGURE, {"universal_service": service, **gone})
    assert answer.status_code == 200, answer.text
    assert counted(api) == [before[0], before[1] - 1, before[2] - 1, *before[3:]]
    log = api.post(
        f"{INFRA}/consolidated/getconfigchanges", {"universal_service_id": service["id"]}
    ).json()["results"]
    # One call leaves an entry for each thing it touched, all under its own request id.
    ids = [entry["request_id"] for entry in log]
    assert (len(ids), len(set(ids[:3])), len(set(ids[3:]))) == (6, 1, 1)
    assert ids[0] != ids[3]
