"""Networks, domains, filters, redirects, approvals, proxies and the catalogues of the resolver."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.defense import (
    APPLICATION_FILTERS,
    CATEGORY_FILTERS,
    DOMAINS,
    FW,
    NETWORKS,
    POLICIES,
    PROXIES,
    REDIRECTS,
    called,
    feed_rules,
    made,
    refusal,
)

NETWORK = {"name": "Lab uplink", "items": ["192.0.2.0/25"]}
DOMAIN_LIST = {"name": "Lab", "internal_domains": ["lab.example.net", "172.30.0.0/16"]}


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"items": []}, 400, "empty"),
        ({"items": ["192.0.2.1/24"]}, 400, "CIDR"),
        ({"items": ["192.0.0.0/20"]}, 400, "between 24 and 32"),
        ({"items": ["192.0.2.1"]}, 400, "between 24 and 32"),
        ({"items": ["2001:db8::/32"]}, 400, "CIDR"),
        ({"items": ["nonsense/24"]}, 400, "CIDR"),
        ({"items": ["192.0.2.0/25", "192.0.2.64/26"]}, 400, "overlap"),
        ({"items": ["198.18.1.128/25"]}, 400, "overlap"),
        ({"items": ["198.18.2.0/24"]}, 400, "overlap"),
        ({"name": "All Networks (Default)"}, 400, "reserved"),
        ({"name": "x" * 257}, 400, "more than 256"),
        ({"name": "Guest uplink"}, 409, "already exists"),
    ],
)
def test_a_wrong_network_list_is_refused(
    api: Any, change: dict[str, Any], status: int, text: str
) -> None:
    assert text in refusal(api.post(NETWORKS, {**NETWORK, **change}), status)


def test_a_network_list_is_replaced_and_deleted(api: Any) -> None:
    row = made(api.post(NETWORKS, NETWORK))
    path = f"{NETWORKS}/{row['id']}"
    shown = made(api("PUT", path, json={**NETWORK, "items": ["192.0.2.0/24"]}))
    assert (shown["items"], shown["policy_id"]) == (["192.0.2.0/24"], 0)
    refusal(api("PUT", f"{NETWORKS}/9", json=NETWORK), 404)
    assert api("DELETE", path).status_code == 204
    refusal(api("DELETE", path), 404)
    used = called(api, NETWORKS, "Headquarters uplink")
    assert "policy" in refusal(api("DELETE", f"{NETWORKS}/{used['id']}"), 400)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"internal_domains": []}, 400),
        ({"internal_domains": ["a.example", "a.example"]}, 400),
        ({"internal_domains": ["corp.example.com"]}, 400),
        ({"internal_domains": ["no domain!"]}, 400),
        ({"name": "Factory floor"}, 409),
    ],
)
def test_wrong_internal_domains_are_refused(api: Any, change: dict[str, Any], status: int) -> None:
    refusal(api.post(DOMAINS, {**DOMAIN_LIST, **change}), status)


def test_internal_domains_are_read_in_pages_changed_and_deleted(api: Any) -> None:
    row = made(api.post(DOMAINS, DOMAIN_LIST))
    path = f"{DOMAINS}/{row['id']}"
    paged = api.get(path, _limit=1, _offset=1).json()["results"]["internal_domains"]
    assert paged == ["172.30.0.0/16"]
    body = {
        "inserted_items_described": [{"item": "more.example.net"}],
        "deleted_items_described": [{"item": "lab.example.net"}],
    }
    answer = api("PATCH", f"{path}/items", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    entries = called(api, DOMAINS, "Lab")["internal_domains"]
    assert entries == ["172.30.0.0/16", "more.example.net"]
    refusal(api("PATCH", f"{path}/items", json={"inserted_items_described": [{}]}), 400)
    refusal(api("PATCH", f"{DOMAINS}/9/items", json={}), 404)
    made(api("PUT", path, json={**DOMAIN_LIST, "internal_domains": ["one.example"]}))
    assert api("DELETE", path).status_code == 204
    refusal(api("DELETE", path), 404)
    default = api.rows(DOMAINS, _filter="is_default=='true'")[0]
    assert "endpoint group" in refusal(api("DELETE", f"{DOMAINS}/{default['id']}"), 400)


def test_foreign_names_of_fields_change_no_internal_domains(api: Any) -> None:
    row = called(api, DOMAINS, "Factory floor")
    answer = api("PATCH", f"{DOMAINS}/{row['id']}/items", json={"items": ["a.example"]})
    assert answer.status_code == 201
    assert called(api, DOMAINS, "Factory floor") == row


def test_a_category_filter_knows_its_categories(api: Any) -> None:
    names = {row["category_name"] for row in api.rows(f"{FW}/content_categories")}
    body = {"name": "Leisure", "categories": ["Games", "News"]}
    assert names.issuperset(body["categories"])
    row = made(api.post(CATEGORY_FILTERS, body))
    for wrong in (["Knitting"], list[str]()):
        refusal(api.post(CATEGORY_FILTERS, {"name": "x", "categories": wrong}), 400)
    refusal(api.post(CATEGORY_FILTERS, body), 409)
    path = f"{CATEGORY_FILTERS}/{row['id']}"
    assert made(api("PUT", path, json={**body, "categories": ["News"]}))["categories"] == ["News"]
    assert api("DELETE", path).status_code == 204
    refusal(api("DELETE", path), 400)
    used = called(api, CATEGORY_FILTERS, "Not at work")
    refusal(api("DELETE", f"{CATEGORY_FILTERS}/{used['id']}"), 400)


def test_an_application_filter_resolves_names(api: Any) -> None:
    body = {"name": "Chat", "criteria": [{"name": "Slack"}, {"category": "Messaging"}]}
    row = made(api.post(APPLICATION_FILTERS, body))
    assert row["criteria"][0] == {"name": "Slack", "id": "app-1004"}
    wrongs: list[list[dict[str, str]]] = [[], [{}], [{"name": "Solitaire"}]]
    for wrong in wrongs:
        refusal(api.post(APPLICATION_FILTERS, {"name": "x", "criteria": wrong}), 400)
    path = f"{APPLICATION_FILTERS}/{row['id']}"
    made(api("PUT", path, json={**body, "description": "new"}))
    assert api("DELETE", path).status_code == 204
    fixed = called(api, APPLICATION_FILTERS, "Meetings")
    path = f"{APPLICATION_FILTERS}/{fixed['id']}"
    refusal(api("PUT", path, json=body), 400)
    refusal(api("DELETE", path), 400)


def test_a_redirect_goes_to_addresses_or_one_domain(api: Any) -> None:
    for data in ("203.0.113.1,2001:db8::1", "garden.example.com"):
        made(api.post(REDIRECTS, {"name": data, "data": data}))
    for data in ("a.example,b.example", "203.0.113.300", "not a domain!", "10.0.0.0/8"):
        refusal(api.post(REDIRECTS, {"name": "x", "data": data}), 400)
    refusal(api.post(REDIRECTS, {"name": "Walled garden", "data": "203.0.113.1"}), 409)
    row = called(api, REDIRECTS, "Walled garden")
    rules = [{**rule, "action": "action_redirect"} for rule in feed_rules(api)]
    rules[0]["redirect_name"] = "Walled garden"
    policy = made(api.post(POLICIES, {"name": "Strict", "rules": rules}))
    path = f"{REDIRECTS}/{row['id']}"
    shown = made(api("PUT", path, json={"name": "Garden", "data": "203.0.113.81"}))
    assert (shown["policy_ids"], shown["policy_names"]) == ([policy["id"]], ["Strict"])
    assert called(api, POLICIES, "Strict")["rules"][0]["redirect_name"] == "Garden"
    refusal(api("DELETE", path), 400)


def test_approvals_are_replaced_added_and_removed(api: Any) -> None:
    path = f"{FW}/app_approvals"
    assert [row["app_name"] for row in api.rows(path)] == ["Slack", "Zoom"]
    body = {"inserted_approvals": [{"app_name": "Box", "status": "denied"}]}
    answer = api("PATCH", path, json={**body, "removed_approvals": [{"app_name": "Zoom"}]})
    assert (answer.status_code, len(answer.json()["results"])) == (201, 2)
    assert {row["app_name"]: row["status"] for row in api.rows(path)} == {
        "Slack": "approved",
        "Box": "denied",
    }
    answer = api("PUT", path, json={"approvals": [{"app_name": "Box"}]})
    assert answer.json()["results"] == [{"app_name": "Box", "status": "approved"}]
    assert len(api.rows(path)) == 1


def test_points_of_presence_have_a_total_and_a_singular_envelope(api: Any) -> None:
    path = f"{FW}/pop_regions"
    answer = api.get(path, _limit=2).json()
    assert (len(answer["results"]), answer["total_result_count"]) == (2, 5)
    assert api.rows(path, _filter="location~'Frankfurt'")[0]["region"] == "eu-central-1"
    refusal(api.get(path, _filter="location=='Frankfurt'"), 400)
    assert api.get(f"{path}/3").json()["result"]["region"] == "eu-central-1"
    refusal(api.get(f"{path}/99"), 404)


def test_feeds_carry_their_key(api: Any) -> None:
    rows = api.rows(f"{FW}/threat_feeds", _filter="name=='base'")
    assert (rows[0]["source"], len(rows[0]["key"])) == ("Infoblox", 32)


def test_every_host_name_for_https_is_a_new_one(api: Any) -> None:
    path = f"{FW}/doh_fqdns"
    first, second = (api("POST", path).json()["results"]["doh_fqdn"] for _ in range(2))
    assert first != second
    assert sum(api.get("/_sandbox/counts").json()["writes"]["account-1"].values()) == 2


def test_the_account_tells_the_customer(api: Any, other: Any) -> None:
    names = [one.get(f"{FW}/account").json()["results"]["customer_id"] for one in (api, other)]
    assert names == ["account-1", "account-2"]


def test_a_proxy_is_read_and_set(api: Any) -> None:
    row = api.rows(PROXIES, _filter="service_name=='dfp-hq-1'")[0]
    path = f"{PROXIES}/{row['service_id']}"
    assert api.get(path).json()["results"] == row
    assert api.get(f"{PROXIES}/0", id=row["id"]).json()["results"] == row
    assert api.get(f"{PROXIES}/0", name="dfp-hq-1").json()["results"] == row
    refusal(api.get(f"{PROXIES}/nobody"), 404)
    resolver = {"address": "10.0.0.53", "is_fallback": True, "protocols": ["DO53"]}
    shown = made(api("PUT", path, json={"resolvers_all": [resolver], "pop_region_id": 4}))
    assert (shown["resolvers_all"], shown["name"]) == ([resolver], "dfp-hq-1")
    assert shown["internal_domain_lists"] == []
    for wrong in (
        {"forwarding_policy": "none"},
        {"internal_domain_lists": [9]},
        {"pop_region_id": 9},
        {"resolvers_all": [{"address": "10.0.0.53", "protocols": ["DOH"]}]},
        {"service_id": "other"},
    ):
        refusal(api("PUT", path, json=wrong), 400)
    refusal(api("PUT", f"{PROXIES}/nobody", json={}), 404)
    refusal(api("DELETE", path), 405)


def test_a_proxy_of_no_policy_has_the_default_one(api: Any) -> None:
    default = called(api, POLICIES, "Default Global Policy")["id"]
    found = api.rows(PROXIES, _filter=f"policy_id=={default}")
    assert [row["service_name"] for row in found] == ["dfp-ber-1"]


def test_the_configuration_of_proxies_is_checked(api: Any) -> None:
    answer = api.post("/api/atcdfp/v1/config/check", {"config_check_type": "dns"})
    assert (answer.status_code, answer.json()["results"][0]["result_code"]) == (201, "OK")
    assert api.get("/_sandbox/counts").json()["writes"] == {}
