"""Security policies, their rules, and bypass codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.defense import (
    APPLICATION_FILTERS,
    CATEGORY_FILTERS,
    CODES,
    LISTS,
    NETWORKS,
    POLICIES,
    PROXIES,
    RULES,
    blocking,
    called,
    feed_rules,
    made,
    refusal,
)

SPAN = {"activation": "2026-01-01T00:00:00Z", "expiration": "2099-01-01T00:00:00Z"}


def test_a_policy_without_rules_gets_those_of_the_default_policy(api: Any) -> None:
    policy = made(api.post(POLICIES, {"name": "Warehouse"}))
    default = api.rows(POLICIES, _filter="is_default=='true'")[0]
    same = ("type", "data", "action")
    assert [[rule[name] for name in same] for rule in policy["rules"]] == [
        [rule[name] for name in same] for rule in default["rules"]
    ]
    assert {rule["policy_id"] for rule in policy["rules"]} == {policy["id"]}
    assert (policy["default_action"], policy["is_default"]) == ("action_allow", False)


def test_a_policy_is_read_by_number_and_by_name(api: Any) -> None:
    policy = called(api, POLICIES, "Headquarters")
    assert api.get(f"{POLICIES}/{policy['id']}").json()["results"] == policy
    assert api.get(f"{POLICIES}/0").status_code == 400
    assert api.get(f"{POLICIES}/0", name="x").status_code == 404
    assert api.get(f"{POLICIES}/{policy['id']}", _fields="name").json()["results"] == {
        "name": "Headquarters"
    }


def test_the_rules_of_a_policy_name_every_feed(api: Any) -> None:
    rules = feed_rules(api)
    assert made(api.post(POLICIES, {"name": "Full", "rules": rules}))
    answer = api.post(POLICIES, {"name": "Short", "rules": rules[1:]})
    assert "missing" in refusal(answer, 400)
    answer = api.post(POLICIES, {"name": "Double", "rules": [*rules, rules[0]]})
    assert "more than one" in refusal(answer, 400)


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        (blocking("custom_list", "nothing"), 404),
        (blocking("named_feed", "nothing"), 404),
        (blocking("category_filter", "nothing"), 404),
        (blocking("application_filter", "nothing"), 404),
        (blocking("custom_list", "Threat Insight - DGA"), 404),
        (blocking("custom_list", "Phishing drill", redirect_name="nothing"), 404),
        (blocking("nonsense", "Phishing drill"), 400),
        (
            {
                "type": "application_filter",
                "data": "Meetings",
                "action": "action_allow_with_local_resolution",
            },
            400,
        ),
    ],
)
def test_a_wrong_rule_is_refused(api: Any, rule: dict[str, Any], status: int) -> None:
    body = {"name": "Wrong", "rules": [*feed_rules(api), rule]}
    refusal(api.post(POLICIES, body), status)
    assert api.get(f"{POLICIES}/0", name="Wrong").status_code == 404


def test_local_resolution_needs_its_switch(api: Any) -> None:
    rule = {"type": "application_filter", "data": "Meetings"}
    rules = [*feed_rules(api), {**rule, "action": "action_allow_with_local_resolution"}]
    body = {"name": "Local", "rules": rules, "onprem_resolve": True}
    assert made(api.post(POLICIES, body))["onprem_resolve"] is True


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "x" * 257}, 400),
        ({"description": "x" * 257}, 400),
        ({"network_lists": [1]}, 400),
        ({"dfps": [1]}, 400),
        ({"dfp_services": ["nobody"]}, 400),
        ({"roaming_device_groups": [99]}, 400),
        ({"access_codes": ["nobody"]}, 400),
        ({"default_action": "action_redirect", "default_redirect_name": "x"}, 404),
        ({"name": "Headquarters"}, 409),
    ],
)
def test_a_wrong_policy_is_refused(api: Any, change: dict[str, Any], status: int) -> None:
    refusal(api.post(POLICIES, {"name": "Wrong", **change}), status)


def test_a_network_belongs_to_one_policy_and_knows_it(api: Any) -> None:
    taken = called(api, NETWORKS, "Headquarters uplink")
    headquarters = called(api, POLICIES, "Headquarters")
    assert taken["policy_id"] == headquarters["id"]
    answer = api.post(POLICIES, {"name": "Second", "network_lists": [taken["id"]]})
    assert "another policy" in refusal(answer, 400)
    free = called(api, NETWORKS, "Guest uplink")
    assert free["policy_id"] == 0
    policy = made(api.post(POLICIES, {"name": "Second", "network_lists": [free["id"]]}))
    assert called(api, NETWORKS, "Guest uplink")["policy_id"] == policy["id"]
    found = api.rows(NETWORKS, _filter=f"policy_id=={policy['id']}")
    assert [row["id"] for row in found] == [free["id"]]


def test_a_proxy_may_be_given_by_service(api: Any) -> None:
    free = api.rows(PROXIES, _filter="service_name=='dfp-ber-1'")[0]
    policy = made(api.post(POLICIES, {"name": "Berlin", "dfp_services": [free["service_id"]]}))
    assert (policy["dfps"], policy["dfp_services"]) == ([free["id"]], [free["service_id"]])
    shown = api.get(f"{PROXIES}/{free['service_id']}").json()["results"]
    assert shown["policy_id"] == policy["id"]


def test_a_replacement_carries_everything(api: Any) -> None:
    policy = made(api.post(POLICIES, {"name": "Warehouse", "description": "old", "ecs": True}))
    path = f"{POLICIES}/{policy['id']}"
    body = dict(policy)
    del body["description"], body["ecs"]
    shown = made(api("PUT", path, json={**body, "name": "Depot"}))
    assert (shown["name"], shown["description"], shown["ecs"]) == ("Depot", "", False)
    assert (shown["precedence"], shown["created_time"]) == (
        policy["precedence"],
        policy["created_time"],
    )
    for name in ("name", "rules", "dfps", "network_lists", "roaming_device_groups"):
        short = {key: value for key, value in body.items() if key != name}
        assert name in refusal(api("PUT", path, json=short), 400)
    refusal(api("PUT", path, json={**body, "name": "Headquarters"}), 409)
    refusal(api("PUT", f"{POLICIES}/1", json=body), 404)
    refusal(api("PATCH", path, json=body), 405)


def test_the_scope_of_the_default_policy_is_fixed(api: Any) -> None:
    default = called(api, POLICIES, "Default Global Policy")
    free = called(api, NETWORKS, "Guest uplink")
    path = f"{POLICIES}/{default['id']}"
    made(api("PUT", path, json={**default, "description": "new"}))
    body = {**default, "network_lists": [free["id"]]}
    assert "scope" in refusal(api("PUT", path, json=body), 400)
    assert "default policy" in refusal(api("DELETE", path), 400)


def test_deleting_what_is_not_there_is_answered_400(api: Any) -> None:
    policy = made(api.post(POLICIES, {"name": "Warehouse"}))
    path = f"{POLICIES}/{policy['id']}"
    gone = api("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    refusal(api("DELETE", path), 400)
    refusal(api("DELETE", f"{POLICIES}/-1"), 400)


def test_several_policies_are_deleted_all_or_none(api: Any) -> None:
    ids = [made(api.post(POLICIES, {"name": f"Shed {at}"}))["id"] for at in range(3)]
    for wrong in ([], [ids[0], ids[0]], [ids[0], 1]):
        refusal(api("DELETE", POLICIES, json={"ids": wrong}), 400)
    default = called(api, POLICIES, "Default Global Policy")
    refusal(api("DELETE", POLICIES, json={"ids": [*ids, default["id"]]}), 400)
    assert len(api.rows(POLICIES)) == 8
    assert api("DELETE", POLICIES, json={"ids": ids}).status_code == 204
    assert len(api.rows(POLICIES)) == 5


def test_rules_are_listed_by_policy_list_and_filter(api: Any) -> None:
    guests = called(api, POLICIES, "Guest wireless")
    rows = api.rows(RULES, _filter=f"policy_id=={guests['id']}")
    assert [row["data"] for row in rows] == [rule["data"] for rule in guests["rules"]]
    blocked = api.get(f"{LISTS}/0", name="Blocked by SOC", type="custom_list").json()["results"]
    rows = api.rows(RULES, _filter=f"list_id=={blocked['id']}", _fields="policy_name")
    assert len(rows) == 5
    assert rows[0] == {"policy_name": "Default Global Policy"}
    category = called(api, CATEGORY_FILTERS, "Not at work")
    rows = api.rows(RULES, _filter=f"category_filter_id=={category['id']}")
    assert [row["policy_name"] for row in rows] == ["Guest wireless"]
    for wrong in ("data=='x'", "policy_id!=1", "policy_id==1 and list_id==1"):
        refusal(api.get(RULES, _filter=wrong), 400)


def code(api: Any, **more: Any) -> Any:
    rules = [{**blocking("category_filter", "Not at work"), "action": "action_allow"}]
    return api.post(CODES, {"name": "Visitors", "rules": rules, **SPAN, **more})


def test_a_code_is_made_with_a_key_that_no_log_shows(api: Any) -> None:
    row = made(code(api))
    path = f"{CODES}/{row['access_key']}"
    assert api.get(path).json()["results"] == row
    made(api("PUT", path, json={**row, "description": "new"}))
    assert api("DELETE", path).status_code == 204
    refusal(api("DELETE", path), 400)
    refusal(api.get(path), 404)
    journal = api.get("/_sandbox/journal")
    assert row["access_key"] not in journal.text
    assert journal.json()["entries"][-2]["path"] == f"{CODES}/{{id}}"
    writes = api.get("/_sandbox/counts").json()["writes"]["account-1"]
    assert writes == {
        "create access_codes name=Visitors": 1,
        "update access_codes name=Visitors": 1,
        "delete access_codes name=Visitors": 1,
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"expiration": "2025-01-01T00:00:00Z"}, 400),
        ({"activation": "2020-01-01T00:00:00Z", "expiration": "2021-01-01T00:00:00Z"}, 400),
        ({"activation": "soon"}, 400),
        ({"name": "x" * 257}, 400),
        ({"policy_ids": [1]}, 400),
        ({"rules": [blocking("custom_list", "nothing")]}, 404),
        ({"name": "Auditors"}, 409),
    ],
)
def test_a_wrong_code_is_refused(api: Any, change: dict[str, Any], status: int) -> None:
    refusal(code(api, **change), status)


def test_codes_and_policies_know_each_other(api: Any) -> None:
    auditors = api.rows(CODES, _filter="name=='Auditors'")[0]
    guests = called(api, POLICIES, "Guest wireless")
    assert guests["access_codes"] == [auditors["access_key"]]
    assert "policy" in refusal(api("DELETE", f"{CODES}/{auditors['access_key']}"), 400)
    assert "access_codes" not in json.dumps(api.rows(POLICIES))
    shown = api.rows(POLICIES, include_access_codes="true", _filter="name=='Guest wireless'")
    assert shown[0]["access_codes"] == guests["access_codes"]
    body = {**guests, "access_codes": []}
    made(api("PUT", f"{POLICIES}/{guests['id']}", json=body))
    assert api.rows(CODES)[0]["policy_ids"] == []
    body["access_codes"] = guests["access_codes"]
    made(api("PUT", f"{POLICIES}/{guests['id']}", json=body))
    assert api.rows(CODES)[0]["policy_ids"] == [guests["id"]]
    assert api("DELETE", f"{POLICIES}/{guests['id']}").status_code == 204
    assert api.rows(CODES)[0]["policy_ids"] == []
    refusal(api.get(POLICIES, include_access_codes="yes"), 400)
    several = {"ids": [auditors["access_key"]]}
    assert api("DELETE", CODES, json=several).status_code == 204


def test_a_new_name_is_followed_by_rules(api: Any) -> None:
    category = called(api, CATEGORY_FILTERS, "Not at work")
    assert api.rows(CODES)[0]["rules"][0]["data"] == "Not at work"
    body = {**category, "name": "Not here"}
    made(api("PUT", f"{CATEGORY_FILTERS}/{category['id']}", json=body))
    names = {rule["data"] for rule in called(api, POLICIES, "Guest wireless")["rules"]}
    assert "Not here" in names
    assert api.rows(CODES)[0]["rules"][0]["data"] == "Not here"
    assert called(api, CATEGORY_FILTERS, "Not here")["policies"] == ["Guest wireless"]
    assert called(api, APPLICATION_FILTERS, "Meetings")["policies"] == []
