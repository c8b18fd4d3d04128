"""The tasks extension of the 2026-07-28 protocol: the server decides what becomes a task."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastmcp_tasks.client import TasksClientExtension
from mcp import Client

from mcp_front.auth import read_tokens
from mcp_front.server import Front
from shared.errors import Problem
from shared.ledger import FinalState, Job, Outcome
from shared.settings import Settings
from tests.contract.asking import refused, send
from tests.contract.conftest import a_front, serving
from tests.contract.hand import Hand, done, keep
from tests.contract.test_answers import ask
from tests.contract.test_http import tokens_file
from tests.contract.test_tokens import bearing

pytestmark = pytest.mark.anyio
EXTENSION = "io.modelcontextprotocol/tasks"
DELETE = {"subnet_id": "1"}
INVALID = -32602


@pytest.fixture
def quick(settings: Settings, valkey: Any) -> Iterator[Front]:
    """A front end that makes a task of what is not over at once."""
    with a_front(settings, task_after_seconds=0.2, word_seconds=0.2) as made:
        yield made


@pytest.fixture
def url(quick: Front, settings: Settings) -> Iterator[str]:
    with serving(quick, settings) as address:
        yield address


@pytest.fixture(params=["memory", "http"])
async def client(request: pytest.FixtureRequest, quick: Front, url: str) -> AsyncIterator[Client]:
    """A client that knows tasks."""
    target: Any = quick.server if request.param == "memory" else url
    async with Client(target, extensions=[TasksClientExtension()]) as found:
        yield found


async def begun(client: Client, tool: str = "delete_subnet", **arguments: Any) -> dict[str, Any]:
    """Call a tool and return the task it becomes."""
    task: dict[str, Any] = await send(
        client, "tools/call", header=tool, name=tool, arguments=arguments or DELETE
    )
    assert task["resultType"] == "task", task
    return task


async def get(client: Client, task_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await send(client, "tasks/get", header=task_id, taskId=task_id)
    assert found["resultType"] == "complete"
    return found


async def over(client: Client, task_id: str) -> dict[str, Any]:
    with anyio.fail_after(10):
        while (found := await get(client, task_id))["status"] == "working":
            await anyio.sleep(0.02)
    return found


async def test_discovery_names_the_extension_and_no_capability(client: Client) -> None:
    capabilities = client.server_capabilities
    assert capabilities is not None
    assert EXTENSION in (capabilities.extensions or {})
    assert capabilities.tasks is None


async def test_quick_call_is_no_task(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = done(gone=True)
    answer = await send(
        client, "tools/call", header="delete_subnet", name="delete_subnet", arguments=DELETE
    )
    assert answer["resultType"] == "complete"
    assert answer["structuredContent"]["status"] == "done"
    assert "taskId" not in answer


async def test_long_call_is_a_task_that_carries_its_result(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    task = await begun(client)
    assert task["status"] == "working"
    assert task["ttlMs"] == 86_400_000
    assert 0 < task["pollIntervalMs"] <= 5000
    assert not {"result", "error", "inputRequests", "requestState", "ttl", "task"} & set(task)
    assert (await get(client, task["taskId"]))["statusMessage"] == "attempt 1 is running"
    hand.ledger.finish(hand.seen[0], Outcome("done", result={"gone": True}))
    found = await get(client, task["taskId"])
    assert found["status"] == "completed"
    assert found["result"]["structuredContent"]["result"] == {"gone": True}
    assert "_meta" not in found["result"]


async def test_status_message_says_how_it_goes(client: Client, hand: Hand) -> None:
    def park(worker: Hand, job: Job) -> None:
        assert worker.ledger.mark_sending(job, send_seconds=1) == "ok"
        worker.ledger.park(job, wait_seconds=20, note="attempt 3 of 12 answered 409")

    hand.plays["delete_subnet"] = park
    task = await begun(client)
    with anyio.fail_after(10):
        while "attempt 3" not in task["statusMessage"]:
            task = await get(client, task["taskId"])
    assert task["statusMessage"].startswith("attempt 3 of 12 answered 409; next try in ")


async def test_client_of_others_waits_for_the_result(client: Client, hand: Hand) -> None:
    """fastmcp's client polls the task and returns what the call returns."""

    def slowly(worker: Hand, job: Job) -> None:
        worker.later(0.5, job, Outcome("done", result={"gone": True}))

    hand.plays["delete_subnet"] = slowly
    found = await ask(client, "delete_subnet", **DELETE)
    assert found["status"] == "done"
    assert found["result"] == {"gone": True}


async def test_repeated_call_is_the_same_task(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    assert (await begun(client))["taskId"] == (await begun(client))["taskId"]


@pytest.mark.parametrize("state", ["failed", "dead", "unknown"])
async def test_bad_end_is_a_completed_task_with_an_error(
    client: Client, hand: Hand, state: FinalState
) -> None:
    hand.plays["delete_subnet"] = keep
    task = await begun(client)
    problem = Problem("conflict", "It exists.", "Read it.")
    hand.ledger.finish(hand.seen[0], Outcome(state, problem=problem))
    found = await get(client, task["taskId"])
    assert found["status"] == "completed"
    assert found["result"]["isError"] is True
    assert found["result"]["structuredContent"]["error"]["message"] == "It exists."
    assert "error" not in found


async def test_cancel_is_a_request(client: Client, hand: Hand) -> None:
    def sent(worker: Hand, job: Job) -> None:
        assert worker.ledger.mark_sending(job, send_seconds=30) == "ok"

    hand.plays["delete_subnet"] = sent
    task_id = (await begun(client))["taskId"]
    answer = await send(client, "tasks/cancel", header=task_id, taskId=task_id)
    assert set(answer) <= {"resultType", "_meta"}
    assert answer["resultType"] == "complete"
    found = await get(client, task_id)
    assert found["status"] == "working"
    assert found["statusMessage"].startswith("cancel requested")
    hand.ledger.finish(hand.seen[0], Outcome("done", result={"gone": True}))
    assert (await get(client, task_id))["status"] == "completed"
    again = await send(client, "tasks/cancel", header=task_id, taskId=task_id)
    assert again["resultType"] == "complete"


async def test_cancel_before_the_send_ends_the_task(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    task_id = (await begun(client))["taskId"]
    await send(client, "tasks/cancel", header=task_id, taskId=task_id)
    found = await get(client, task_id)
    assert found["status"] == "cancelled"
    assert "result" not in found


async def test_update_of_a_task_that_asked_nothing_is_taken(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    task_id = (await begun(client))["taskId"]
    answer = await send(
        client, "tasks/update", header=task_id, taskId=task_id, inputResponses={"made-up": {}}
    )
    assert answer["resultType"] == "complete"
    assert (await get(client, task_id))["status"] == "working"


async def test_methods_of_the_other_era_do_not_exist(client: Client) -> None:
    for method, params in (("tasks/list", {}), ("tasks/result", {"taskId": "0" * 32})):
        code, _, _ = await refused(client, method, **params)
        assert code == -32601


async def test_wish_of_the_other_era_is_ignored(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = done()
    answer = await send(
        client,
        "tools/call",
        header="delete_subnet",
        name="delete_subnet",
        arguments=DELETE,
        task={"ttl": 1000},
    )
    assert answer["resultType"] == "complete"


async def test_job_tools_stay_answers(client: Client, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    task_id = (await begun(client))["taskId"]
    for tool, more in (("job_status", {}), ("job_wait", {"seconds": 0.1})):
        asked = {"job_id": task_id, **more}
        answer = await send(client, "tools/call", header=tool, name=tool, arguments=asked)
        assert answer["resultType"] == "complete"
        assert answer["structuredContent"]["status"] == "running"


async def test_client_that_does_not_know_tasks_gets_none(
    quick: Front, url: str, hand: Hand
) -> None:
    hand.plays["delete_subnet"] = lambda worker, job: worker.later(
        0.5, job, Outcome("done", result={"gone": True})
    )
    for target in (quick.server, url):
        async with Client(target) as client:
            assert (await ask(client, "delete_subnet", **DELETE))["status"] == "done"
            for method in ("tasks/get", "tasks/update", "tasks/cancel"):
                code, _, data = await refused(client, method, header="x", taskId="x")
                assert code == -32021
                assert data == {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}


async def test_header_that_names_another_task_is_refused(
    quick: Front, url: str, hand: Hand
) -> None:
    hand.plays["delete_subnet"] = keep
    async with Client(url, extensions=[TasksClientExtension()]) as client:
        task_id = (await begun(client))["taskId"]
        for method in ("tasks/get", "tasks/update", "tasks/cancel"):
            code, _, _ = await refused(client, method, header="f" * 32, taskId=task_id)
            assert code == -32020
        encoded = f"=?base64?{base64.b64encode(task_id.encode()).decode()}?="
        found = await send(client, "tasks/get", header=encoded, taskId=task_id)
        assert found["status"] == "working"


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_foreign_task_is_answered_like_an_unknown_one(
    settings: Settings, hand: Hand, tmp_path: Path, method: str
) -> None:
    hand.plays["delete_subnet"] = keep
    tokens = read_tokens(tokens_file(tmp_path, owner=["read", "write"], thief=["read", "write"]))
    with (
        a_front(settings, tokens=tokens, task_after_seconds=0.2) as front,
        serving(front, settings) as url,
    ):
        async with bearing(url, "owner-token", "auto", [TasksClientExtension()]) as owner:
            task_id = (await begun(owner))["taskId"]
        async with bearing(url, "thief-token", "auto", [TasksClientExtension()]) as thief:
            asked = (task_id, "0" * 32, f"{task_id}:clients", "../x")
            answers = [await refused(thief, method, header=name, taskId=name) for name in asked]
    assert len({str(answer) for answer in answers}) == 1
    assert answers[0][0] == INVALID
    job = hand.ledger.read(task_id)
    assert job is not None
    assert not job.cancel_requested
    assert job.state == "running"
