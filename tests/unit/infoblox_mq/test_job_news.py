"""What is told of jobs that are watched."""

from itertools import islice
from typing import Any, cast

import pytest

from infoblox_mq import job_news
from shared.errors import Exhausted
from shared.ledger import Attempt, Job, Ledger, Outcome
from tests.unit.fakes import NOW, job

BUSY = Attempt(number=1, started=NOW - 1, ended=NOW, status=409)
WAITS: dict[str, Any] = {
    "state": "waiting",
    "tries": 1,
    "due": NOW + 5,
    "note": "attempt 1 of 12 was answered 409",
    "attempts": (BUSY,),
}
GIVEN_UP = Outcome("failed", problem=Exhausted("12 tries").problem)
DONE: dict[str, Any] = {"state": "done", "outcome": Outcome("done", {})}


class Enough(Exception):
    """Ends a watch of all jobs."""


def test_a_job_is_told_of_once_for_each_change_until_it_ends() -> None:
    seen = iter([job(), job(now=NOW + 1), job(**WAITS), job(**WAITS), job(**DONE), job()])
    pauses: list[None] = []
    told = job_news.of_one(lambda: next(seen), pause=lambda: pauses.append(None))
    assert [found.state for found in told] == ["running", "waiting", "done"]
    assert len(pauses) == 4


class Rounds:
    """A ledger whose open jobs are others at each look."""

    def __init__(self, *rounds: list[Job], ended: dict[str, Job]) -> None:
        self._rounds = iter(rounds)
        self._ended = ended

    def open_jobs(self, *, limit: int) -> list[Job]:
        assert limit == 9
        try:
            return next(self._rounds)
        except StopIteration:
            raise Enough from None

    def read_all(self, ids: list[str]) -> list[Job]:
        return [self._ended[job_id] for job_id in ids if job_id in self._ended]


def test_every_open_job_is_told_of_and_so_is_its_end() -> None:
    one, two = job(id="1"), job(id="2", accepted=NOW)
    rounds = Rounds([two, one], [two], [two], [], ended={"1": job(id="1", **DONE)})
    news = job_news.of_all(cast(Ledger, rounds), limit=9, pause=lambda: None)
    assert [(found.id, found.state) for found in islice(news, 3)] == [
        ("1", "running"),
        ("2", "running"),
        ("1", "done"),
    ]
    with pytest.raises(Enough):
        next(news)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"state": "accepted"}, "accepted"),
        ({"state": "accepted", "paused": True}, "accepted   its queue is paused"),
        ({"tries": 1}, "running    attempt 1 of 12"),
        (WAITS, "waiting    attempt 1 of 12, next try in 5 s, last status 409"),
        (
            {"state": "waiting", "due": NOW + 30, "behind": "x", "note": "behind job x"},
            "waiting    behind job x",
        ),
        (
            {"state": "failed", "tries": 12, "outcome": GIVEN_UP, "note": "old"},
            "failed     attempt 12 of 12, exhausted: 12 tries",
        ),
        ({"writes": False, "starts": 1}, "running    attempt 1"),
    ],
)
def test_a_line_says_where_the_job_stands(fields: dict[str, Any], says: str) -> None:
    line = job_news.line(job(**fields), most_tries=12)
    assert line.endswith(says)
    assert "job-1  create_subnet" in line


def test_a_script_reads_the_same_as_fields() -> None:
    assert job_news.facts(job(**WAITS), most_tries=12) == {
        "time": "2023-11-14T22:13:20.000+00:00",
        "id": "job-1",
        "tool": "create_subnet",
        "state": "waiting",
        "attempt": 1,
        "attempts_at_most": 12,
        "next_try_in_seconds": 5.0,
        "last_status": 409,
        "note": "attempt 1 of 12 was answered 409",
    }
    failed = job_news.facts(job(state="failed", outcome=GIVEN_UP), most_tries=12)
    assert failed["error"]["code"] == "exhausted"
