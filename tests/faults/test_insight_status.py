"""The status of insights: every call appends a comment, so a lost answer must not repeat it."""

from collections.abc import Callable

import pytest

from tests.support.calls import Json, ask, front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
QUICK = {"connect_timeout_seconds": 0.3, "read_timeout_seconds": 0.7, "lease_seconds": 1.5}


def called(here: Stack, tool: str, **arguments: object) -> Json:
    """Call a tool and return its result; it must end well."""
    (answer,) = ask(front_settings(here.env, wait_seconds=30), (tool, arguments))
    assert answer["status"] == "done", answer
    result: Json = answer["result"]
    return result


@pytest.mark.parametrize("fault", [None, "reset_after_apply", "reset_before"])
def test_a_comment_is_left_once_whatever_becomes_of_the_answer(
    stack: Begin, sandbox: Sandbox, fault: str | None
) -> None:
    here = stack("insights", **QUICK)
    ids = [row["insightId"] for row in called(here, "list_security_insights")["items"][:2]]
    if fault:
        sandbox.faults(fault, match={"method": "PUT"}, times=1)
    result = called(
        here,
        "update_security_insight_status",
        insight_ids=ids,
        status="FALSE_POSITIVE",
        comment="a lab machine",
    )
    assert result["status"] == "Closed"
    for insight_id in ids:
        left = called(here, "get_insight_comments_history", insight_id=insight_id)["items"]
        own = [entry for entry in left if entry["newComment"] == result["comment"]]
        assert len(own) == 1
        assert own[0]["newComment"].startswith("[FALSE_POSITIVE] a lab machine (job ")
        shown = called(here, "get_security_insight_details", insight_id=insight_id)
        assert shown["status"] == "Closed"


def test_the_same_comment_twice_is_two_comments_unless_a_key_says_otherwise(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("insights", **QUICK)
    (row, *_) = called(here, "list_security_insights")["items"]
    call: Json = {"insight_ids": [row["insightId"]], "status": "Active", "comment": "looked at"}
    settings = front_settings(here.env, wait_seconds=30)
    tool = "update_security_insight_status"
    ask(settings, (tool, call), (tool, call))
    keyed = call | {"idempotency_key": "k", "comment": "once"}
    ask(settings, (tool, keyed), (tool, keyed))
    left = called(here, "get_insight_comments_history", insight_id=row["insightId"])["items"]
    said = [entry["newComment"].partition(" (job")[0] for entry in left]
    assert (said.count("looked at"), said.count("once")) == (2, 1)
    assert len(sandbox.journal(method="PUT")) == 3
