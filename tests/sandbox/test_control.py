"""Journal, counts and faults."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

SUBNETS = "/api/ddi/v1/ipam/subnet"
BODY = {"name": "mine", "type": "custom_list", "items": ["bad.example"]}
LISTS = "/api/atcfw/v1/named_lists"


def fault(api: Any, kind: str, **more: Any) -> None:
    wish = {"match": {"method": "POST", "path": "named_lists"}, "times": 1, "kind": kind, **more}
    assert api.post("/_sandbox/faults", wish).status_code == 200


def names(api: Any) -> list[str]:
    return [row["name"] for row in api.rows(LISTS)]


def test_the_journal_tells_what_happened_after_a_number(api: Any) -> None:
    api.get(SUBNETS, _limit=1)
    api("GET", f"{SUBNETS}/nothing", headers={"X-Request-Id": "abc"})
    api.post(LISTS, BODY)
    journal = api.get("/_sandbox/journal", since=1).json()
    assert (journal["last"], journal["dropped"]) == (3, 0)
    read, write = journal["entries"]
    assert (read["template"], read["status"], read["request_id"]) == (
        f"{SUBNETS}/{{id}}",
        404,
        "abc",
    )
    assert (write["account"], write["applied"], write["status"]) == ("account-1", True, 201)
    assert write["ended_monotonic"] >= write["started_monotonic"]
    assert "first" not in json.dumps(journal)


def test_counts_tell_requests_and_writes(api: Any) -> None:
    for _ in range(2):
        api.post(LISTS, BODY)
    counts = api.get("/_sandbox/counts").json()
    assert counts["requests"] == {f"POST {LISTS}": 2}
    key = "create named_lists name=mine type=custom_list"
    assert counts["writes"] == {"account-1": {key: 1}}


@pytest.mark.parametrize("after", [5, 0, -1, "1.5"])
def test_a_refusal_carries_the_header_that_was_set(api: Any, after: object) -> None:
    fault(api, "status", status=429, headers={"Retry-After": after})
    answer = api.post(LISTS, BODY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(after))
    assert api.post(LISTS, BODY).status_code == 201


def test_a_date_may_be_given_as_seconds_ahead(api: Any) -> None:
    fault(api, "status", status=429, headers={"Retry-After": {"date_in": 5}})
    asked = time.time()
    answer = api.post(LISTS, BODY)
    instant = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()
    # A date has whole seconds.
    assert asked + 4 <= instant <= time.time() + 5


def test_an_answer_can_be_lost_before_or_after_the_change(api: Any) -> None:
    for kind, expected in (("reset_before", False), ("reset_after_apply", True)):
        fault(api, kind)
        with pytest.raises(requests.ConnectionError):
            api.post(LISTS, BODY)
        assert ("mine" in names(api)) is expected
    last = api.get("/_sandbox/journal").json()["entries"][-2]
    assert (last["applied"], last["status"], last["fault"]) == (True, None, "reset_after_apply")


def test_a_change_can_be_made_behind_an_error(api: Any) -> None:
    fault(api, "status_after_apply", status=504)
    assert api.post(LISTS, BODY).status_code == 504
    assert "mine" in names(api)


def test_an_answer_can_be_a_page_or_cut_short(api: Any) -> None:
    fault(api, "html")
    page = api.post(LISTS, BODY)
    assert (page.status_code, page.headers["Content-Type"][:9]) == (502, "text/html")
    fault(api, "truncate")
    with pytest.raises(requests.JSONDecodeError):
        api.post(LISTS, BODY).json()


@pytest.mark.parametrize("kind", ["hang", "slow"])
def test_an_answer_can_come_too_late(api: Any, kind: str) -> None:
    fault(api, kind, seconds=2)
    with pytest.raises(requests.ReadTimeout):
        api("POST", LISTS, json=BODY, timeout=0.2)
    assert ("mine" in names(api)) is (kind == "slow")


def test_an_answer_can_drip(api: Any) -> None:
    fault(api, "drip", seconds=0.1)
    answer = api.post(LISTS, BODY)
    assert answer.json()["results"]["name"] == "mine"
    assert answer.elapsed.total_seconds() < 5


def test_faults_are_listed_and_cleared(api: Any) -> None:
    fault(api, "status", times=None, body={"error": "x"})
    assert [api.post(LISTS, BODY).json() for _ in range(2)] == [{"error": "x"}] * 2
    assert api.get("/_sandbox/faults").json()["faults"][0]["used"] == 2
    api("DELETE", "/_sandbox/faults")
    assert api.post(LISTS, BODY).status_code == 201


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("faults", {"kind": "nonsense"}),
        ("faults", {"kind": "slow", "extra": 1}),
        ("faults", {"kind": "slow", "match": {"path": "["}}),
        ("vpn", {"busy_tries": -1}),
        ("vpn", {"nonsense": 1}),
        ("vpn", [1]),
    ],
)
def test_a_wrong_wish_is_answered_400(api: Any, path: str, wish: object) -> None:
    assert api.post(f"/_sandbox/{path}", wish).status_code == 400
