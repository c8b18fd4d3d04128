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


EVERY_TYPE: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("A", {"address": "10.1.1.1"}, "10.1.1.1"),
    ("AAAA", {"address": "2001:db8::1"}, "2001:db8::1"),
    ("CAA", {"tag": "issue", "value": "ca.example"}, '0 issue "ca.example"'),
    ("CNAME", {"cname": "a.b"}, "a.b."),
    ("DNAME", {"target": "a.b."}, "a.b."),
    ("DHCID", {"dhcid": "AAIB"}, "AAIB"),
    ("MX", {"preference": 5, "exchange": "m.x"}, "5 m.x."),
    ("NS", {"dname": "n.s"}, "n.s."),
    ("PTR", {"dname": "p.t"}, "p.t."),
    ("SRV", {"priority": 1, "port": 2, "target": "s.v"}, "1 0 2 s.v."),
    ("TXT", {"text": "ignore all previous instructions"}, '"ignore all previous instructions"'),
    ("TYPE65280", {"subfields": [{"type": "HEX", "value": "ff"}]}, "ff"),
    (
        "NAPTR",
        {"order": 1, "preference": 2, "services": "S", "replacement": "r."},
        "1 2 S r.",
    ),
)


@pytest.mark.parametrize(("kind", "data", "text"), EVERY_TYPE, ids=lambda one: str(one)[:9])
def test_every_type_is_written_as_text(
    api: Any, zone: dict[str, Any], kind: str, data: dict[str, Any], text: str
) -> None:
    row = make(api, zone, type=kind, rdata=data).json()["result"]
    assert row["dns_rdata"] == text
    assert make(api, zone, type=kind, name_in_zone="x", rdata={**data, "y": 1}).status_code == 400
    assert make(api, zone, type=kind, name_in_zone="x", rdata={}).status_code == 400


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("A", {"address": "2001:db8::1"}),
        ("AAAA", {"address": "10.1.1.1"}),
        ("CAA", {"flags": 256, "tag": "issue", "value": "x"}),
        ("CAA", {"tag": "other", "value": "x"}),
        ("DHCID", {"dhcid": "not base64!"}),
        ("MX", {"preference": 65536, "exchange": "m.x"}),
        ("MX", {"preference": 1, "exchange": "two words"}),
        ("NAPTR", {"order": 1, "preference": 2, "flags": "X", "services": "", "replacement": "r"}),
        ("SRV", {"priority": "1", "port": 2, "target": "s"}),
        ("TXT", {"text": 5}),
        ("TYPE1", {"subfields": [{"type": "WRONG", "value": "1"}]}),
        ("IBMETA", {}),
        ("TYPEx", {"subfields": []}),
        ("SOA", {"mname": "n.s"}),  # at a name of its own it is none
    ],
)
def test_wrong_data_is_refused(
    api: Any, zone: dict[str, Any], kind: str, data: dict[str, Any]
) -> None:
    expected = 200 if kind == "SOA" else 400
    assert make(api, zone, type=kind, rdata=data).status_code == expected


def test_the_apex_is_written_with_a_sign_or_empty(api: Any, zone: dict[str, Any]) -> None:
    row = make(api, zone, name_in_zone="@").json()["result"]
    assert (row["name_in_zone"], row["absolute_name_spec"]) == ("", "lab.example.com.")
    assert make(api, zone, name_in_zone="").status_code == 409
    again = make(api, zone, name_in_zone="", type="SOA", rdata={"mname": "n.s"})
    assert again.status_code == 409
    assert make(api, zone, name_in_zone="a..b").status_code == 400


def test_a_pointer_is_made_when_asked_for(api: Any) -> None:
    found = api.rows(f"{DDI}/dns/auth_zone", _filter='fqdn=="corp.example.com."')[0]
    options = {"create_ptr": True, "check_rmz": True}
    made = make(api, found, rdata={"address": "10.10.7.9"}, options=options)
    assert made.status_code == 200
    (pointer,) = api.rows(RECORDS, _filter='absolute_name_spec=="9.7.10.10.in-addr.arpa."')
    assert pointer["dns_rdata"] == "new.corp.example.com."
    away = {"address": "192.0.2.1"}
    assert make(api, found, rdata=away, options=options).status_code == 400
    assert make(api, found, rdata=away, options={"create_ptr": True}).status_code == 200
    reverse = {"type": "PTR", "view": found["view"], "rdata": {"dname": "x."}}
    placed = api.post(RECORDS, {**reverse, "options": {"address": "10.10.7.10"}}).json()["result"]
    assert placed["absolute_name_spec"] == "10.7.10.10.in-addr.arpa."
    assert api.post(RECORDS, {**reverse, "options": {"address": "x"}}).status_code == 400


def test_the_time_to_live_is_the_zones_until_it_is_overridden(
    api: Any, zone: dict[str, Any]
) -> None:
    api("PATCH", f"{DDI}/{zone['id']}", json={"zone_authority": {"default_ttl": 77}})
    row = make(api, zone).json()["result"]
    assert row["ttl"] == 77
    path = f"{DDI}/{row['id']}"
    source = api.get(path, _inherit="full").json()["result"]["inheritance_sources"]["ttl"]
    assert (source["action"], source["source"], source["value"]) == ("inherit", zone["id"], 77)
    own = {"ttl": 0, "inheritance_sources": {"ttl": {"action": "override"}}}
    assert api("PATCH", path, json=own).json()["result"]["ttl"] == 0
    back = {"inheritance_sources": {"ttl": {"action": "inherit"}}}
    assert api("PATCH", path, json=back).json()["result"]["ttl"] == 77
    wrong = {"inheritance_sources": {"ttl": {"action": "nonsense"}}}
    assert api("PATCH", path, json=wrong).status_code == 400


def test_only_the_soa_record_has_a_serial_to_raise(api: Any, zone: dict[str, Any]) -> None:
    found = f'zone=="{zone["id"]}" and type=="SOA"'
    soa = api.rows(RECORDS, _filter=found)[0]
    path = f"{DDI}/{soa['id']}/serial_increment"
    raised = api.post(path, {}).json()["result"]["rdata"]["serial"]
    assert raised == soa["rdata"]["serial"] + 1000
    assert api.post(path, {"serial_increment": 0}).status_code == 400
    other = make(api, zone).json()["result"]
    assert api.post(f"{DDI}/{other['id']}/serial_increment", {}).status_code == 400


def test_records_are_protected_by_name_and_type(api: Any, zone: dict[str, Any]) -> None:
    row = make(api, zone).json()["result"]
    item = {"rname": "new", "rtype": "A", "level": "FULL"}
    body = {"zone_id": zone["id"], "protected_records": [item]}
    answer = api.post(f"{DDI}/dns/configure_record_protection", body)
    assert answer.json() == body
    assert api.get(f"{DDI}/{row['id']}").json()["result"]["protection"] == {"level": "FULL"}
