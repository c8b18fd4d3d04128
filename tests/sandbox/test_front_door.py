"""Keys, paths, queries and bodies."""

from __future__ import annotations

from typing import Any

import pytest

DDI = "/api/ddi/v1"
SUBNETS = f"{DDI}/ipam/subnet"


def test_a_request_without_a_key_is_answered_401(stranger: Any) -> None:
    answer = stranger.get(SUBNETS)
    assert answer.status_code == 401
    assert answer.json()["error"][0]["message"]


@pytest.mark.parametrize("header", ["Token wrong", "Bearer first", "first", "Token"])
def test_a_wrong_key_or_scheme_is_answered_401(stranger: Any, header: str) -> None:
    answer = stranger("GET", SUBNETS, headers={"Authorization": header})
    assert answer.status_code == 401


def test_the_scheme_may_be_written_in_any_case(stranger: Any) -> None:
    assert stranger("GET", SUBNETS, headers={"Authorization": "TOKEN first"}).status_code == 200


def test_two_keys_see_different_data(api: Any, other: Any) -> None:
    mine = {row["id"] for row in api.rows(SUBNETS)}
    theirs = {row["id"] for row in other.rows(SUBNETS)}
    assert mine
    assert not mine & theirs
    assert other.get(f"{DDI}/{min(mine)}").status_code == 404


def test_the_same_seed_gives_the_same_data(api: Any) -> None:
    before = api.get(SUBNETS).json()
    api.post("/_sandbox/reset", {})
    assert api.get(SUBNETS).json() == before


def test_a_doubled_prefix_is_answered_501(api: Any) -> None:
    full = api.rows(SUBNETS, _limit=1)[0]["id"]
    assert api.get(f"{SUBNETS}/{full}").status_code == 501
    assert api.get(f"{SUBNETS}/{full.rpartition('/')[2]}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{DDI}/ipam/nothing", 501),
        (f"{SUBNETS}/00000000-0000-4000-8000-000000000000", 404),
        ("/api/insights/v1/insights", 404),
        ("/api/universalinfra/v1/universal_services/abc", 404),
        ("/api/universalinfra/v1/credentials", 501),
        ("/api/nowhere", 404),
    ],
)
def test_an_unknown_path_is_answered_as_its_service_does(api: Any, path: str, status: int) -> None:
    assert api.get(path).status_code == status


def test_a_wrong_method_on_ddi_is_answered_501(api: Any) -> None:
    assert api("PUT", SUBNETS, json={}).status_code == 501


def test_a_delete_with_a_content_type_is_answered_501(api: Any) -> None:
    full = api.rows(SUBNETS, _limit=1)[0]["id"]
    answer = api("DELETE", f"{DDI}/{full}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 501
    assert api.get(f"{DDI}/{full}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *({"limit": 5}, {"_limit": 0}, {"_limit": "x"}, {"_offset": -1}, {"_order_by": "nope"}),
        *({"_fields": "nope"}, {"_page_token": "x"}, {"_inherit": "some"}),
    ],
)
def test_a_bad_query_is_answered_400(api: Any, query: dict[str, Any]) -> None:
    assert api.get(SUBNETS, **query).status_code == 400


def test_pages_cover_all_rows_and_the_total_is_text(api: Any) -> None:
    answer = api.get(SUBNETS, _is_total_size_needed="true", _limit=50, _order_by="address desc")
    total = answer.json()["page"]["total_size"]
    assert total == "299"
    found = [
        row["id"]
        for offset in range(0, 299, 50)
        for row in api.rows(SUBNETS, _limit=50, _offset=offset, _order_by="address desc")
    ]
    assert len(set(found)) == int(total)


def test_fields_trim_the_answer_also_inside_objects(api: Any) -> None:
    row = api.rows(SUBNETS, _limit=1, _fields="id,utilization.total")[0]
    assert set(row) == {"id", "utilization"}
    assert isinstance(row["utilization"]["total"], str)
    assert set(row["utilization"]) == {"total"}


def test_a_body_that_is_no_json_object_is_answered_400(api: Any) -> None:
    headers = {"Content-Type": "application/json"}
    assert api("POST", SUBNETS, data="{", headers=headers).status_code == 400
    assert api("POST", SUBNETS, data="[]", headers=headers).status_code == 400
