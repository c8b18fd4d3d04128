"""Insights: both generations, what lies behind them, and findings about the configuration."""

from __future__ import annotations

from typing import Any

import pytest

INSIGHTS = "/api/v1/insights"
NEWER = "/api/v2/insights"
CONFIG = "/api/insights/v1/config-insights"


def first(api: Any) -> dict[str, Any]:
    row: dict[str, Any] = api.get(INSIGHTS).json()["insightList"][0]
    return row


def behind(api: Any, part: str, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(f"{INSIGHTS}/{first(api)['insightId']}/{part}", **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json().get(part, []))


def test_insights_are_active_unless_asked_otherwise(api: Any) -> None:
    active = api.get(INSIGHTS).json()["insightList"]
    closed = api.get(INSIGHTS, status="Closed").json()["insightList"]
    assert ({row["status"] for row in active}, len(closed)) == ({"Active"}, 3)
    one = api.get(f"{INSIGHTS}/{active[0]['insightId']}").json()["insight"]
    assert one == active[0]
    assert api.get(INSIGHTS, limit=2).json()["insightList"] == active[:2]


def test_an_empty_insight_list_has_no_key(api: Any) -> None:
    assert api.get(INSIGHTS, threat_type="Sinkhole").json() == {}
    assert api.get(INSIGHTS, threatType="DGA").json()["insightList"]
    ident = first(api)["insightId"]
    nothing = {"indicators": {"actor": "x"}, "events": {"query": "x"}, "assets": {"user": "x"}}
    for part, query in {**nothing, "comments": {}}.items():
        assert api.get(f"{INSIGHTS}/{ident}/{part}", **query).json() == {}


@pytest.mark.parametrize(
    "query", [{"status": "OPEN"}, {"_limit": 5}, {"priority": "high"}, {"limit": 0}]
)
def test_foreign_words_are_refused(api: Any, query: dict[str, Any]) -> None:
    assert api.get(INSIGHTS, **query).status_code == 400


def test_counters_agree_with_what_lies_behind(api: Any) -> None:
    row = first(api)
    events = behind(api, "events")
    blocked = [event for event in events if event["action"] == "Block"]
    assert row["numEvents"] == str(len(events))
    assert row["eventsBlockedCount"] == str(len(blocked))
    assert sum(one["count"] for one in behind(api, "indicators")) == len(events)
    assert sum(one["count"] for one in behind(api, "assets")) == len(events)
    assert not any("insight" in event or "id" in event for event in events)


def test_evidence_is_chosen_by_its_fields(api: Any) -> None:
    events = behind(api, "events")
    name = events[0]["threatIndicator"]
    same = [event for event in events if event["threatIndicator"] == name]
    assert behind(api, "events", indicator=name) == same
    kind = events[0]["queryType"]
    assert {event["queryType"] for event in behind(api, "events", query_type=kind)} == {kind}
    assert len(behind(api, "events", limit=2)) == 2
    device = behind(api, "assets")[0]
    assert behind(api, "assets", qip=device["qip"]) == [device]
    blocked = behind(api, "indicators", action="Blocked", confidence="3")
    assert {one["action"] for one in blocked} == {"Blocked"}


def test_evidence_is_chosen_by_time(api: Any) -> None:
    events = behind(api, "events")
    day = events[0]["detected"].split(" ")
    moment = f"{day[0]}T{day[1]}.000"
    assert behind(api, "events", **{"from": moment}) == events[:1]
    assert behind(api, "events", to=moment) == events
    indicators = behind(api, "indicators")
    newest = max(one["timeMax"] for one in indicators)
    latest = [one for one in indicators if one["timeMax"] == newest]
    assert behind(api, "indicators", **{"from": newest}) == latest
    assert len(latest) < len(indicators)


@pytest.mark.parametrize(
    ("part", "query"),
    [
        ("indicators", {"confidence": "high"}),
        ("indicators", {"action": "blocked"}),
        ("indicators", {"_limit": 1}),
        ("events", {"threat_level": "All"}),
        ("events", {"query_type": "HINFO"}),
        ("events", {"from": "2026-09-01"}),
        ("events", {"from": "2026-09-01T00:00:00Z"}),
        ("events", {"from": "2026-09-01T00:00:00.000000"}),
        ("events", {"start_time": "2026-09-01T00:00:00.000"}),
        ("comments", {"limit": 1}),
    ],
)
def test_foreign_evidence_queries_are_refused(api: Any, part: str, query: dict[str, Any]) -> None:
    assert api.get(f"{INSIGHTS}/{first(api)['insightId']}/{part}", **query).status_code == 400


@pytest.mark.parametrize("part", ["", "/indicators", "/events", "/assets", "/comments"])
def test_an_unknown_insight_is_answered_404(api: Any, part: str) -> None:
    answer = api.get(f"{INSIGHTS}/nothing{part}")
    assert (answer.status_code, answer.json()) == (404, {"error": "insight not found"})
    newer = api.get(f"{NEWER}/nothing{part.replace('comments', 'assets')}")
    assert (newer.status_code, newer.json()) == (404, {"detail": "insight not found"})


def set_status(api: Any, *idents: str, **more: Any) -> Any:
    body = {"insight_ids": list(idents), "status": "Closed", **more}
    return api("PUT", f"{INSIGHTS}/status", json=body)


def test_a_status_is_set_for_several_and_comments_pile_up(api: Any) -> None:
    one, two = (row["insightId"] for row in api.get(INSIGHTS, limit=2).json()["insightList"])
    for _ in range(2):
        assert set_status(api, one, two, comment="done [job 1]").status_code == 200
    row = api.get(f"{INSIGHTS}/{one}").json()["insight"]
    assert (row["status"], row["userComment"]) == ("Closed", "done [job 1]")
    comments = api.get(f"{INSIGHTS}/{two}/comments").json()["comments"]
    assert [note["newComment"] for note in comments] == ["done [job 1]"] * 2
    assert {note["status"] for note in comments} == {"Closed"}
    assert "@" in comments[0]["commentsChanger"]
    writes = api.get("/_sandbox/counts").json()["writes"]["account-1"]
    assert writes == {f"insights {one},{two} Closed done [job 1]": 2}


def test_a_status_is_set_for_all_or_for_none(api: Any) -> None:
    ident = first(api)["insightId"]
    assert set_status(api, ident, "nothing").status_code == 404
    assert set_status(api, ident, status="RESOLVED").status_code == 400
    assert api("PUT", f"{INSIGHTS}/status", json={"ids": [ident]}).status_code == 400
    assert api.get(f"{INSIGHTS}/{ident}").json()["insight"]["status"] == "Active"


@pytest.mark.parametrize("tail", ["", "/x", "/status", "/x/events"])
def test_the_path_of_another_client_is_answered_404(api: Any, tail: str) -> None:
    assert api.get(f"/api/insights/v1/insights{tail}").status_code == 404


def test_the_newer_generation_lists_in_short_and_reads_in_full(api: Any) -> None:
    rows = api.get(NEWER).json()["insights"]
    assert len(rows) == 6
    assert not any("key_recommendations" in row or "overview" in row for row in rows)
    one = api.get(f"{NEWER}/{rows[0]['insight_id']}").json()
    assert one["key_recommendations"][0]["action_taken"] is False
    assert {key: one[key] for key in rows[0]} == rows[0]
    high = api.get(NEWER, severity="High", limit=1).json()["insights"]
    assert [row["severity"] for row in high] == ["High"]
    assert api.get(NEWER, status="OPEN").status_code == 400


def test_the_newer_generation_sets_one_status_at_a_time(api: Any) -> None:
    ident = api.get(NEWER).json()["insights"][0]["insight_id"]
    body = {"insight_id": ident, "status": "False Positive"}
    answer = api("PUT", f"{NEWER}/status", json=body)
    assert (answer.status_code, answer.json()) == (201, {})
    assert api.get(f"{NEWER}/{ident}").json()["status"] == "False Positive"
    wrong = {"insight_id": ident, "status": "Closed"}
    assert api("PUT", f"{NEWER}/status", json=wrong).status_code == 400
    wrong = {"insight_id": "nothing", "status": "Resolved"}
    answer = api("PUT", f"{NEWER}/status", json=wrong)
    assert (answer.status_code, answer.json()) == (404, {"detail": "insight not found"})


def test_the_newer_evidence_takes_comma_lists_and_has_doubles(api: Any) -> None:
    ident = api.get(NEWER).json()["insights"][0]["insight_id"]
    path = f"{NEWER}/{ident}"
    assets = api.get(f"{path}/assets").json()["assets"]
    two = ",".join(row["ip_address"] for row in assets[:2])
    assert api.get(f"{path}/assets", ip_address=two).json()["assets"] == assets[:2]
    known = api.get(f"{path}/assets", is_verified="false").json()["assets"]
    assert all(row["users"] == [] for row in known)
    assert api.get(f"{path}/assets", users="nobody").json() == {"assets": []}
    events = api.get(f"{path}/events").json()["events"]
    assert events[-1] == events[-2]
    assert api.get(f"{path}/events", threat_level="90").status_code == 400
    assert api.get(f"{path}/indicators", limit=1).json()["indicators"][0]["indicator"]


def test_findings_about_the_configuration_are_listed(api: Any) -> None:
    rows = api.rows(f"{CONFIG}/analytics")
    assert api.rows(f"{CONFIG}/analytics", status="OPEN", _limit=5, _offset=0) == rows[:1]
    assert api.get(f"{CONFIG}/analytics/{rows[0]['id']}").json()["result"] == rows[0]
    assert api.get(f"{CONFIG}/analytics/nothing").status_code == 404
    assert api.get(f"{CONFIG}/analytics", status="Active").status_code == 400
    checks = api.rows(f"{CONFIG}/policy-check", check_type="security")
    assert [row["check_type"] for row in checks] == ["security"]
