"""Tasks of the 2025-11-25 protocol: asked for by the client, with a view of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError

from mcp_front.auth import read_tokens
from mcp_front.server import Front
from shared.errors import Problem
from shared.ledger import FinalState, Job, Outcome
from shared.settings import Settings
from tests.contract.asking import call_as_task, refused, send
from tests.contract.conftest import a_front, serving
from tests.contract.hand import Hand, done, keep
from tests.contract.test_answers import ask
from tests.contract.test_http import tokens_file
from tests.contract.test_tokens import bearing

pytestmark = pytest.mark.anyio
INVALID = -32602
NO_METHOD = -32601
DELETE = {"subnet_id": "1"}


@pytest.fixture(params=["memory", "http"])
async def client(request: pytest.FixtureRequest, front: Front, url: str) -> AsyncIterator[Client]:
    target: Any = front.server if request.param == "memory" else url
    async with Client(target, mode="legacy") as found:
        yield found


async def until(client: Client, task_id: str, status: str) -> dict[str, Any]:
    """Ask after a task until it has a status."""
    with anyio.fail_after(10):
        while True:
            task: dict[str, Any] = await send(client, "tasks/get", taskId=task_id)
            if task["status"] == status:
                return task
            await anyio.sleep(0.02)


def park(worker: Hand, job: Job) -> None:
    assert worker.ledger.mark_sending(job, send_seconds=1) == "ok"
    worker.ledger.park(
        job, wait_seconds=20, note="attempt 3 of 12 answered 409", attempt={"status": 409}
    )


def sent(worker: Hand, job: Job) -> None:
    assert worker.ledger.mark_sending(job, send_seconds=30) == "ok"


async def running(hand: Hand) -> Job:
    """Wait for the worker to hold a job."""
    with anyio.fail_after(10):
        while not hand.seen:
            await anyio.sleep(0.01)
    return hand.seen[0]


async def on_its_way(hand: Hand, job_id: str) -> None:
    """Wait for a job's request to be marked as sent."""
    with anyio.fail_after(10):
        while not (job := hand.ledger.read(job_id)) or not job.sending:
            await anyio.sleep(0.01)


async def test_handshake_offers_tasks(client: Client) -> None:
    capabilities = client.server_capabilities
    assert capabilities is not None
    assert capabilities.tasks is not None
    assert capabilities.tasks.requests is not None
    assert capabilities.tasks.requests.tools is not None
    assert capabilities.tasks.requests.tools.call is not None
    assert capabilities.tasks.list is not None
    assert capabilities.tasks.cancel is not None
    assert capabilities.extensions is None


async def test_each_tool_says_whether_it_can_be_a_task(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    support = {
        name: tool.execution.task_support if tool.execution else None
        for name, tool in tools.items()
    }
    assert support["configure_vpn_infrastructure"] == "optional"
    assert support["create_subnet"] == "optional"
    # Answers that are kept, and the tools that ask after a job, come at once.
    assert support["list_ip_spaces"] is None
    assert support["job_wait"] is None


async def test_call_becomes_a_task_and_its_result_is_the_calls(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    task = await call_as_task(client, "delete_subnet", **DELETE)
    assert task["status"] == "working"
    assert task["createdAt"].endswith("Z")
    assert task["lastUpdatedAt"] >= task["createdAt"]
    assert task["ttl"] == 86_400_000
    assert 0 < task["pollInterval"] <= 5000
    job = await running(hand)
    assert job.id == task["taskId"]
    results: list[Any] = []
    async with anyio.create_task_group() as group:

        async def wait() -> None:
            results.append(await send(client, "tasks/result", taskId=job.id))

        group.start_soon(wait)
        # The worker's answer comes while the client waits for it.
        await anyio.sleep(0.3)
        assert results == []
        hand.ledger.finish(job, Outcome("done", result={"gone": True}))
    (result,) = results
    assert result["structuredContent"]["result"] == {"gone": True}
    assert result["structuredContent"]["status"] == "done"
    assert result["_meta"]["io.modelcontextprotocol/related-task"] == {"taskId": job.id}
    assert (await send(client, "tasks/get", taskId=job.id))["status"] == "completed"
    assert (await ask(client, "job_wait", job_id=job.id))["result"] == {"gone": True}


async def test_status_message_says_how_it_goes(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = park
    task = await call_as_task(client, "delete_subnet", **DELETE)
    with anyio.fail_after(10):
        while "attempt 3" not in task["statusMessage"]:
            task = await send(client, "tasks/get", taskId=task["taskId"])
    assert task["status"] == "working"
    assert task["statusMessage"].startswith("attempt 3 of 12 answered 409; next try in ")
    assert task["pollInterval"] == 5000


async def test_equal_call_is_the_same_task(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    first = await call_as_task(client, "delete_subnet", **DELETE)
    again = await call_as_task(client, "delete_subnet", **DELETE)
    assert again["taskId"] == first["taskId"]


@pytest.mark.parametrize("state", ["failed", "dead", "unknown"])
async def test_bad_end_is_a_failed_task(client: Client, hand: Hand, state: FinalState) -> None:
    problem = Problem("conflict", "It exists.", "Read it.")
    hand.plays["delete_subnet"] = lambda _hand, _job: Outcome(state, problem=problem)
    task_id = (await call_as_task(client, "delete_subnet", **DELETE))["taskId"]
    task = await until(client, task_id, "failed")
    assert task["statusMessage"] == "It exists."
    result = await send(client, "tasks/result", taskId=task_id)
    assert result["isError"] is True
    assert result["structuredContent"]["error"]["message"] == "It exists."


async def test_cancel_before_the_send_ends_the_job(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    task_id = (await call_as_task(client, "delete_subnet", **DELETE))["taskId"]
    task = await send(client, "tasks/cancel", taskId=task_id)
    assert task["taskId"] == task_id
    assert task["status"] == "cancelled"
    job = hand.ledger.read(task_id)
    assert job is not None
    assert job.state == "cancelled"
    code, _, _ = await refused(client, "tasks/cancel", taskId=task_id)
    assert code == INVALID
    result = await send(client, "tasks/result", taskId=task_id)
    assert result["structuredContent"]["status"] == "cancelled"


async def test_cancel_after_the_send_is_final_for_the_client_alone(
    client: Client, hand: Hand
) -> None:
    hand.plays["delete_subnet"] = sent
    task_id = (await call_as_task(client, "delete_subnet", **DELETE))["taskId"]
    job = await running(hand)
    await on_its_way(hand, task_id)
    assert (await send(client, "tasks/cancel", taskId=task_id))["status"] == "cancelled"
    assert (await ask(client, "job_status", job_id=task_id))["status"] == "running"
    early = await send(client, "tasks/result", taskId=task_id)
    assert early["structuredContent"]["status"] == "cancelled"
    hand.ledger.finish(job, Outcome("done", result={"gone": True}))
    assert (await send(client, "tasks/get", taskId=task_id))["status"] == "cancelled"
    listed = await send(client, "tasks/list")
    assert [task["status"] for task in listed["tasks"]] == ["cancelled"]
    assert (await ask(client, "job_wait", job_id=task_id))["result"] == {"gone": True}
    code, _, _ = await refused(client, "tasks/cancel", taskId=task_id)
    assert code == INVALID


async def test_ended_task_cannot_be_cancelled(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = done()
    task_id = (await call_as_task(client, "delete_subnet", **DELETE))["taskId"]
    await until(client, task_id, "completed")
    code, message, _ = await refused(client, "tasks/cancel", taskId=task_id)
    assert code == INVALID
    assert "over" in message


async def test_call_again_after_cancel_is_a_working_task(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = sent
    task_id = (await call_as_task(client, "delete_subnet", **DELETE))["taskId"]
    await on_its_way(hand, task_id)
    await send(client, "tasks/cancel", taskId=task_id)
    again = await call_as_task(client, "delete_subnet", **DELETE)
    assert (again["taskId"], again["status"]) == (task_id, "working")


async def test_list_pages_newest_first(client: Client, hand: Hand) -> None:
    made = [
        (await call_as_task(client, "delete_subnet", subnet_id=str(number)))["taskId"]
        for number in range(22)
    ]
    first = await send(client, "tasks/list")
    rest = await send(client, "tasks/list", cursor=first["nextCursor"])
    found = [task["taskId"] for task in first["tasks"] + rest["tasks"]]
    assert len(first["tasks"]) == 20
    assert sorted(found) == sorted(made)
    assert (await refused(client, "tasks/list", cursor="made-up"))[0] == INVALID


async def test_call_that_becomes_no_job_is_an_error(client: Client, hand: Hand) -> None:
    code, message, data = await refused(
        client, "tools/call", name="delete_subnet", arguments={"nonsense": 1}, task={}
    )
    assert code == INVALID
    assert "nonsense" in message
    assert data["code"] == "invalid_arguments"
    assert hand.seen == []


async def test_tool_that_answers_at_once_is_no_task(client: Client) -> None:
    for name in ("list_ip_spaces", "job_list"):
        code, _, _ = await refused(client, "tools/call", name=name, arguments={}, task={})
        assert code == NO_METHOD
    code, message, _ = await refused(client, "tools/call", name="nope", arguments={}, task={})
    assert code == INVALID
    assert message == "Unknown tool: nope"


async def test_method_of_the_other_era_does_not_exist(client: Client) -> None:
    code, _, _ = await refused(client, "tasks/update", taskId="0" * 32, inputResponses={})
    assert code == NO_METHOD


@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/cancel"])
async def test_foreign_task_is_answered_like_an_unknown_one(
    settings: Settings, hand: Hand, tmp_path: Path, method: str
) -> None:
    hand.plays["delete_subnet"] = keep
    tokens = read_tokens(tokens_file(tmp_path, owner=["read", "write"], thief=["read", "write"]))
    with a_front(settings, tokens=tokens) as front, serving(front, settings) as url:
        async with bearing(url, "owner-token", "legacy") as owner:
            task_id = (await call_as_task(owner, "delete_subnet", **DELETE))["taskId"]
        async with bearing(url, "thief-token", "legacy") as thief:
            asked = (task_id, "0" * 32, f"{task_id}:clients", "../x", "")
            answers = [await refused(thief, method, taskId=name) for name in asked]
            assert (await send(thief, "tasks/list"))["tasks"] == []
    assert len({str(answer) for answer in answers}) == 1
    assert answers[0][0] == INVALID
    job = hand.ledger.read(task_id)
    assert job is not None
    assert job.state == "running"


async def test_cancelling_a_shared_job_takes_only_the_clients_part(
    settings: Settings, hand: Hand, tmp_path: Path
) -> None:
    hand.plays["delete_subnet"] = keep
    tokens = read_tokens(tokens_file(tmp_path, one=["read", "write"], two=["read", "write"]))
    with a_front(settings, tokens=tokens) as front, serving(front, settings) as url:
        async with (
            bearing(url, "one-token", "legacy") as one,
            bearing(url, "two-token", "legacy") as two,
        ):
            task_id = (await call_as_task(one, "delete_subnet", **DELETE))["taskId"]
            assert (await call_as_task(two, "delete_subnet", **DELETE))["taskId"] == task_id
            assert (await send(one, "tasks/cancel", taskId=task_id))["status"] == "cancelled"
            assert (await send(one, "tasks/get", taskId=task_id))["status"] == "cancelled"
            assert (await send(two, "tasks/get", taskId=task_id))["status"] == "working"


async def test_error_inside_says_nothing(
    client: Client, front: Front, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret-detail")

    monkeypatch.setattr(front.store.ledger, "interest", broken)
    for method in ("tasks/get", "tasks/result", "tasks/cancel"):
        code, message, data = await refused(client, method, taskId="0" * 32)
        assert code == -32603
        assert "secret-detail" not in f"{message}{data}"
        assert "error " in message


@asynccontextmanager
async def older(url: str, version: str) -> AsyncIterator[Client]:
    async with Client(url, mode="legacy") as client:
        answer = await send(
            client,
            "initialize",
            protocolVersion=version,
            capabilities={},
            clientInfo={"name": "old", "version": "1"},
        )
        assert answer["protocolVersion"] == version
        assert "tasks" not in answer["capabilities"]
        yield client


async def test_protocol_before_has_no_tasks(url: str) -> None:
    async with older(url, "2025-06-18") as client:
        assert client.server_capabilities is not None


async def test_stopping_front_ends_the_wait_for_a_result(settings: Settings, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    with a_front(settings) as front:
        async with Client(front.server, mode="legacy") as client:
            task_id = (await call_as_task(client, "delete_subnet", **DELETE))["taskId"]
            asyncio.get_running_loop().call_later(0.3, front.drain)
            with anyio.fail_after(5), pytest.raises(MCPError, match="stops; the task goes on"):
                await send(client, "tasks/result", taskId=task_id)
