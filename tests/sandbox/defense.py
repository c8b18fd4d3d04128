"""Paths, answers and bodies of the DNS security service."""

from __future__ import annotations

from typing import Any

FW = "/api/atcfw/v1"
POLICIES = f"{FW}/security_policies"
RULES = f"{FW}/security_policy_rules"
LISTS = f"{FW}/named_lists"
CODES = f"{FW}/access_codes"
NETWORKS = f"{FW}/network_lists"
DOMAINS = f"{FW}/internal_domain_lists"
CATEGORY_FILTERS = f"{FW}/category_filters"
APPLICATION_FILTERS = f"{FW}/application_filters"
REDIRECTS = f"{FW}/custom_redirects"
PROXIES = "/api/atcdfp/v1/dfp_services"


def made(answer: Any) -> dict[str, Any]:
    """Give the object of a write: 201, and `results` though it is one."""
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()["results"]
    return row


def refusal(answer: Any, status: int) -> str:
    """Give the text of a refusal in the shape of the service."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"status", "code", "message"}
    return str(error["message"])


def called(api: Any, path: str, name: str) -> dict[str, Any]:
    """Read the object of this name."""
    answer = api.get(f"{path}/0", name=name)
    assert answer.status_code == 200, answer.text
    row: dict[str, Any] = answer.json()["results"]
    return row


def feed_rules(api: Any) -> list[dict[str, Any]]:
    """Write a rule for every feed of the account."""
    return [
        {"type": "named_feed", "data": row["name"], "action": "action_log"}
        for row in api.rows(f"{FW}/threat_feeds")
    ]


def blocking(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """Write a rule that blocks."""
    return {"type": kind, "data": name, "action": "action_block", **more}
