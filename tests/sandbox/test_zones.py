"""Views, zones, delegations, groups of name servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import Row, exists, first, made, patched, read, removed, status

RECORDS = f"{DDI}/dns/record"


def view(api: Caller, name: str = "default") -> str:
    return str(first(api, "dns/view", f'name=="{name}"')["id"])


def zone(api: Caller, fqdn: str = "new.example", **more: Any) -> Row:
    return made(api, "dns/auth_zone", **{"fqdn": fqdn, "primary_type": "cloud", **more})


def test_a_zone_is_completed_and_starts_with_its_records(api: Caller) -> None:
    row = zone(api, "Bücher.Example")
    assert (row["fqdn"], row["protocol_fqdn"]) == ("Bücher.Example.", "xn--bcher-kva.example.")
    assert (row["view"], row["parent"], row["mapping"]) == (view(api), view(api), "forward")
    found = api.rows(RECORDS, _filter=f'zone=="{row["id"]}"')
    assert {one["type"] for one in found} == {"SOA", "NS"}
    assert {one["source"][0] for one in found} == {"SYSTEM"}
    assert {removed(api, one["id"]) for one in found} == {400}
    assert zone(api, "1.10.in-addr.arpa")["mapping"] == "ipv4_reverse"
    assert zone(api, "8.b.d.0.1.0.0.2.ip6.arpa")["mapping"] == "ipv6_reverse"


def test_zones_lie_in_one_another(api: Caller) -> None:
    inner = zone(api, "a.b.outer.example")
    outer = zone(api, "outer.example")
    assert read(api, inner["id"])["parent"] == outer["id"]
    middle = zone(api, "b.outer.example")
    assert middle["parent"] == outer["id"]
    assert read(api, inner["id"])["parent"] == middle["id"]
    removed(api, middle["id"])
    assert read(api, inner["id"])["parent"] == outer["id"]
    path = f"{DDI}/dns/zone_child"
    found = api.rows(path, _filter=f'flat=="false" and parent=="{outer["id"]}"')
    assert [row["id"] for row in found] == [inner["id"]]
    flat = api.rows(path, _filter=f'flat=="true" and parent=="{view(api)}"')
    assert {inner["id"], outer["id"]} <= {row["id"] for row in flat}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("auth_zone", {"primary_type": None}, 400),
        ("auth_zone", {"primary_type": "other"}, 400),
        ("auth_zone", {"primary_type": "external"}, 400),
        ("auth_zone", {"view": "default"}, 500),
        ("auth_zone", {"fqdn": "two words."}, 400),
        ("auth_zone", {"fqdn": "x" * 64}, 400),
        ("auth_zone", {"fqdn": "a..b"}, 400),
        ("auth_zone", {"fqdn": "CORP.example.com."}, 409),
        ("auth_zone", {"fqdn": "ad.example.com."}, 409),  # a forward zone
        ("auth_zone", {"external_primaries": [{"type": "server"}]}, 400),
        ("auth_zone", {"query_acl": [{"element": "any"}]}, 400),
        ("auth_zone", {"zone_authority": {"nonsense": 1}}, 400),
        ("forward_zone", {"external_forwarders": [{"fqdn": "x"}]}, 400),
        ("forward_zone", {"hosts": ["dns/host/x"]}, 500),
        ("forward_zone", {"fqdn": "corp.example.com."}, 409),
        ("delegation", {"fqdn": "nowhere.test."}, 400),
        ("delegation", {"delegation_servers": []}, 400),
        ("delegation", {"delegation_servers": [{"address": "10.0.0.1"}]}, 400),
    ],
)
def test_a_wrong_zone_is_refused(api: Caller, path: str, body: Row, expected: int) -> None:
    plain: dict[str, Row] = {
        "auth_zone": {"fqdn": "wrong.example", "primary_type": "cloud"},
        "forward_zone": {"fqdn": "wrong.example"},
        "delegation": {"fqdn": "d.lab.example.com.", "delegation_servers": [{"fqdn": "n."}]},
    }
    assert status(api, f"dns/{path}", **{**plain[path], **body}) == expected


def test_name_and_kind_of_a_zone_stay(api: Caller) -> None:
    row = zone(api)
    for change in (
        {"fqdn": "other."},
        {"primary_type": "external"},
        {"view": view(api, "external")},
    ):
        answer = api("PATCH", f"{DDI}/{row['id']}", json=change)
        assert answer.status_code == 400
    assert patched(api, row["id"], fqdn="NEW.example", notify=True)["fqdn"] == "new.example."


def test_a_change_inside_an_object_keeps_the_rest_of_it(api: Caller) -> None:
    row = zone(api, zone_authority={"refresh": 60})
    assert row["zone_authority"]["default_ttl"] == 28800
    changed = patched(api, row["id"], zone_authority={"default_ttl": 5}, tags={"a": "b"})
    assert (changed["zone_authority"]["refresh"], changed["zone_authority"]["default_ttl"]) == (
        60,
        5,
    )
    assert patched(api, row["id"], tags={"c": "d"})["tags"] == {"c": "d"}


def test_a_view_with_zones_stays(api: Caller) -> None:
    name = made(api, "dns/view", name="busy")["id"]
    row = zone(api, view=name)
    assert removed(api, name) == 409
    assert removed(api, row["id"]) == 200
    assert removed(api, name) == 200


def test_a_zone_takes_its_records_along_and_brings_them_back(api: Caller) -> None:
    row = zone(api)
    body = {"zone": row["id"], "name_in_zone": "a", "type": "A", "rdata": {"address": "10.0.0.1"}}
    record = made(api, "dns/record", **body)
    removed(api, row["id"])
    assert not exists(api, record["id"])
    (item,) = api.rows("/api/atlas-recyclebin/v1/items", _filter='name=="new.example."')
    api("PUT", "/api/atlas-recyclebin/v1/items/restore", json={"id": [item["id"]]})
    assert read(api, record["id"])["dns_rdata"] == "10.0.0.1"
    assert len(api.rows(RECORDS, _filter=f'zone=="{row["id"]}"')) == 3


@pytest.mark.parametrize(
    ("path", "user", "name"),
    [
        ("dns/auth_nsg", "dns/auth_zone", "nsgs"),
        ("dns/forward_nsg", "dns/forward_zone", "nsgs"),
        ("dns/acl", "dns/auth_zone", "query_acl"),
    ],
)
def test_what_a_zone_uses_stays(api: Caller, path: str, user: str, name: str) -> None:
    used = made(api, path, name="used")
    value = [used["id"]]
    rules = [{"element": "acl", "acl": used["id"], "access": "allow"}]
    more = {name: rules if name == "query_acl" else value}
    kind = {"primary_type": "cloud"} if user == "dns/auth_zone" else {}
    row = made(api, user, fqdn="user.example", **kind, **more)
    assert removed(api, used["id"]) == 409
    assert removed(api, row["id"]) == 200
    assert removed(api, used["id"]) == 200


def test_a_copy_of_a_zone_has_its_records(api: Caller) -> None:
    source = first(api, "dns/auth_zone", 'fqdn=="example.net."')
    target = made(api, "dns/view", name="copies")["id"]
    body = {"id": source["id"], "target_view": target, "recursive": True}
    assert api.post(f"{DDI}/dns/auth_zone/copy", body).json()["result"]["job_id"]
    copy = first(api, "dns/auth_zone", f'view=="{target}"')
    kinds = [
        sorted(row["type"] for row in api.rows(RECORDS, _filter=f'zone=="{one["id"]}"'))
        for one in (source, copy)
    ]
    assert kinds[0] == kinds[1]
    assert api.post(f"{DDI}/dns/auth_zone/copy", body).status_code == 409
    without = {"target_view": target}
    assert api.post(f"{DDI}/dns/auth_zone/copy", without).status_code == 400


def test_some_zones_are_copied_when_others_fail(api: Caller) -> None:
    target = made(api, "dns/view", name="copies")["id"]
    zone(api, "example.org.", view=target)
    fqdns = ("example.net.", "example.org.")
    zones = [
        first(api, "dns/auth_zone", f'fqdn=="{one}" and view=="{view(api, "external")}"')["id"]
        for one in fqdns
    ]
    body = {"resources": zones, "target": target, "skip_on_error": True}
    answer = api.post(f"{DDI}/dns/view/bulk_copy", body).json()
    assert [row["id"] for row in answer["results"]] == zones[:1]
    assert [row["id"] for row in answer["errors"]] == zones[1:]


def test_names_are_converted(api: Caller) -> None:
    path = f"{DDI}/dns/convert_domain_name"
    both = {"idn": "bücher.example", "punycode": "xn--bcher-kva.example"}
    assert api.get(f"{path}/bücher.example").json() == {"result": both}
    assert api.get(f"{path}/xn--bcher-kva.example").json() == {"result": both}
    mail = f"{DDI}/dns/convert_rname"
    assert api.get(f"{mail}/host.master@example.com").json() == {
        "rname": "host\\.master.example.com"
    }
    assert api.get(f"{mail}/nobody").status_code == 400


def test_a_flush_names_a_host_or_a_service(api: Caller) -> None:
    path = f"{DDI}/dns/cache_flush"
    assert api.post(path, {}).status_code == 400
    assert api.post(path, {"ophid": "a", "nonsense": 1}).status_code == 400
    answer = api.post(path, {"service_id": "a", "fqdn": "example.com."})
    assert (answer.status_code, answer.json()) == (200, {})
