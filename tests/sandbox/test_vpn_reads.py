"""The catalogues, and the reads of the portal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.vpn import CONFIGURE, INFRA, wish

CONSOLIDATED = f"{INFRA}/consolidated"
PERSPECTIVE = "configuration/location"


def asked(api: Any, name: str, service: str, **more: Any) -> Any:
    body = {"perspective": PERSPECTIVE, "universal_service_id": service, **more}
    answer = api.post(f"{CONSOLIDATED}/{name}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def token_of(api: Any, name: str) -> str:
    rows = api.post(f"{CONSOLIDATED}/getcatalog", {}).json()["results"]
    return next(str(row["id"]) for row in rows if row["name"] == name)


def test_the_catalogues_say_what_may_be_chosen(api: Any) -> None:
    sizes = api.rows(f"{INFRA}/supportedsizes")
    assert [row["name"] for row in sizes] == ["S", "M", "L", "XL"]
    kinds = {row["type"] for row in api.rows(f"{INFRA}/capabilities")}
    assert kinds == {"dns", "dhcp", "dfp", "security", "ntp"}
    regions = api.post(f"{INFRA}/cloudproviderregions", {"provider": "AWS"}).json()["results"]
    assert "eu-central-1" in {row["name"] for row in regions}
    assert api.post(f"{INFRA}/cloudproviderregions", {"provider": "aws"}).status_code == 400


def test_the_catalog_has_bare_ids(api: Any) -> None:
    token = token_of(api, "hq-dns")
    row = api.get(f"{INFRA}/universalservices/{token}").json()["result"]
    assert row["id"] == f"infra/universal_service/{token}"
    assert api.post(f"{CONSOLIDATED}/getcatalog", {"x": 1}).status_code == 400


def test_capabilities_come_up_with_profile_and_associations(api: Any) -> None:
    found = asked(api, "getcapabilities", token_of(api, "branch-services"))
    rows = {row["type"]: row for row in found["universal_service"]["capabilities"]}
    assert set(rows) == {"dns", "dhcp", "dfp"}
    assert rows["dfp"]["profile_name"] == "Branch offices"
    assert {row["service_status"] for row in rows.values()} == {"Available"}
    assert {row["association_count"] for row in rows.values()} == {2}
    api.post("/_sandbox/vpn", {"provisioning_seconds": 1e6})
    token = api.post(CONFIGURE, wish()).json()["universal_service"]["id"]
    (row,) = asked(api, "getcapabilities", token)["universal_service"]["capabilities"]
    assert row["service_status"] == "Provisioning"


def test_connection_points_nest_their_access_locations(api: Any) -> None:
    token = token_of(api, "branch-services")
    points = asked(api, "listconnectionpoints", token)["results"]
    seen = {one["name"]: (one["size"], one["access_location_count"]) for one in points}
    assert seen == {"branches-iad": ("Medium", 2), "branches-lon": ("Small", 1)}
    leeds = points[1]["access_locations"][0]
    assert "/" not in leeds["id"] + points[1]["id"]
    only = asked(api, "listconnectionpoints", token, access_location_id=leeds["id"])["results"]
    assert [one["name"] for one in only] == ["branches-lon"]


def test_the_connection_status_tells_place_and_country(api: Any) -> None:
    token = token_of(api, "branch-services")
    rows = asked(api, "listconnectionstatus", token)["results"]
    assert {row["access_location_name"]: row["access_location_country"] for row in rows} == {
        "ashburn": "US",
        "denver": "US",
        "leeds": "GB",
    }
    assert {row["status"] for row in rows} == {"Connected"}
    one = rows[2]["access_location_id"]
    only = asked(api, "listconnectionstatus", token, access_location_id=one)["results"]
    assert only == rows[2:]


@pytest.mark.parametrize("name", ["getcapabilities", "listconnectionpoints"])
def test_a_portal_read_needs_its_perspective_and_a_known_service(api: Any, name: str) -> None:
    path = f"{CONSOLIDATED}/{name}"
    known = {"universal_service_id": token_of(api, "hq-dns")}
    assert api.post(path, known).status_code == 400
    assert api.post(path, {**known, "perspective": "other"}).status_code == 400
    unknown = {"universal_service_id": "nothing", "perspective": PERSPECTIVE}
    assert api.post(path, unknown).status_code == 404


def test_reads_by_post_count_as_no_writes(api: Any) -> None:
    token = token_of(api, "hq-dns")
    for name in ("getcapabilities", "listconnectionpoints", "listconnectionstatus"):
        asked(api, name, token)
    assert api.get("/_sandbox/counts").json()["writes"] == {}


def test_a_service_with_dns_is_associated_with_views_and_zones(api: Any) -> None:
    path = "/api/ddi/v1/dns/universal_service/{}/associations"
    rows = api.rows(path.format(token_of(api, "hq-dns")))
    assert {row["type"] for row in rows} == {"view", "auth_zone"}
    assert api.get(path.format("nothing")).status_code == 404
    body = {"name": "clock", "capabilities": [{"type": "ntp"}]}
    other = api.post(f"{INFRA}/universalservices", body).json()["result"]
    assert api.rows(path.format(other["id"].rpartition("/")[2])) == []
