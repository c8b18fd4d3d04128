"""Reading all pages: to the end, or to where the budget is spent, and saying which."""

from __future__ import annotations

from typing import Any

import pytest

from shared.operations import CATALOG
from shared.wire import Request
from tests.unit.fakes import NOW, FakeApi, Reply, job
from workers.caller import Caller
from workers.csp import Answer, Limits
from workers.judge import Patience
from workers.reads import MOST_ROWS, read
from workers.steps import Ended, Parked, Step

PATIENCE = Patience(max_tries=12, base_seconds=5, cap_seconds=60, jitter=lambda: 0.0)


def asked(api: FakeApi, *, seconds: float = 120, **given: Any) -> Step:
    row = CATALOG["list_subnets"]
    arguments = row.args.model_validate(given).model_dump(mode="json")
    reading = job(tool=row.name, writes=False, arguments=arguments, deadline=NOW + seconds)
    return read(Caller(api, Limits(5, 30, 37)), row, reading, patience=PATIENCE)


def holding(count: int) -> FakeApi:
    def page(request: Request) -> Reply:
        query = dict(request.query)
        first = int(query["_offset"])
        rows = [{"id": number} for number in range(first, min(count, first + int(query["_limit"])))]
        return Answer(200, {"results": rows, "page": {"total_size": str(count)}})

    return FakeApi(reads=page)


def result(step: Step) -> dict[str, Any]:
    assert isinstance(step, Ended)
    assert step.outcome.result is not None
    return step.outcome.result


def test_one_page_says_where_the_next_begins() -> None:
    found = result(asked(holding(250), limit=100, offset=100))
    assert [row["id"] for row in found["items"]] == list(range(100, 200))
    assert (found["next_offset"], found["total"]) == (200, 250)


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_all_pages_are_every_row_once(count: int) -> None:
    api = holding(count)
    found = result(asked(api, all_pages=True, limit=5))
    assert [row["id"] for row in found["items"]] == list(range(count))
    assert (found["next_offset"], found["total"]) == (None, count)
    assert len(api.looked_up) == count // 1000 + 1


def test_all_pages_begin_at_the_offset() -> None:
    found = result(asked(holding(1500), all_pages=True, offset=400))
    assert [row["id"] for row in found["items"]] == list(range(400, 1500))
    assert (found["next_offset"], found["total"]) == (None, 1500)


def test_a_list_that_is_too_long_says_where_it_was_left() -> None:
    first = result(asked(holding(MOST_ROWS + 700), all_pages=True))
    assert (len(first["items"]), first["next_offset"], first["total"]) == (10_000, 10_000, None)
    rest = result(asked(holding(MOST_ROWS + 700), all_pages=True, offset=first["next_offset"]))
    assert (len(rest["items"]), rest["next_offset"], rest["total"]) == (700, None, 10_700)


def test_a_list_whose_time_is_up_says_where_it_was_left() -> None:
    found = result(asked(holding(5000), all_pages=True, seconds=0))
    assert (len(found["items"]), found["next_offset"]) == (1000, 1000)


def test_a_page_that_is_refused_ends_the_read_and_a_busy_one_parks_it() -> None:
    def second(reply: Reply) -> FakeApi:
        full = Answer(200, {"results": [{}] * 1000})
        return FakeApi(reads=lambda it: full if dict(it.query)["_offset"] == "0" else reply)

    refused = asked(second(Answer(400, text="no")), all_pages=True)
    assert isinstance(refused, Ended)
    assert refused.outcome.state == "failed"
    assert isinstance(asked(second(Answer(503)), all_pages=True), Parked)
