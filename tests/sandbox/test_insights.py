"""Insights."""

from __future__ import annotations

from typing import Any

import pytest

INSIGHTS = "/api/v1/insights"


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
