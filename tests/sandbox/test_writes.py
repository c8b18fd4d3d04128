"""Faults and counts at writes of every cloud service: all of them pass the same door."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.sandbox.defense import DOMAINS, FW, LISTS, POLICIES, PROXIES
from tests.sandbox.vpn import CONFIGURE, INFRA, KEYS, PLACES, wish

INSIGHTS = "/api/v1/insights"
NEWER = "/api/v2/insights"


def first(api: Any, path: str, key: str = "id") -> str:
    answer = api.get(path).json()
    rows = next(value for value in answer.values() if isinstance(value, list))
    return str(rows[0][key]).rpartition("/")[2]


def item(path: str, tail: str = "", key: str = "id") -> Any:
    return lambda api: f"{path}/{first(api, path, key)}{tail}"


PSK = {"source_id": "psk", "key_type": "psk", "key_data": {"psk": "a secret of the tests"}}
ITEM = {"inserted_items_described": [{"item": "new.example"}]}
# Method, path, body (or how to make it), and the name under which the write is counted.
WRITES: dict[str, tuple[str, Any, Any, str]] = {
    "configure": ("POST", CONFIGURE, wish(), r"configure CREATE branch-dns"),
    "service": ("POST", f"{INFRA}/universalservices", {"name": "s"}, "create .* name=s"),
    "service again": ("PUT", item(f"{INFRA}/universalservices"), {}, "update infra/"),
    "service gone": ("DELETE", item(f"{INFRA}/universalservices"), None, "delete infra/"),
    "site gone": ("DELETE", item(f"{INFRA}/accesslocations"), None, "delete infra/access"),
    "key": ("POST", KEYS, {"name": "k", **PSK}, "create keys name=k"),
    "key gone": ("DELETE", item(KEYS), None, "delete [0-9a-f-]{36}"),
    "place": ("POST", PLACES, {"name": "p", "address": {}}, "create locations name=p"),
    "policy": ("POST", POLICIES, {"name": "p"}, "create security_policies name=p"),
    "items": ("PATCH", item(LISTS, "/items"), ITEM, r"items of named_lists \d+: \+new.example"),
    "domains": ("PATCH", item(DOMAINS, "/items"), ITEM, "items of internal_domain_lists"),
    "proxy": ("PUT", item(PROXIES, "", "service_id"), {}, "update "),
    "host name": ("POST", f"{FW}/doh_fqdns", None, "create doh_fqdns "),
    "approvals": ("PUT", f"{FW}/app_approvals", {"approvals": []}, "app_approvals"),
    "insight": (
        *("PUT", f"{INSIGHTS}/status"),
        lambda api: {"insight_ids": [first(api, INSIGHTS, "insightId")], "status": "Closed"},
        "insights .* Closed",
    ),
    "newer insight": (
        *("PUT", f"{NEWER}/status"),
        lambda api: {"insight_id": first(api, NEWER, "insight_id"), "status": "Resolved"},
        "td_insights .* Resolved",
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_whose_answer_is_lost_is_made_and_counted_once(api: Any, name: str) -> None:
    method, path, body, natural = WRITES[name]
    path, body = (one(api) if callable(one) else one for one in (path, body))
    match = {"method": method, "path": re.escape(path)}
    api.post("/_sandbox/faults", {"kind": "status", "match": match, "times": 1, "status": 429})
    api.post("/_sandbox/faults", {"kind": "reset_after_apply", "match": match, "times": 1})
    assert api(method, path, json=body).status_code == 429
    with pytest.raises(requests.ConnectionError):
        api(method, path, json=body)
    entries = [
        one for one in api.get("/_sandbox/journal").json()["entries"] if one["method"] == method
    ]
    told = [(one["applied"], one["status"]) for one in entries if "/_sandbox" not in one["path"]]
    assert told == [(False, 429), (True, None)]
    ((counted, times),) = api.get("/_sandbox/counts").json()["writes"]["account-1"].items()
    assert (bool(re.match(natural, counted)), times) == (True, 1), counted
