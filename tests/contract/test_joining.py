"""A call that joins a job sees its end, whenever that comes."""

from __future__ import annotations

import threading

import anyio
import pytest

from mcp_front.server import Front
from shared.ledger import Job
from shared.settings import Settings
from tests.contract.hand import Hand
from tests.support.calls import Json
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_job_that_ends_while_a_call_joins_it_is_seen(
    front: Front, settings: Settings, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Json] = []
    ledger = front.store.ledger
    read = ledger.read

    def ended(job_id: str) -> bool:
        job = read(job_id)
        return job is not None and job.final

    def read_and_lag(job_id: str) -> Job | None:
        found = read(job_id)
        hand.idle.clear()
        until(lambda: ended(job_id))
        # The news of its end is on its way by now, and must not find nobody.
        threading.Event().wait(0.3)
        return found

    async def ask() -> None:
        answers.append(dict((await front.call("list_subnets", {})).envelope))

    hand.idle.set()
    with anyio.fail_after(settings.wait_seconds - 1):
        async with front.running(), anyio.create_task_group() as group:
            group.start_soon(ask)
            while not ledger.listed(limit=1).jobs:
                await anyio.sleep(0.01)
            monkeypatch.setattr(ledger, "read", read_and_lag)
            group.start_soon(ask)
    assert [answer["status"] for answer in answers] == ["done", "done"]
    assert sorted(answer["meta"]["joined"] for answer in answers) == [False, True]
