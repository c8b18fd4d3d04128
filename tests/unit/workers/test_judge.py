"""What an answer means, and what follows from it. Times are those of `fakes.NOW`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import CODES
from tests.unit.fakes import NOW, Reply, job
from workers.csp import Answer, Lost, NotSent
from workers.judge import (
    READ_RETRIES,
    Meaning,
    Patience,
    error_of,
    meaning,
    noted,
    parked_write,
    read_step,
)
from workers.steps import Ended, Parked

PATIENCE = Patience(max_tries=12, base_seconds=5, cap_seconds=60, jitter=lambda: 0.0)
RESTLESS = Patience(max_tries=12, base_seconds=5, cap_seconds=60, jitter=lambda: 1.0)
LOST, NOT_SENT = Lost("timed out"), NotSent("the connection was refused")
HTTP_DATE_IN_90_SECONDS = "Tue, 14 Nov 2023 22:14:50 GMT"


def code_of(step: object) -> str:
    assert isinstance(step, Ended)
    assert step.outcome.problem is not None
    return step.outcome.problem.code


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (NOT_SENT, "not_sent"),
        (LOST, "in_doubt"),
        *((Answer(status), "good") for status in (200, 201, 202, 204, 299)),
        *((Answer(status), "in_doubt") for status in (500, 502, 503, 504)),
        *((Answer(status), "refused") for status in (400, 401, 403, 404, 405, 413, 422)),
        *((Answer(status), "refused") for status in (301, 302, 307, 501)),
        (Answer(409), "conflict"),
        (Answer(429), "throttled"),
    ],
    ids=str,
)
def test_a_reply_means(reply: Reply, says: Meaning) -> None:
    assert meaning(reply) == says


@given(st.integers(100, 599))
def test_only_an_answer_of_the_two_hundreds_is_good(status: int) -> None:
    assert (meaning(Answer(status)) == "good") == (200 <= status < 300)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (NOT_SENT, "unavailable"),
        (LOST, "unavailable"),
        (Answer(400), "refused"),
        (Answer(401), "not_configured"),
        (Answer(403), "refused"),
        (Answer(404), "refused"),
        (Answer(409), "conflict"),
        (Answer(429), "busy"),
        (Answer(501), "refused"),
        *((Answer(status), "unavailable") for status in (500, 502, 503, 504)),
    ],
    ids=str,
)
def test_a_final_refusal_becomes_the_error(reply: Reply, code: str) -> None:
    problem = error_of(reply).problem
    assert problem.code == code
    assert code in CODES


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_tells_when_to_come_back(status: int) -> None:
    assert error_of(Answer(status)).problem.retry_after_seconds


def test_what_infoblox_said_is_told() -> None:
    assert "Infoblox answered 400: bad cidr" in str(error_of(Answer(400, text="bad cidr")))


def test_the_record_keeps_status_reason_and_request_id_of_an_attempt() -> None:
    answer = Answer(429, text="slow down", retry_after="7", request_id="r-1")
    assert noted(answer, wait=7.12345) == {
        "status": 429,
        "retry_after": "7",
        "request_id": "r-1",
        "why": "slow down",
        "wait": 7.123,
        "wait_why": "",
    }
    assert noted(LOST) == {"why": "timed out"}
    assert noted(Answer(200, text="")).get("why") == ""


WAITS = [
    ("7", 7.0),
    ("0", 1.0),
    ("-5", 1.0),
    ("1000000000", 600.0),
    (HTTP_DATE_IN_90_SECONDS, 90.0),
    ("Tue, 14 Nov 2023 00:00:00 GMT", 1.0),
]


@pytest.mark.parametrize(("header", "seconds"), WAITS)
@pytest.mark.parametrize("status", [409, 429])
def test_a_write_waits_as_long_as_it_was_asked_to(status: int, header: str, seconds: float) -> None:
    step = parked_write(Answer(status, retry_after=header), job(), PATIENCE)
    assert isinstance(step, Parked)
    assert step.wait_seconds == seconds
    assert not step.in_doubt
    assert step.attempt["wait"] == seconds


@pytest.mark.parametrize(("header", "seconds"), WAITS[:4])
def test_a_read_waits_as_long_as_it_was_asked_to(header: str, seconds: float) -> None:
    patient = job(deadline=NOW + 3600)
    step = read_step(Answer(429, retry_after=header), patient, PATIENCE)
    assert isinstance(step, Parked)
    assert step.wait_seconds == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "1e9", "NaN"])
def test_a_write_that_was_not_told_waits_twice_as_long_each_time(header: str | None) -> None:
    waits = []
    for tries in range(6):
        step = parked_write(Answer(409, retry_after=header), job(tries=tries), PATIENCE)
        assert isinstance(step, Parked)
        waits.append(step.wait_seconds)
    assert waits == [5, 10, 20, 40, 60, 60]


@given(st.integers(0, 10))
def test_waiting_jobs_are_spread_by_up_to_a_fifth(tries: int) -> None:
    steady = parked_write(Answer(429), job(tries=tries), PATIENCE)
    spread = parked_write(Answer(429), job(tries=tries), RESTLESS)
    assert isinstance(steady, Parked)
    assert isinstance(spread, Parked)
    assert spread.wait_seconds == pytest.approx(1.2 * steady.wait_seconds)


@given(st.integers(0, 10), st.integers(1, 600))
def test_no_write_comes_back_sooner_than_it_was_asked_to(tries: int, asked: int) -> None:
    answer = Answer(429, retry_after=str(asked))
    step = parked_write(answer, job(tries=tries), RESTLESS)
    assert isinstance(step, Parked)
    assert step.wait_seconds >= asked


@pytest.mark.parametrize("reply", [Answer(409), Answer(429), NOT_SENT], ids=str)
def test_the_twelfth_try_of_a_write_is_the_last(reply: Reply) -> None:
    assert isinstance(parked_write(reply, job(tries=10), PATIENCE), Parked)
    last = parked_write(reply, job(tries=11), PATIENCE)
    assert code_of(last) == "exhausted"


def test_an_exhausted_write_keeps_the_last_answer() -> None:
    last = parked_write(Answer(409, text="in progress"), job(tries=11), PATIENCE)
    assert isinstance(last, Ended)
    assert last.outcome.problem is not None
    assert "12 tries" in last.outcome.problem.message
    assert "in progress" in last.outcome.problem.message
    assert last.attempt["status"] == 409


def test_a_write_does_not_wait_beyond_its_deadline() -> None:
    soon = job(deadline=NOW + 4.9)
    assert code_of(parked_write(Answer(409), soon, PATIENCE)) == "exhausted"
    late = job(deadline=NOW + 5)
    assert isinstance(parked_write(Answer(409), late, PATIENCE), Parked)


def test_people_see_why_a_write_waits() -> None:
    step = parked_write(Answer(409), job(tries=2), PATIENCE)
    assert isinstance(step, Parked)
    assert step.note == "attempt 3 of 12 answered 409"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_read_that_is_refused_ends_at_once(status: int) -> None:
    step = read_step(Answer(status), job(), PATIENCE)
    assert isinstance(step, Ended)
    assert step.outcome.state == "failed"
    assert step.attempt["status"] == status


@pytest.mark.parametrize("reply", [Answer(502), Answer(503), LOST, NOT_SENT], ids=str)
def test_a_read_that_went_wrong_is_tried_three_times(reply: Reply) -> None:
    waits = []
    for number in range(READ_RETRIES - 1):
        step = read_step(reply, job(waits=number), RESTLESS)
        assert isinstance(step, Parked)
        waits.append(step.wait_seconds)
    assert waits == [0.5, 1.0]
    assert code_of(read_step(reply, job(waits=READ_RETRIES - 1), PATIENCE)) == ("unavailable")


def test_a_read_that_is_throttled_has_the_patience_of_a_write() -> None:
    assert isinstance(read_step(Answer(429), job(waits=10), PATIENCE), Parked)
    assert code_of(read_step(Answer(429), job(waits=11), PATIENCE)) == "busy"


@pytest.mark.parametrize(("left", "waits"), [(0.4, False), (0.6, True)])
def test_a_read_does_not_wait_beyond_its_deadline(left: float, waits: bool) -> None:
    step = read_step(Answer(503), job(deadline=NOW + left), RESTLESS)
    assert isinstance(step, Parked) == waits


def test_a_read_that_waits_is_never_in_doubt() -> None:
    step: Any = read_step(LOST, job(), PATIENCE)
    assert not step.in_doubt
