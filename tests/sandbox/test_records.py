"""DNS records."""

from __future__ import annotations

from typing import Any

import pytest

DDI = "/api/ddi/v1"
RECORDS = f"{DDI}/dns/record"


@pytest.fixture
def zone(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.rows(f"{DDI}/dns/auth_zone", _filter='fqdn=="lab.example.com."')[0]
    return found


def make(api: Any, found: dict[str, Any], **more: Any) -> Any:
    body = {"zone": found["id"], "name_in_zone": "new", "type": "A"}
    return api.post(RECORDS, {**body, "rdata": {"address": "10.1.2.3"}, **more})


def test_a_record_gets_its_names_view_and_text(api: Any, zone: dict[str, Any]) -> None:
    row = make(api, zone, ttl=0).json()["result"]
    assert row["absolute_name_spec"] == "new.lab.example.com."
    assert (row["dns_rdata"], row["view"], row["ttl"]) == ("10.1.2.3", zone["view"], 0)
    assert api.rows(RECORDS, _filter='dns_rdata=="10.1.2.3"')[0]["id"] == row["id"]
    assert api("DELETE", f"{DDI}/{row['id']}").status_code == 200
    assert api.get(f"{DDI}/{row['id']}").status_code == 404


def test_the_same_record_twice_is_answered_409(api: Any, zone: dict[str, Any]) -> None:
    assert make(api, zone).status_code == 200
    assert make(api, zone, name_in_zone="NEW").status_code == 409
    assert make(api, zone, rdata={"address": "10.1.2.4"}).status_code == 200


def test_an_alias_stands_alone_at_its_name(api: Any, zone: dict[str, Any]) -> None:
    make(api, zone)
    assert make(api, zone, type="CNAME", rdata={"cname": "a.b"}).status_code == 409


def test_a_record_may_be_placed_by_its_full_name(api: Any, zone: dict[str, Any]) -> None:
    place = {"zone": None, "name_in_zone": None, "view": zone["view"]}
    row = make(api, zone, absolute_name_spec="x.y.lab.example.com", **place).json()["result"]
    assert (row["zone"], row["name_in_zone"]) == (zone["id"], "x.y")


@pytest.mark.parametrize(
    "more",
    [
        {"rdata": {"address": "300.1.1.1"}},
        {"rdata": {"address": "10.1.1.1", "extra": 1}},
        {"rdata": {}},
        {"rdata": "10.1.1.1"},
        {"type": "NONE"},
        {"type": "MX"},
        {"zone": None},
        {"name_in_zone": None},
        {"absolute_name_spec": "x.lab.example.com."},
        {"ttl": -1},
        {"ttl": True},
        {"options": {"nonsense": 1}},
    ],
)
def test_a_wrong_record_is_refused(api: Any, zone: dict[str, Any], more: dict[str, Any]) -> None:
    assert make(api, zone, **more).status_code == 400


def test_zone_and_type_of_a_record_cannot_change(api: Any, zone: dict[str, Any]) -> None:
    row = make(api, zone).json()["result"]
    elsewhere = api.rows(f"{DDI}/dns/auth_zone", _filter='fqdn=="corp.example.com."')[0]
    path = f"{DDI}/{row['id']}"
    assert api("PATCH", path, json={"zone": elsewhere["id"]}).status_code == 400
    assert api("PATCH", path, json={"type": "TXT"}).status_code == 400
    changed = api("PATCH", path, json={"rdata": {"address": "10.9.9.9"}, "name_in_zone": "old"})
    assert changed.json()["result"]["absolute_name_spec"] == "old.lab.example.com."
    assert changed.json()["result"]["dns_rdata"] == "10.9.9.9"
