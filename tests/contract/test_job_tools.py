"""The four tools that ask after a job."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from mcp_types import Implementation

from mcp_front.auth import ALL_SCOPES, LOCAL, Caller
from mcp_front.server import Front
from shared.errors import Problem
from shared.ledger import Job, Outcome
from tests.contract.conftest import Open, a_front, settings_for
from tests.contract.hand import Hand, done, keep
from tests.contract.test_answers import ask
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio
OTHER = Caller("other", "default", ALL_SCOPES)


@pytest.fixture
def quick(valkey: Valkey) -> Iterator[Front]:
    """A front end that hardly waits."""
    with a_front(settings_for(valkey.url, wait_seconds=0.1)) as made:
        yield made


@asynccontextmanager
async def begun(quick: Front, hand: Hand, tool: str = "delete_subnet") -> AsyncIterator[str]:
    """Yield the id of a job that a worker holds and does not end."""
    hand.plays.setdefault(tool, keep)
    async with quick.running():
        reply = await quick.call(tool, {"subnet_id": "1"})
        assert reply.envelope["status"] == "running"
        yield reply.envelope["job_id"]


async def result(front: Front, tool: str, **arguments: Any) -> dict[str, Any]:
    reply = await front.call(tool, arguments)
    assert reply.is_error is False
    found: dict[str, Any] = reply.envelope["result"]
    return found


async def test_status_of_a_running_job(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        found = await result(quick, "job_status", job_id=job_id)
    assert found["state"] == "running"
    assert found["queue"] == "infoblox"
    assert found["attempts"] == 0
    assert found["progress"] == "attempt 1 is running"
    assert found["accepted_at"].endswith("Z")
    assert "next_try_at" not in found


async def test_status_of_a_parked_job_says_when_it_goes_on(quick: Front, hand: Hand) -> None:
    def park(worker: Hand, job: Job) -> None:
        assert worker.ledger.mark_sending(job, send_seconds=1) == "ok"
        worker.ledger.park(
            job, wait_seconds=30, note="attempt 1 of 12 answered 409", attempt={"status": 409}
        )

    hand.plays["delete_subnet"] = park
    async with begun(quick, hand) as job_id:
        reply = await quick.call("job_status", {"job_id": job_id})
    assert reply.envelope["status"] == "running"
    found = reply.envelope["result"]
    assert found["state"] == "waiting"
    assert found["attempts"] == 1
    assert found["next_try_at"]
    assert found["progress"] in {
        f"attempt 1 of 12 answered 409; next try in {seconds} s" for seconds in (29, 30)
    }
    assert found["history"][0]["status"] == 409


async def test_status_of_a_failed_job_is_no_error(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        problem = Problem("conflict", "It exists.", "Read it.")
        hand.ledger.finish(hand.seen[0], Outcome("failed", problem=problem))
        reply = await quick.call("job_status", {"job_id": job_id})
        waited = await quick.call("job_wait", {"job_id": job_id})
    assert reply.is_error is False
    assert reply.envelope["status"] == "failed"
    assert reply.envelope["error"]["code"] == "conflict"
    assert reply.envelope["result"]["state"] == "failed"
    assert waited.is_error is True
    assert waited.envelope["error"]["code"] == "conflict"


async def test_wait_returns_at_the_end_of_the_job(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id, anyio.create_task_group() as tasks:

        async def end() -> None:
            await anyio.sleep(0.3)
            hand.ledger.finish(hand.seen[0], Outcome("done", result={"gone": True}))

        tasks.start_soon(end)
        with anyio.fail_after(3):
            assert await result(quick, "job_wait", job_id=job_id, seconds=30) == {"gone": True}


async def test_wait_of_no_seconds_answers_at_once(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        reply = await quick.call("job_wait", {"job_id": job_id, "seconds": 0})
    assert reply.envelope["status"] == "running"
    assert reply.envelope["tool"] == "delete_subnet"


async def test_wait_that_is_too_short_says_running(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        reply = await quick.call("job_wait", {"job_id": job_id, "seconds": 0.2})
    assert reply.envelope["status"] == "running"
    assert "job_wait" in reply.envelope["meta"]["note"]


async def test_record_that_expires_meanwhile_is_not_found(
    quick: Front, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with begun(quick, hand) as job_id:
        monkeypatch.setattr(quick.store.ledger, "read", lambda _job_id: None)
        reply = await quick.call("job_status", {"job_id": job_id})
    assert reply.envelope["error"]["message"] == "job_id: there is no such job of yours"


async def test_cancel_before_the_send(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        reply = await quick.call("job_cancel", {"job_id": job_id})
        again = await result(quick, "job_cancel", job_id=job_id)
    assert reply.envelope["status"] == "cancelled"
    assert reply.envelope["result"]["cancelled"] is True
    assert again["message"].startswith("It had already ended: cancelled.")


async def test_cancel_after_the_send_is_only_requested(quick: Front, hand: Hand) -> None:
    def send(worker: Hand, job: Job) -> None:
        assert worker.ledger.mark_sending(job, send_seconds=5) == "ok"

    hand.plays["delete_subnet"] = send
    async with begun(quick, hand) as job_id:
        reply = await quick.call("job_cancel", {"job_id": job_id})
        status = await result(quick, "job_status", job_id=job_id)
    assert reply.envelope["status"] == "running"
    assert reply.envelope["result"]["cancelled"] is False
    assert "requested" in reply.envelope["result"]["message"]
    assert status["progress"].startswith("cancel requested")


async def test_cancel_of_a_shared_job_leaves_it_to_the_others(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        joined = await quick.call("delete_subnet", {"subnet_id": "1"}, caller=OTHER)
        assert joined.envelope["job_id"] == job_id
        found = await result(quick, "job_cancel", job_id=job_id)
    assert found["cancelled"] is False
    assert found["message"].startswith("Others wait for the same job")
    job = hand.ledger.read(job_id)
    assert job is not None
    assert job.state == "running"


async def test_cancel_wakes_the_next_write_on_the_target(quick: Front, hand: Hand) -> None:
    async with begun(quick, hand) as job_id:
        reply = await quick.call("update_subnet", {"subnet_id": "1", "name": "x"})
        with anyio.fail_after(3):
            while not (job := hand.ledger.read(reply.envelope["job_id"])) or not job.behind:
                await anyio.sleep(0.01)
        status = await result(quick, "job_status", job_id=job.id)
        assert status["progress"].startswith(f"behind job {job_id}")
        await result(quick, "job_cancel", job_id=job_id)
        assert (await quick.call("job_wait", {"job_id": job.id})).envelope["status"] == "done"


async def test_cancelling_a_write_needs_its_scope(quick: Front, hand: Hand) -> None:
    reader = Caller(LOCAL.client, LOCAL.account, frozenset({"read"}))
    async with begun(quick, hand) as job_id:
        reply = await quick.call("job_cancel", {"job_id": job_id}, caller=reader)
    assert reply.envelope["error"]["code"] == "refused"
    assert "'write'" in reply.envelope["error"]["message"]


@pytest.mark.parametrize("tool", ["job_status", "job_wait", "job_cancel"])
async def test_foreign_job_is_answered_like_an_unknown_one(
    quick: Front, hand: Hand, tool: str
) -> None:
    async with begun(quick, hand) as job_id:
        asked = (job_id, "0" * 32, f"{job_id}:clients", "../x", "")
        answers = [await quick.call(tool, {"job_id": name}, caller=OTHER) for name in asked]
    assert all(answer.is_error for answer in answers)
    assert len({str(answer.envelope) for answer in answers}) == 1
    assert answers[0].envelope["error"]["message"] == "job_id: there is no such job of yours"


async def test_list_shows_own_jobs_newest_first(quick: Front, hand: Hand) -> None:
    hand.plays["list_subnets"] = done(items=[])
    async with begun(quick, hand) as job_id:
        await quick.call("list_subnets", {})
        await quick.call("get_subnet", {"subnet_id": "7"}, caller=OTHER)
        everything = (await result(quick, "job_list"))["items"]
        running = (await result(quick, "job_list", state="running"))["items"]
        elsewhere = (await result(quick, "job_list", queue="atcfw"))["items"]
        first = await result(quick, "job_list", limit=1)
        rest = await result(quick, "job_list", limit=1, cursor=first["next_cursor"])
    assert [item["tool"] for item in everything] == ["list_subnets", "delete_subnet"]
    assert [item["job_id"] for item in running] == [job_id]
    assert elsewhere == []
    assert first["items"] + rest["items"] == everything
    assert rest["next_cursor"] is None or "-" in rest["next_cursor"]


async def test_job_tools_over_the_wire(opened: Open, hand: Hand) -> None:
    async with opened(client_info=Implementation(name="Console", version="7.1")) as client:
        found = await ask(client, "list_subnets")
        listed = await ask(client, "job_list")
        status = await ask(client, "job_status", job_id=found["job_id"])
        waited = await ask(client, "job_wait", job_id=found["job_id"], seconds=1)
    assert listed["result"]["items"][0]["job_id"] == found["job_id"]
    assert status["result"]["state"] == "done"
    assert status["result"]["asked_by"] == "Console 7.1"
    assert waited["result"] == found["result"]
