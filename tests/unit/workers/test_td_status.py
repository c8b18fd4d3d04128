"""The status of an insight of the newer generation, when answers are lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fakes import NOW, Reply
from tests.unit.workers.test_writes import Attempt, canonical
from workers.csp import Answer

TOOL = "update_td_insight_status"


def attempt(now: str, *replies: Reply, comment: str | None = None, **more: Any) -> Attempt:
    """Set the status of an insight that is read with the status `now`."""
    arguments = canonical(TOOL, insight_id="i-5", status="IN_PROGRESS", comment=comment)
    return Attempt(
        TOOL, arguments, *replies, reads=lambda _request: Answer(200, {"status": now}), **more
    )


def in_doubt(before: str) -> dict[str, Any]:
    return {"sending": True, "tries": 1, "send_until": NOW - 1, "memo": {"before": before}}


def test_the_word_of_the_api_is_sent_and_told() -> None:
    found = attempt("Needs Review", Answer(201, {}), comment="mine")
    assert found.api.sent[0].body == {
        "insight_id": "i-5",
        "status": "In Progress",
        "comment": "mine",
    }
    assert found.result == {
        "insight_id": "i-5",
        "status": "In Progress",
        "before": "Needs Review",
    }


def test_a_change_that_was_lost_and_made_is_not_made_again() -> None:
    found = attempt("In Progress", comment="mine", **in_doubt("Needs Review"))
    assert found.state == "done"
    assert found.api.sent == []


def test_a_change_that_was_lost_and_not_made_is_made() -> None:
    found = attempt("Needs Review", Answer(201, {}), **in_doubt("Needs Review"))
    assert found.state == "done"
    assert len(found.api.sent) == 1


@pytest.mark.parametrize(("comment", "state"), [("mine", "unknown"), (None, "done")])
def test_where_the_status_was_so_before_a_comment_may_be_there_or_not(
    comment: str | None, state: str
) -> None:
    found = attempt("In Progress", comment=comment, **in_doubt("In Progress"))
    assert found.state == state
    assert found.api.sent == []
