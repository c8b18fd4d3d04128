"""Policies, lists and insights."""

from __future__ import annotations

from typing import Any

import pytest

LISTS = "/api/atcfw/v1/named_lists"
INSIGHTS = "/api/v1/insights"
BODY = {"name": "mine", "type": "custom_list", "items": ["bad.example", "10.0.0.0/8"]}


def test_a_list_is_created_with_201_and_read_by_number_and_name(api: Any) -> None:
    made = api.post(LISTS, BODY)
    assert made.status_code == 201
    number = made.json()["results"]["id"]
    by_number = api.get(f"{LISTS}/{number}").json()["results"]
    by_name = api.get(f"{LISTS}/0", name="mine", type="custom_list").json()["results"]
    assert by_number == by_name
    assert by_number["items"] == BODY["items"]
    assert api.get(f"{LISTS}/{number}", _limit=1).json()["results"]["items"] == ["bad.example"]


def test_lists_are_listed_without_their_items(api: Any) -> None:
    rows = api.rows(LISTS)
    assert len(rows) == 8
    assert not any("items" in row or "items_described" in row for row in rows)


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
    answer = api.post(LISTS, {**BODY, **change})
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"status", "code", "message"}


def test_a_list_cannot_be_filtered_by_name_but_a_policy_can(api: Any) -> None:
    assert api.get(LISTS, _filter="name=='x'").status_code == 400
    assert len(api.rows(LISTS, _filter="type=='custom_list'")) == 4
    policies = api.rows("/api/atcfw/v1/security_policies", _filter="name=='Headquarters'")
    assert [row["name"] for row in policies] == ["Headquarters"]


@pytest.mark.parametrize("path", [f"{LISTS}/999", f"{LISTS}/0?name=x&type=custom_list"])
def test_an_unknown_list_is_answered_404(api: Any, path: str) -> None:
    assert api.get(path).status_code == 404


def test_insights_are_active_unless_asked_otherwise(api: Any) -> None:
    active = api.get(INSIGHTS).json()["insightList"]
    closed = api.get(INSIGHTS, status="Closed").json()["insightList"]
    assert ({row["status"] for row in active}, len(closed)) == ({"Active"}, 3)
    one = api.get(f"{INSIGHTS}/{active[0]['insightId']}").json()["insight"]
    assert one == active[0]


def test_an_empty_insight_list_has_no_key(api: Any) -> None:
    assert api.get(INSIGHTS, threat_type="Sinkhole").json() == {}


@pytest.mark.parametrize("query", [{"status": "OPEN"}, {"_limit": 5}, {"priority": "high"}])
def test_foreign_words_are_refused(api: Any, query: dict[str, Any]) -> None:
    assert api.get(INSIGHTS, **query).status_code == 400
