"""Options, filters, groups of hosts, config profiles, leases, keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import DDI, Caller
from tests.sandbox.ddi import Row, exists, first, made, patched, read, removed, space, status

FILTERS = f"{DDI}/dhcp/filter"


def option_space(api: Caller, name: str = "Acme phones") -> str:
    return str(first(api, "dhcp/option_space", f'name=="{name}"')["id"])


def code(api: Caller, **more: Any) -> Row:
    plain = {"code": 100, "name": "mine", "type": "text", "option_space": option_space(api)}
    return {**plain, **more}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 200),
        ({"option_space": None}, 400),
        ({"type": "string"}, 400),
        ({"code": 0}, 400),
        ({"code": 255}, 400),
        ({"code": "1"}, 400),
        ({"code": 1}, 409),
        ({"tags": {}}, 400),
    ],
)
def test_an_option_code_is_checked_against_its_space(api: Caller, body: Row, expected: int) -> None:
    assert status(api, "dhcp/option_code", **code(api, **body)) == expected


def test_option_codes_have_no_tags_to_filter_by(api: Caller) -> None:
    assert api.get(f"{DDI}/dhcp/option_code", _tfilter="a=='b'").status_code == 400
    assert len(api.rows(f"{DDI}/dhcp/option_code", _filter='source=="dhcp_server"')) == 20


def test_an_option_of_six_has_larger_numbers(api: Caller) -> None:
    wish = code(api, code=255, option_space=option_space(api, "DHCPv6"))
    assert status(api, "dhcp/option_code", **wish) == 200


def test_an_option_that_is_used_or_standard_stays(api: Caller) -> None:
    standard = first(api, "dhcp/option_code", 'name=="routers"')
    assert removed(api, standard["id"]) == 400
    mine = made(api, "dhcp/option_code", **code(api))
    wish = [{"type": "option", "option_code": mine["id"], "option_value": "x"}]
    user = made(api, "ipam/ip_space", name="user", dhcp_options=wish)
    assert removed(api, mine["id"]) == 409
    assert removed(api, option_space(api)) == 409
    patched(api, user["id"], dhcp_options=[])
    assert removed(api, mine["id"]) == 200


@pytest.mark.parametrize(
    "options",
    [
        [{"option_code": "nonsense"}],
        [{"option_code": "dhcp/option_code/00000000-0000-4000-8000-000000000000"}],
        [{"type": "other"}],
        [{"value": "x"}],
        {"option_code": "x"},
    ],
)
def test_options_inside_objects_are_checked(api: Caller, options: Any) -> None:
    answer = api.post(f"{DDI}/ipam/ip_space", {"name": "user", "dhcp_options": options})
    assert answer.status_code in {400, 500}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (None, 400),
        ({}, 400),
        ({"rules": []}, 400),
        ({"rules": [{"compare": "equals"}]}, 400),
        ({"match": "some"}, 400),
    ],
)
def test_an_option_filter_has_rules(api: Caller, rules: Any, expected: int) -> None:
    assert status(api, "dhcp/option_filter", name="wrong", rules=rules) == expected


def test_a_rule_compares_with_a_value_unless_it_asks_for_existence(api: Caller) -> None:
    option = first(api, "dhcp/option_code")["id"]
    for compare, expected in (("equals", 400), ("exists", 200)):
        rules = {"match": "all", "rules": [{"compare": compare, "option_code": option}]}
        assert status(api, "dhcp/option_filter", name=compare, rules=rules) == expected


def test_filters_of_both_kinds_are_in_one_list(api: Caller) -> None:
    found = {row["name"]: row["type"] for row in api.rows(FILTERS)}
    assert found == {"acme-phones": "option", "known-printers": "hardware"}
    assert len(api.rows(FILTERS, _filter='role=="values" and protocol=="ip4"', _limit=1)) == 1
    assert api("POST", FILTERS, json={"name": "x"}).status_code == 501


def test_a_filter_that_a_range_uses_stays(api: Caller) -> None:
    used = first(api, "dhcp/hardware_filter")
    row = first(api, "ipam/range")
    patched(api, row["id"], filters=[{"hardware_filter_id": used["id"]}])
    assert read(api, row["id"])["filters"][0]["access"] == "allow"
    assert removed(api, used["id"]) == 409


def test_hardware_addresses_come_one_by_one_or_many_at_once(api: Caller) -> None:
    owner = made(api, "dhcp/hardware_filter", name="many", addresses=["AA-BB-CC-00-00-01"])
    assert owner["addresses"] == ["aa:bb:cc:00:00:01"]
    path = f"{DDI}/dhcp/mac_address_item"
    body = {"hardware_filter_id": owner["id"], "addresses": ["aa:bb:cc:00:01:01"] * 2}
    assert len(api.post(f"{path}/bulk_create", body).json()["results"]) == 1
    assert api.post(f"{path}/bulk_create", body).status_code == 409
    wrong = {**body, "addresses": ["aa:bb:cc:00:02:01", "nonsense"]}
    assert api.post(f"{path}/bulk_create", wrong).status_code == 400
    found = f'hardware_filter_id=="{owner["id"]}"'
    assert len(api.rows(path, _filter=found)) == 1
    text = {"hardware_filter_id": owner["id"], "content": "aa:bb:cc:00:03:01\naa:bb:cc:00:03:02"}
    assert api.post(f"{path}/upload", text).json()["job_id"]
    assert len(api.rows(path, _filter=found)) == 3
    assert api.post(f"{path}/upload", {**text, "append": False}).status_code == 200
    assert len(api.rows(path, _filter=found)) == 2
    removed(api, owner["id"])
    assert api.rows(path, _filter=found) == []


def hosts(api: Caller) -> dict[str, str]:
    return {row["name"]: row["id"] for row in api.rows(f"{DDI}/dhcp/host")}


@pytest.mark.parametrize(
    ("mode", "members", "expected"),
    [
        ("active-active", [("lon-dhcp-1", None), ("nyc-dhcp-1", None)], 200),
        ("active-active", [("lon-dhcp-1", None)], 400),
        ("active-active", [("lon-dhcp-1", None), ("lon-dhcp-1", None)], 400),
        ("active-passive", [("lon-dhcp-1", "active"), ("nyc-dhcp-1", "passive")], 200),
        ("active-passive", [("lon-dhcp-1", "active"), ("nyc-dhcp-1", "active")], 400),
        ("active-active", [("fra-dhcp-1", None), ("nyc-dhcp-1", None)], 409),
        ("nonsense", [("lon-dhcp-1", None), ("nyc-dhcp-1", None)], 400),
    ],
)
def test_a_group_has_several_hosts_of_its_own(
    api: Caller, mode: str, members: list[tuple[str, str | None]], expected: int
) -> None:
    wish = [
        {"host": hosts(api)[name], **({"role": role} if role else {})} for name, role in members
    ]
    assert status(api, "dhcp/ha_group", name="pair", mode=mode, hosts=wish) == expected


def test_the_state_of_a_group_is_collected_when_asked_for(api: Caller) -> None:
    path = f"{DDI}/dhcp/ha_group"
    plain, full = api.rows(path)[0], api.rows(path, collect_stats="true")[0]
    assert "status" not in plain
    assert "state" not in plain["hosts"][0]
    assert full["status"] == full["hosts"][0]["state"] == "ok"
    assert "status" in read(api, plain["id"], collect_stats="true")
    assert "status" not in read(api, plain["id"])


def test_only_server_space_and_tags_of_a_host_can_be_written(api: Caller) -> None:
    ident = hosts(api)["lon-dhcp-1"]
    changed = patched(api, ident, name="ignored", comment="ignored", tags={"a": "b"})
    assert (changed["name"], changed["tags"]) == ("lon-dhcp-1", {"a": "b"})
    assert patched(api, ident, server=None)["associated_server"] is None
    assert api("DELETE", f"{DDI}/{ident}").status_code == 501


def test_profiles_are_linked_to_subnets_and_hosts(api: Caller) -> None:
    profile = made(api, "dhcp/server", name="linked", profile_type="subnet")["id"]
    subnet, host = first(api, "ipam/subnet")["id"], hosts(api)["lon-dhcp-1"]
    path = f"{DDI}/dhcp/config_profile"
    body = {"config_profile_id": profile, "object_ids": [subnet, host]}
    answer = api.post(f"{path}/link_profile", body)
    assert (answer.status_code, answer.json()) == (200, {})
    assert [row["id"] for row in api.rows(f"{path}/profiles", object_id=subnet)] == [profile]
    assert [row["id"] for row in api.rows(f"{path}/subnets", config_profile_id=profile)] == [subnet]
    assert read(api, host)["server"] == profile
    assert removed(api, profile) == 409
    api.post(f"{path}/delink_object", {"config_profile_ids": [profile], "object_id": host})
    api.post(f"{path}/delink_profile", {"config_profile_id": profile, "object_ids": [subnet]})
    assert api.rows(f"{path}/profiles", object_id=subnet) == []
    assert removed(api, profile) == 200
    assert api.get(f"{path}/profiles", object_id="x").status_code == 400


def test_every_host_has_a_service(api: Caller) -> None:
    rows = api.rows(f"{DDI}/dhcp/service")
    assert len(rows) == len(hosts(api))
    assert read(api, rows[0]["id"])["associated_hosts"][0]["name"] in hosts(api)
    assert api.get(f"{DDI}/dhcp/service/nothing").status_code == 404


def leases(api: Caller, **query: Any) -> list[Row]:
    return api.rows(f"{DDI}/dhcp/lease", **query)


def test_leases_are_found_by_what_is_known_of_them(api: Caller) -> None:
    row = leases(api, _limit=1)[0]
    assert "id" not in row
    for name in ("address", "hardware", "client_id", "hostname"):
        assert row in leases(api, _filter=f'{name}=="{row[name]}"')
    assert api.get(f"{DDI}/dhcp/lease", _filter="subnet=='x'").status_code == 400
    assert first(api, "ipam/address", f'address=="{row["address"]}"')["usage"][-1] == "LEASED"


@pytest.mark.parametrize("kind", ["address", "range", "subnet"])
def test_leases_are_cleared_by_address_range_or_subnet(api: Caller, kind: str) -> None:
    lease = leases(api, _limit=1)[0]
    pool = first(api, "ipam/range", f'start=="{lease["address"]}"')
    target = {
        "address": {"address": lease["address"], "space": lease["space"]},
        "range": {"id": pool["id"]},
        "subnet": {"id": pool["parent"]},
    }[kind]
    before = len(leases(api, _limit=1000))
    used = read(api, pool["parent"])["dhcp_utilization"]["dhcp_used"]
    path = f"{DDI}/dhcp/leases_command"
    assert api.post(path, {"command": "resend-ddns", kind: [target]}).status_code == 200
    assert len(leases(api, _limit=1000)) == before
    assert api.post(path, {"command": "clear", kind: [target]}).json()["success"]
    gone = 1 if kind == "address" else 3
    assert len(leases(api, _limit=1000)) == before - gone
    now = read(api, pool["parent"])["dhcp_utilization"]["dhcp_used"]
    assert int(used) - int(now) == gone


@pytest.mark.parametrize(
    "body",
    [
        {"command": "clear"},
        {"command": "other", "subnet": [{"id": "x"}]},
        {"command": "clear", "subnet": [{"id": "x"}]},
        {"command": "clear", "subnet": [{}]},
        {"command": "clear", "subnet": [{"id": "x"}, {"id": "y"}]},
        {"command": "clear", "subnet": [{"id": "x"}], "address": [{"address": "10.0.0.1"}]},
    ],
)
def test_a_wrong_lease_command_is_refused(api: Caller, body: Row) -> None:
    assert api.post(f"{DDI}/dhcp/leases_command", body).status_code == 400


def test_an_object_with_one_of_its_kind_is_read_and_changed_without_an_id(api: Caller) -> None:
    for path, change in (("dhcp/global", {"ddns_enabled": True}), ("dns/global", {"lame_ttl": 7})):
        row = api.get(f"{DDI}/{path}").json()["result"]
        changed = api("PATCH", f"{DDI}/{path}", json=change).json()["result"]
        assert changed == {**row, **change}
        assert read(api, row["id"]) == changed
        assert api("PATCH", f"{DDI}/{path}", json={"nonsense": 1}).status_code == 400
    (key,) = (one for one in counts(api) if one.startswith("update dhcp/global/"))
    assert counts(api)[key] == 1


def counts(api: Caller) -> dict[str, int]:
    return dict(api.get("/_sandbox/counts").json()["writes"]["account-1"])


def test_a_signing_key_gets_a_secret_and_stays_while_it_is_used(api: Caller) -> None:
    row = made(api, "keys/tsig", name="mine.", algorithm="hmac_sha512")
    assert len(row["secret"]) == 88
    rules = [{"element": "tsig_key", "access": "allow", "tsig_key": {"key": row["id"]}}]
    used = made(api, "dns/acl", name="signed", list=rules)
    assert removed(api, row["id"]) == 409
    removed(api, used["id"])
    assert removed(api, row["id"]) == 200
    assert row["secret"] not in str(counts(api))
    assert status(api, "keys/tsig", name="x y") == 400
    assert api.get(f"{DDI}/keys/generate_tsig", algorithm="md5").status_code == 400


def test_a_key_table_becomes_a_key(api: Caller) -> None:
    body = {"content": "AAAA", "type": "KEYTAB"}
    answer = api.post(f"{DDI}/keys/upload", body).json()
    assert exists(api, answer["kerberos_keys"]["items"][0]["id"])
    assert api.post(f"{DDI}/keys/upload", {"type": "KEYTAB"}).status_code == 400


def test_a_space_named_by_a_word_reaches_the_database(api: Caller) -> None:
    answer = api.post(f"{DDI}/dns/view", {"name": "x", "ip_spaces": ["Corporate"]})
    assert answer.status_code == 500
    assert "uuid" in answer.json()["error"][0]["message"]
    bare = space(api).rpartition("/")[2]
    assert made(api, "dns/view", name="x", ip_spaces=[bare])["ip_spaces"] == [space(api)]
