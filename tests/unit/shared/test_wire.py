from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.operations import CATALOG
from shared.wire import (
    Request,
    build,
    narrowed,
    pick,
    put,
    reads_all_pages,
    result_of,
    rows_of,
)

LISTS = sorted(name for name in CATALOG if name.startswith("list_"))
NAMED = CATALOG["list_threat_named_lists"]
INSIGHTS = CATALOG["list_security_insights"]
SUBNETS = CATALOG["list_subnets"]


def arguments(tool: str, **given: Any) -> dict[str, Any]:
    return CATALOG[tool].args.model_validate(given).model_dump(mode="json")


def named(count: int) -> list[dict[str, Any]]:
    return [{"id": number, "name": f"list {number}"} for number in range(count)]


def test_a_tool_of_several_requests_is_not_built() -> None:
    with pytest.raises(ValueError, match="not a single request"):
        build(CATALOG["configure_vpn_infrastructure"], {})


def test_an_argument_that_is_not_given_is_not_sent() -> None:
    request = build(SUBNETS, {"fields": None, "limit": 5})
    assert request.query == (("_limit", "5"),)


def test_an_empty_tag_map_still_gets_the_mark() -> None:
    row = CATALOG["create_subnet"]
    body = build(row, {"tags": {}}, mark="job-1").body or {}
    assert body["tags"] == {"infoblox_mq_job": "job-1"}


def test_nothing_is_marked_without_a_job() -> None:
    assert build(CATALOG["create_subnet"], {"name": "n"}).body == {"name": "n"}


def test_building_a_request_leaves_the_arguments_alone() -> None:
    given = arguments("create_subnet", address="10.0.1.0/24", space="5", tags={"a": "b"})
    before = {**given, "tags": dict(given["tags"])}
    build(CATALOG["create_subnet"], given, mark="job-1")
    assert given == before


def test_a_query_can_be_changed_without_touching_the_request() -> None:
    request = Request("GET", "/x", "/x", query=(("_offset", "0"), ("_limit", "5")))
    assert request.with_query(_offset="5").query == (("_offset", "5"), ("_limit", "5"))
    assert request.query == (("_offset", "0"), ("_limit", "5"))


def test_what_is_put_at_a_place_is_picked_there() -> None:
    body: dict[str, Any] = {"a": {"x": 1}}
    put(body, "a.b.c", 5)
    assert body == {"a": {"x": 1, "b": {"c": 5}}}
    assert pick(body, "a.b.c") == 5


def test_a_number_in_a_place_is_an_entry_of_a_list() -> None:
    body: dict[str, Any] = {}
    put(body, "hosts.0.address", "10.0.0.1")
    put(body, "hosts.0.space", "s")
    put(body, "realms.0", "r")
    assert body == {"hosts": [{"address": "10.0.0.1", "space": "s"}], "realms": ["r"]}


def test_what_is_implied_does_not_change_the_arguments() -> None:
    row = CATALOG["update_dns_record"]
    sources = {"ttl": {"action": "inherit"}}
    given = arguments("update_dns_record", record_id="5", ttl=60, inheritance_sources=sources)
    body = build(row, given).body or {}
    assert body["inheritance_sources"] == {"ttl": {"action": "override"}}
    assert given["inheritance_sources"] == {"ttl": {"action": "inherit"}}


def test_conditions_are_joined_and_quoted() -> None:
    where = [
        {"field": "name", "operator": "~", "value": 'a"b.c'},
        {"field": "cidr", "operator": ">=", "value": 24},
        {"field": "disable_dhcp", "operator": "==", "value": False},
    ]
    query = dict(build(SUBNETS, arguments("list_subnets", where=where, filter="x==1")).query)
    assert query["_filter"] == ('name~"a""b\\.c" and cidr>=24 and disable_dhcp=="false" and (x==1)')


@pytest.mark.parametrize("value", [-1, "a\nb", None, ["x"]])
def test_a_value_that_no_filter_can_hold_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        arguments("list_subnets", where=[{"field": "name", "operator": "==", "value": value}])


@pytest.mark.parametrize("body", [None, [], "text", {"a": None}, {"a": [1]}, {}])
def test_nothing_is_picked_where_nothing_is(body: object) -> None:
    assert pick(body, "a.b") is None


@pytest.mark.parametrize("body", [None, {}, [], "text", {"results": None}, {"results": "x"}])
def test_an_answer_without_rows_is_an_empty_list(body: object) -> None:
    assert rows_of(SUBNETS, body) == []
    assert result_of(SUBNETS, arguments("list_subnets"), body) == {
        "items": [],
        "next_offset": None,
        "total": None,
    }


@given(st.integers(0, 30), st.integers(1, 10))
def test_following_the_cursor_of_the_api_visits_every_row_once(count: int, limit: int) -> None:
    rows = named(count)
    offset: int | None = 0
    seen: list[Any] = []
    while offset is not None:
        given_now = arguments("list_subnets", limit=limit, offset=offset)
        result = result_of(SUBNETS, given_now, {"results": rows[offset : offset + limit]})
        assert result is not None
        seen += result["items"]
        offset = result["next_offset"]
    assert seen == rows


@given(st.integers(0, 30), st.integers(1, 10))
def test_following_the_cursor_of_a_narrowed_list_visits_every_match_once(
    count: int, limit: int
) -> None:
    rows = named(count)
    offset: int | None = 0
    seen: list[Any] = []
    while offset is not None:
        given_now = arguments(
            "list_threat_named_lists", name_filter="LIST 1", limit=limit, offset=offset
        )
        result = result_of(NAMED, given_now, {"results": rows})
        assert result is not None
        assert result["total"] == len([row for row in rows if "list 1" in row["name"]])
        seen += result["items"]
        offset = result["next_offset"]
    assert seen == [row for row in rows if "list 1" in row["name"]]


@pytest.mark.parametrize("tool", LISTS)
def test_a_cursor_is_only_given_where_the_tool_takes_one(tool: str) -> None:
    row = CATALOG[tool]
    limited = {"limit": 2} if "limit" in row.args.model_fields else {}
    named_id = {name: "5" for name, info in row.args.model_fields.items() if info.is_required()}
    result = result_of(row, arguments(tool, **limited, **named_id), {row.envelope: named(5)})
    assert result is not None
    assert result["next_offset"] is None or "offset" in row.args.model_fields


@pytest.mark.parametrize("tool", LISTS)
def test_an_empty_text_to_look_for_is_no_filter(tool: str) -> None:
    row = CATALOG[tool]
    if row.path is None or "name_filter" not in row.args.model_fields:
        return
    given_now = arguments(tool, name_filter="", limit=2, offset=4)
    sent = dict(build(row, given_now).query)
    if reads_all_pages(row, given_now):
        assert sent["_limit"] == "1000"
    else:
        assert (sent["_limit"], sent["_offset"]) == ("2", "4")


def test_a_list_that_cannot_be_limited_is_cut_and_says_so() -> None:
    body = {"insightList": named(5)}
    result = result_of(INSIGHTS, arguments("list_security_insights", limit=3), body)
    assert result is not None
    assert (len(result["items"]), result["total"]) == (3, 5)
    whole = result_of(INSIGHTS, arguments("list_security_insights"), body)
    assert whole == {"items": named(5), "next_offset": None, "total": 5}


def test_narrowing_looks_for_a_part_of_the_name_in_any_case() -> None:
    rows = [{"name": "Blocked"}, {"name": None}, {}, {"name": "allowed"}]
    given_now = arguments("list_threat_named_lists", name_filter="LOCK")
    assert narrowed(NAMED, given_now, rows) == [{"name": "Blocked"}]


def test_all_pages_are_read_only_where_the_worker_filters_or_is_asked_to() -> None:
    assert reads_all_pages(SUBNETS, {"all_pages": True})
    assert not reads_all_pages(SUBNETS, {"all_pages": False})
    assert reads_all_pages(NAMED, {"name_filter": "x"})
    assert not reads_all_pages(NAMED, {"name_filter": None})
    assert not reads_all_pages(SUBNETS, {"name_filter": "x"})


@pytest.mark.parametrize(
    ("tool", "body", "result"),
    [
        ("get_subnet", {"result": {"id": "5"}}, {"id": "5"}),
        ("get_subnet", {"id": "5"}, {"id": "5"}),
        ("create_threat_named_list", {"results": {"id": 5}}, {"id": 5}),
        ("delete_subnet", None, None),
        ("delete_subnet", {}, None),
        ("delete_subnet", "", None),
        ("get_security_insight_details", {"insight": {"insightId": "i"}}, {"insightId": "i"}),
    ],
)
def test_a_single_object_is_its_own_fields(tool: str, body: object, result: object) -> None:
    assert result_of(CATALOG[tool], {}, body) == result


@pytest.mark.parametrize("tool", ["list_universal_services", "list_security_insights"])
def test_the_worker_chooses_fields_where_the_api_cannot(tool: str) -> None:
    row = CATALOG[tool]
    asked = arguments(tool, fields="name,id,nothing")
    if row.path:
        assert "nothing" not in str(build(row, asked))
    body = {row.envelope.partition("|")[0]: [{"id": 1, "name": "a", "more": "x"}]}
    found = result_of(row, asked, body) or {}
    assert found["items"] == [{"name": "a", "id": 1}]


def test_a_single_object_can_be_asked_for_in_part() -> None:
    row = CATALOG["get_universal_service"]
    id_name = next(iter(row.path_fields))
    asked = arguments(row.name, **{id_name: "abc", "fields": "name"})
    body = {row.envelope.partition("|")[0]: {"id": 1, "name": "a"}}
    assert result_of(row, asked, body) == {"name": "a"}
