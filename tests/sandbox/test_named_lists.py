"""Custom lists and threat lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.defense import FW, LISTS, POLICIES, called, feed_rules, made, refusal

BODY = {"name": "mine", "type": "custom_list", "items": ["bad.example", "10.0.0.0/8"]}


def by_name(api: Any, name: str, kind: str = "custom_list") -> dict[str, Any]:
    answer = api.get(f"{LISTS}/0", name=name, type=kind)
    assert answer.status_code == 200, answer.text
    row: dict[str, Any] = answer.json()["results"]
    return row


def items_of(api: Any, number: int) -> list[str]:
    return list(api.get(f"{LISTS}/{number}").json()["results"]["items"])


def test_a_list_is_created_with_201_and_read_by_number_and_name(api: Any) -> None:
    number = made(api.post(LISTS, BODY))["id"]
    by_number = api.get(f"{LISTS}/{number}").json()["results"]
    assert by_number == by_name(api, "mine")
    assert by_number["items"] == BODY["items"]
    assert api.get(f"{LISTS}/{number}", _limit=1).json()["results"]["items"] == ["bad.example"]


def test_lists_are_listed_without_their_items(api: Any) -> None:
    rows = api.rows(LISTS)
    assert len(rows) == 8
    assert not any("items" in row or "items_described" in row for row in rows)
    users = {row["name"]: row["policies"] for row in rows}
    assert len(users["Blocked by SOC"]) == 5
    assert users["Phishing drill"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"items": []}, 400),
        ({"items": ["not a domain!"]}, 400),
        ({"items_described": [{"item": "a.b"}]}, 400),
        ({"type": "dga"}, 400),
        ({"name": "x" * 257}, 400),
        ({"unknown": 1}, 400),
        ({"name": "Phishing drill"}, 409),
    ],
)
def test_a_wrong_list_is_refused_in_the_shape_of_the_service(
    api: Any, change: dict[str, Any], status: int
) -> None:
    refusal(api.post(LISTS, {**BODY, **change}), status)


def test_a_list_cannot_be_filtered_by_name_but_a_policy_can(api: Any) -> None:
    refusal(api.get(LISTS, _filter="name=='x'"), 400)
    refusal(api.get(LISTS, _filter="type=='custom_list' and items~'bad'"), 400)
    assert len(api.rows(LISTS, _filter="type=='custom_list'")) == 4
    assert [row["name"] for row in api.rows(LISTS, _filter="items~'^bad'")] == ["Blocked by SOC"]
    policies = api.rows(POLICIES, _filter="name=='Headquarters'")
    assert [row["name"] for row in policies] == ["Headquarters"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{LISTS}/999", 404),
        (f"{LISTS}/0?name=x&type=custom_list", 404),
        (f"{LISTS}/0?name=mine", 400),
        (f"{LISTS}/0?type=custom_list", 400),
    ],
)
def test_a_list_that_cannot_be_found_is_refused(api: Any, path: str, status: int) -> None:
    refusal(api.get(path), status)


def test_a_put_replaces_a_list_and_policies_follow_its_name(api: Any) -> None:
    row = by_name(api, "Blocked by SOC")
    path = f"{LISTS}/{row['id']}"
    body = {"name": "Blocked", "type": "custom_list", "items": ["new.example"]}
    shown = made(api("PUT", path, json=body))
    assert (shown["items"], shown["item_count"], shown["description"]) == (["new.example"], 1, "")
    rules = called(api, POLICIES, "Headquarters")["rules"]
    assert (rules[0]["data"], rules[0]["list_id"]) == ("Blocked", row["id"])
    refusal(api("PUT", path, json={**body, "type": "dga"}), 400)
    refusal(api("PUT", path, json={"name": "x", "type": "custom_list"}), 400)
    refusal(api("PUT", path, json={**body, "name": "Phishing drill"}), 409)
    refusal(api("PUT", f"{LISTS}/9", json=body), 404)
    fixed = by_name(api, "Threat Insight - DGA", "dga")
    refusal(api("PUT", f"{LISTS}/{fixed['id']}", json={**body, "type": "dga"}), 400)


def test_only_threat_lists_have_levels_to_set(api: Any) -> None:
    dga = f"{LISTS}/{by_name(api, 'Threat Insight - DGA', 'dga')['id']}"
    shown = made(api("PATCH", dga, json={"threat_level": "LOW"}))
    assert (shown["threat_level"], shown["confidence_level"]) == ("LOW", "HIGH")
    assert shown["items"] == ["qx7k2v.example", "zz81ab.example"]
    refusal(api("PATCH", dga, json={}), 400)
    refusal(api("PATCH", dga, json={"threat_level": "low"}), 400)
    own = by_name(api, "Phishing drill")["id"]
    refusal(api("PATCH", f"{LISTS}/{own}", json={"threat_level": "LOW"}), 400)
    default = by_name(api, "Default Allow", "default_allow")["id"]
    refusal(api("PATCH", f"{LISTS}/{default}", json={"threat_level": "LOW"}), 405)
    refusal(api("PATCH", f"{LISTS}/9", json={"threat_level": "LOW"}), 404)


def test_a_list_in_use_cannot_be_deleted(api: Any) -> None:
    path = f"{LISTS}/{by_name(api, 'Blocked by SOC')['id']}"
    assert "assigned" in refusal(api("DELETE", path), 400)
    fixed = by_name(api, "Default Block", "default_block")["id"]
    refusal(api("DELETE", f"{LISTS}/{fixed}"), 400)
    free = f"{LISTS}/{by_name(api, 'Phishing drill')['id']}"
    assert api("DELETE", free).status_code == 204
    refusal(api("DELETE", free), 404)


def test_several_lists_are_deleted_all_or_none(api: Any) -> None:
    free = [by_name(api, name)["id"] for name in ("Phishing drill", "Lab exceptions")]
    used = by_name(api, "Blocked by SOC")["id"]
    refusal(api("DELETE", LISTS, json={"ids": [*free, used]}), 400)
    refusal(api("DELETE", LISTS, json={"ids": [*free, 9]}), 404)
    refusal(api("DELETE", LISTS, json={"ids": [free[0], free[0]]}), 400)
    assert len(api.rows(LISTS)) == 8
    assert api("DELETE", LISTS, json={"ids": free}).status_code == 204
    assert len(api.rows(LISTS)) == 6


def test_items_are_added_changed_and_removed_by_patch(api: Any) -> None:
    number = made(api.post(LISTS, BODY))["id"]
    path = f"{LISTS}/{number}/items"
    body = {
        "inserted_items_described": [{"item": "more.example", "description": "seen"}],
        "deleted_items_described": [{"item": "10.0.0.0/8"}, {"item": "never.example"}],
        "updated_items_described": [{"item": "bad.example", "description": "worse"}],
    }
    answer = api("PATCH", path, json=body)
    assert answer.status_code == 201
    shown = answer.json()
    assert [one["item"] for one in shown["inserted_items"]] == ["more.example"]
    assert [one["item"] for one in shown["deleted_items"]] == ["10.0.0.0/8"]
    assert shown["updated_items"][0]["status"] == "ACTIVE"
    described = by_name(api, "mine")["items_described"]
    assert {one["item"]: one["description"] for one in described} == {
        "bad.example": "worse",
        "more.example": "seen",
    }


def test_foreign_names_of_fields_change_nothing(api: Any) -> None:
    number = made(api.post(LISTS, BODY))["id"]
    before = api.get(f"{LISTS}/{number}").json()
    foreign = {"inserts_items": ["more.example"], "deletes_items": ["bad.example"]}
    answer = api("PATCH", f"{LISTS}/{number}/items", json=foreign)
    assert answer.status_code == 201
    assert answer.json()["inserted_items"] == []
    assert api.get(f"{LISTS}/{number}").json() == before
    assert api.get("/_sandbox/journal").json()["entries"][-2]["applied"] is False


def test_items_are_appended_once(api: Any) -> None:
    number = made(api.post(LISTS, BODY))["id"]
    path = f"{LISTS}/{number}/items"
    answer = api.post(path, {"items": ["bad.example", "more.example"]})
    assert (answer.status_code, answer.json()["success"]["status"]) == (201, 201)
    assert items_of(api, number) == ["bad.example", "more.example", "10.0.0.0/8"]
    refusal(api.post(path, {"items": ["no domain!"]}), 400)
    refusal(api.post(path, {"items": []}), 400)
    refusal(api.post(f"{LISTS}/9/items", {"items": ["a.example"]}), 404)


def test_items_are_removed_if_all_of_them_are_there(api: Any) -> None:
    number = made(api.post(LISTS, BODY))["id"]
    path = f"{LISTS}/{number}/items"
    refusal(api("DELETE", path, json={"items": ["bad.example", "never.example"]}), 400)
    assert items_of(api, number) == BODY["items"]
    assert api("DELETE", path, json={"items": ["bad.example"]}).status_code == 204
    assert items_of(api, number) == ["10.0.0.0/8"]
    refusal(api("DELETE", path, json={"items": ["bad.example"]}), 400)
    refusal(api("DELETE", path, json={"items": []}), 400)


def test_the_items_of_a_threat_list_are_fixed(api: Any) -> None:
    path = f"{LISTS}/{by_name(api, 'Threat Insight - DGA', 'dga')['id']}/items"
    refusal(api.post(path, {"items": ["a.example"]}), 400)
    refusal(api("PATCH", path, json={"inserted_items_described": [{"item": "a.example"}]}), 400)


def test_items_go_into_several_lists_or_into_none(api: Any) -> None:
    ids = [by_name(api, name)["id"] for name in ("Phishing drill", "Lab exceptions")]
    wish = {"inserted_items_described": [{"item": "both.example"}]}
    refusal(api("PATCH", LISTS, json={"ids": [*ids, 9], **wish}), 404)
    assert "both.example" not in items_of(api, ids[0])
    refusal(api("PATCH", LISTS, json={"ids": [], **wish}), 400)
    answer = api("PATCH", LISTS, json={"ids": ids, **wish})
    assert (answer.status_code, answer.content) == (201, b"")
    assert all("both.example" in items_of(api, number) for number in ids)
    assert api.get("/_sandbox/counts").json()["writes"]["account-1"] == {
        f"items of named_lists {ids[0]},{ids[1]}: +both.example": 1
    }


def test_lists_are_downloaded_as_lines(api: Any) -> None:
    lines = api.rows(f"{FW}/named_lists_download", _filter="type=='default_allow'")
    assert lines == ["name,type,item,description", "Default Allow,default_allow,example.com,"]


def test_a_code_keeps_a_list_from_being_deleted(api: Any) -> None:
    rule = {"type": "custom_list", "data": "Phishing drill", "action": "action_allow"}
    times = {"activation": "2026-01-01T00:00:00Z", "expiration": "2099-01-01T00:00:00Z"}
    made(api.post(f"{FW}/access_codes", {"name": "Drill", "rules": [rule], **times}))
    refusal(api("DELETE", f"{LISTS}/{by_name(api, 'Phishing drill')['id']}"), 400)
    assert by_name(api, "Phishing drill")["policies"] == []
    made(api.post(POLICIES, {"name": "Drill", "rules": [*feed_rules(api), rule]}))
    assert by_name(api, "Phishing drill")["policies"] == ["Drill"]
