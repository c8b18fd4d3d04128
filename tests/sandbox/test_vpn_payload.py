"""What a consolidated payload must hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.vpn import CONFIGURE, counted, wish


def without(path: str) -> dict[str, Any]:
    body: Any = wish()
    *head, tail = path.split(".")
    inner = body
    for step in head:
        inner = inner[int(step) if step.isdigit() else step]
    del inner[int(tail) if tail.isdigit() else tail]
    return dict(body)


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (wish(capabilities=[{"type": "DNS"}]), 400, "capability 'DNS' is not allowed"),
        (wish(capabilities=[{"type": "dfp"}]), 400, "cannot be empty"),
        (wish(operation="MAKE"), 400, "operation"),
        (without("universal_service.name"), 400, "name"),
        (without("endpoints.create.0.size"), 400, "size"),
        (without("endpoints.create.0"), 400, "not defined"),
        (without("credentials"), 400, "not defined"),
        (
            without("access_locations.create.0.tunnel_configs.1"),
            400,
            "2 connections are required for AWS Cloud VPN",
        ),
        ({**wish(), "nonsense": {}}, 400, "unknown field"),
        ({**wish(), "endpoints": {"erase": []}}, 400, "unknown field"),
        (
            {**wish(), "locations": {"create": [{"id": "ref_l", "name": "l", "address": {}}]}},
            500,
            "error fetching country from location address",
        ),
    ],
)
def test_a_wrong_payload_is_refused_and_changes_nothing(
    api: Any, body: dict[str, Any], status: int, text: str
) -> None:
    before = counted(api)
    answer = api.post(CONFIGURE, body)
    assert answer.status_code == status
    assert text in answer.text
    assert counted(api) == before
    assert api.get("/_sandbox/counts").json()["writes"] == {}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"type": "Site"}, "access location location_id cannot be empty"),
        ({"cloud_region": "AWS Europe (Frankfurt)"}, "not supported"),
    ],
)
def test_a_wrong_access_location_is_refused(api: Any, change: dict[str, Any], text: str) -> None:
    body = wish()
    body["access_locations"]["create"][0].update(change)
    answer = api.post(CONFIGURE, body)
    assert answer.status_code == 400
    assert text in answer.text


def test_a_region_is_no_service_location(api: Any) -> None:
    body = wish()
    body["endpoints"]["create"][0]["service_location"] = "us-east-1"
    answer = api.post(CONFIGURE, body)
    assert "HTTP interceptor error: Service location us-east-1 not supported" in answer.text
