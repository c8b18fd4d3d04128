"""Envelopes and the words about a job."""

import json
from typing import Any

import pytest

from mcp_front import progress, replies
from mcp_front.jobs import described
from shared.errors import CODES, Problem
from shared.ledger import FINAL, STATES, Outcome
from tests.unit.mcp_front.jobs_made import attempt, job

BAD = Problem("conflict", "It exists.", "Read it.", 3.04)


PAUSED = "the queue infoblox is paused: nothing of it starts until an operator resumes it"


@pytest.mark.parametrize(
    ("state", "status", "is_error"),
    [
        ("accepted", "running", False),
        ("running", "running", False),
        ("waiting", "running", False),
        ("done", "done", False),
        ("failed", "failed", True),
        ("dead", "failed", True),
        ("unknown", "unknown", True),
        ("cancelled", "cancelled", False),
    ],
)
def test_each_state_has_its_status(state: str, status: str, is_error: bool) -> None:
    reply = replies.of_job(job(state=state))
    assert reply.envelope["status"] == status
    assert reply.is_error is is_error
    assert ("error" in reply.envelope) is is_error
    assert ("note" in reply.envelope["meta"]) is (state not in FINAL)


def test_every_state_is_tried_above() -> None:
    assert len(STATES) == 8


def test_failed_job_shows_problem_and_what_it_has() -> None:
    outcome = Outcome("failed", result={"id": "x"}, problem=BAD)
    envelope = replies.of_job(job(state="failed", outcome=outcome, tries=3)).envelope
    assert envelope["error"] == {
        "code": "conflict",
        "message": "It exists.",
        "advice": "Read it.",
        "retry_after_seconds": 3.0,
    }
    assert envelope["result"] == {"id": "x"}
    assert envelope["meta"]["attempts"] == 3


def test_elapsed_is_counted_by_the_store() -> None:
    assert replies.meta_of(job())["elapsed_ms"] == 1500
    assert replies.meta_of(job(finished=1000.25))["elapsed_ms"] == 250


def test_lost_record_of_a_write_is_unknown_and_of_a_read_expired() -> None:
    write = replies.vanished("1", tool="delete_subnet", writes=True)
    read = replies.vanished("1", tool="list_subnets", writes=False)
    assert (write.envelope["status"], write.envelope["error"]["code"]) == (
        "unknown",
        "unknown_outcome",
    )
    assert (read.envelope["status"], read.envelope["error"]["code"]) == ("failed", "expired")
    assert write.is_error
    assert read.is_error


def test_problem_without_a_job_has_no_empty_fields() -> None:
    assert replies.of_problem(BAD, tool="job_status").envelope.keys() == {
        "status",
        "tool",
        "error",
    }


@pytest.mark.parametrize("text", ["plain", "Größe 🌍"])
def test_text_and_structure_say_the_same(text: str) -> None:
    rendered = replies.rendered(replies.answer({"status": "done", "result": {"text": text}}))
    block: Any = rendered.content[0]
    assert json.loads(block.text) == rendered.structured_content
    assert text in block.text


def test_schema_lists_every_code() -> None:
    schema = replies.OUTPUT_SCHEMA["properties"]["error"]["properties"]["code"]
    assert set(schema["enum"]) == CODES


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "queued"),
        ({"state": "running", "writes": False}, "running"),
        ({"state": "running"}, "attempt 1 is running"),
        ({"state": "running", "tries": 2, "sending": True}, "attempt 2 is running"),
        (
            {"state": "running", "cancel_requested": True},
            "cancel requested; the request is already on its way",
        ),
        ({"state": "waiting", "behind": "7"}, "behind job 7, which changes the same object"),
        (
            {"state": "waiting", "note": "attempt 3 of 12 answered 409", "due": 1021.5},
            "attempt 3 of 12 answered 409; next try in 20 s",
        ),
        (
            {"state": "waiting", "due": 1000.0, "attempts": (attempt(2, status=429),)},
            "attempt 2 answered 429; next try in 0 s",
        ),
        (
            {"state": "waiting", "attempts": (attempt(2, lost=True),)},
            "attempt 2 was lost with its worker",
        ),
        ({"state": "waiting", "attempts": (attempt(1),)}, "attempt 1 answered nothing"),
        ({"state": "waiting", "due": 1002.5}, "waiting; next try in 1 s"),
        ({"state": "waiting", "note": "next try soon", "due": 1002.5}, "next try soon"),
        ({"state": "done"}, "done"),
        ({"state": "done", "paused": True}, "done"),
        ({"state": "running", "tries": 0, "paused": True}, "attempt 1 is running"),
        ({"state": "accepted", "paused": True}, f"queued; {PAUSED}"),
        ({"state": "waiting", "note": "busy", "paused": True}, f"busy; {PAUSED}"),
    ],
)
def test_words_say_where_a_job_stands(changes: dict[str, Any], words: str) -> None:
    assert progress.words(job(**changes)) == words


def test_only_an_open_job_of_a_paused_queue_says_so_in_its_facts() -> None:
    assert replies.meta_of(job(paused=True))["paused"] is True
    assert "paused" not in replies.meta_of(job())
    assert "paused" not in replies.meta_of(job(state="done", paused=True))


def test_words_follow_the_time_since_the_record_was_read() -> None:
    parked = job(state="waiting", note="busy", due=1021.5)
    assert progress.words(parked, age=5) == "busy; next try in 15 s"


def test_reads_count_their_starts_as_attempts() -> None:
    assert progress.tries(job(writes=False, starts=2, tries=0)) == 2
    assert progress.tries(job(starts=2, tries=1)) == 1


def test_described_job_has_no_empty_facts() -> None:
    assert described(job()) == {
        "state": "accepted",
        "queue": "infoblox",
        "attempts": 0,
        "progress": "queued",
        "accepted_at": "1970-01-01T00:16:40Z",
    }
    parked = described(job(state="waiting", due=1060.0, note="busy"), workers=0)
    assert parked["next_try_at"] == "1970-01-01T00:17:40Z"
    assert parked["progress"].endswith("start one with `infoblox-mq worker infoblox`")
