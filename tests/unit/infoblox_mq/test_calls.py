"""What `infoblox-mq call` makes of its arguments and of an answer."""

import asyncio
import json
from typing import Any

import pytest

from infoblox_mq.commands.calls import parsed, progress, shown
from shared.errors import InvalidArguments

DONE = {"status": "done", "job_id": "j1", "result": {"items": []}}
FAILED = {
    "status": "failed",
    "job_id": "j1",
    "error": {"code": "refused", "message": "No.", "advice": "Ask."},
}


@pytest.mark.parametrize(
    ("pairs", "whole", "expected"),
    [
        ([], None, {}),
        (["limit=5"], None, {"limit": 5}),
        (["name=prod"], None, {"name": "prod"}),
        (["name="], None, {"name": ""}),
        (['name="5"'], None, {"name": "5"}),
        (["filter=a==b"], None, {"filter": "a==b"}),
        (['tags={"a": "b"}'], None, {"tags": {"a": "b"}}),
        (["limit=5"], '{"limit": 1, "offset": 2}', {"limit": 5, "offset": 2}),
    ],
)
def test_arguments_are_json_or_else_text(
    pairs: list[str], whole: str | None, expected: dict[str, Any]
) -> None:
    assert parsed(pairs, whole) == expected


@pytest.mark.parametrize(
    ("pairs", "whole"), [(["limit"], None), (["=5"], None), ([], "{"), ([], "[1]")]
)
def test_arguments_that_make_no_sense_are_refused(pairs: list[str], whole: str | None) -> None:
    with pytest.raises(InvalidArguments):
        parsed(pairs, whole)


def test_a_good_answer_is_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(DONE, as_json=False, detached=False) == 0
    assert json.loads(capsys.readouterr().out) == {"items": []}


def test_a_bad_answer_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(FAILED, as_json=False, detached=False) == 1
    assert capsys.readouterr().err == "failed: No. Ask. (job j1)\n"


def test_the_whole_answer_can_be_had_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(FAILED, as_json=True, detached=False) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == FAILED
    assert told.err == ""


def test_a_detached_call_prints_the_job_alone(capsys: pytest.CaptureFixture[str]) -> None:
    running = {"status": "running", "job_id": "j1", "result": {"state": "accepted"}}
    assert shown(running, as_json=False, detached=True) == 0
    assert capsys.readouterr().out == "j1\n"


def test_the_same_news_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    show = progress()
    for message in ("queued", "queued", None, "running"):
        asyncio.run(show(1.0, None, message))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("s  ")[1] for line in lines] == ["queued", "running"]
