"""Several front ends behind one address: any of them answers any request."""

import asyncio
import itertools
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest
from mcp import Client

from shared.ledger import Job, Outcome
from tests.contract.asking import call_as_task, refused, send
from tests.contract.conftest import ERAS, ROOT, a_front, serving, settings_for
from tests.contract.hand import Hand, keep
from tests.contract.test_answers import ask
from tests.contract.test_http import HELLO
from tests.contract.test_tasks_2025 import running
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio
DELETE = {"subnet_id": "1"}


@pytest.fixture
def urls(valkey: Valkey) -> Iterator[tuple[str, str]]:
    """Two front ends without sessions, over one store."""
    quick = settings_for(valkey.url, wait_seconds=0.3)
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(serving(stack.enter_context(a_front(quick)), quick, stateless=True))
            for _ in range(2)
        )
        yield first, second


@pytest.fixture
def post(urls: tuple[str, str]) -> Callable[..., Any]:
    """Send requests of the older protocol to the two in turn, as a balancer does."""
    turns = itertools.cycle(urls)
    numbers = itertools.count(1)

    def posted(method: str, **params: Any) -> Any:
        parts = urlsplit(next(turns))
        body = {"jsonrpc": "2.0", "id": next(numbers), "method": method, "params": params}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-11-25",
        }
        with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=20)) as connection:
            connection.request("POST", parts.path, json.dumps(body), headers)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.getheader("mcp-session-id") is None
            lines = answer.read().decode().splitlines()
        events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        return events[-1]

    return posted


async def test_older_host_is_answered_by_all_in_turn(post: Callable[..., Any], hand: Hand) -> None:
    def play() -> list[Any]:
        hello = post(
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={},
            clientInfo={"name": "host", "version": "1"},
        )
        return [
            hello["result"],
            post("tools/list")["result"],
            post("tools/call", name="list_subnets", arguments={})["result"],
            post("tools/call", name="delete_subnet", arguments=DELETE, task={})["result"],
        ]

    hello, tools, called, created = await asyncio.to_thread(play)
    assert hello["capabilities"]["resources"]["subscribe"] is False
    assert "tasks" in hello["capabilities"]
    assert len(tools["tools"]) > 10
    assert called["structuredContent"]["status"] == "done"
    task_id = created["task"]["taskId"]
    result = await asyncio.to_thread(post, "tasks/result", taskId=task_id)
    assert result["result"]["structuredContent"]["job_id"] == task_id
    for _ in range(2):
        task = await asyncio.to_thread(post, "tasks/get", taskId=task_id)
        assert task["result"]["status"] == "completed"


@pytest.mark.parametrize("era", ERAS)
async def test_job_is_seen_from_every_front_end(
    urls: tuple[str, str], hand: Hand, era: str
) -> None:
    hand.plays["delete_subnet"] = keep
    first, second = urls
    async with Client(first, mode=era) as one, Client(second, mode=era) as two:
        begun = await ask(one, "delete_subnet", **DELETE)
        assert begun["status"] == "running"
        again = await ask(two, "delete_subnet", **DELETE)
        assert again["job_id"] == begun["job_id"]
        job = await running(hand)
        asyncio.get_running_loop().call_later(
            0.3, hand.ledger.finish, job, Outcome("done", result={"gone": True})
        )
        found = await ask(two, "job_wait", job_id=job.id, seconds=10)
        assert found["result"] == {"gone": True}


async def test_task_is_cancelled_from_another_front_end(urls: tuple[str, str], hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    first, second = urls
    async with Client(first, mode="legacy") as one, Client(second, mode="legacy") as two:
        task_id = (await call_as_task(one, "delete_subnet", **DELETE))["taskId"]
        assert (await send(two, "tasks/cancel", taskId=task_id))["status"] == "cancelled"
        assert (await send(one, "tasks/get", taskId=task_id))["status"] == "cancelled"


async def test_older_host_has_progress_but_no_subscriptions(
    urls: tuple[str, str], valkey: Valkey, hand: Hand
) -> None:
    def park(worker: Hand, job: Job) -> None:
        if not job.waits:
            worker.ledger.park(job, wait_seconds=0.3, note="attempt 1 of 12 answered 409")
        else:
            worker.ledger.finish(job, Outcome("done", result={}))

    hand.plays["delete_subnet"] = park
    words: list[str] = []

    async def told(progress: float, total: float | None, message: str | None) -> None:
        assert progress > 0
        assert total is None
        words.append(message or "")

    patient = settings_for(valkey.url, wait_seconds=10)
    with a_front(patient) as front, serving(front, patient, stateless=True) as url:
        async with Client(url, mode="legacy") as client:
            await client.call_tool("delete_subnet", DELETE, progress_callback=told)
            code, _, _ = await refused(client, "resources/subscribe", uri="job://" + "0" * 32)
    assert code == -32601
    assert any("attempt 1 of 12 answered 409" in text for text in words)


def test_command_keeps_no_sessions_and_stops_in_order(valkey: Valkey) -> None:
    command = [sys.executable, "-m", "infoblox_mq", "http", "--stateless", "--port", "0"]
    environment = {"REDIS_URL": valkey.url, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "it ended"
            found = re.search(r"http://\S+/mcp", line)
        parts = urlsplit(found[0])
        with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=10)) as connection:
            headers = {
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream",
            }
            connection.request("POST", parts.path, json.dumps(HELLO), headers)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.getheader("mcp-session-id") is None
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(10) == 0


async def test_newer_host_loses_nothing(urls: tuple[str, str], hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    first, second = urls
    async with Client(first) as one, Client(second) as two:
        job_id = (await ask(one, "delete_subnet", **DELETE))["job_id"]
        job = await running(hand)
        async with two.listen(resource_subscriptions=[f"job://{job_id}"]) as stream:
            hand.ledger.finish(job, Outcome("done", result={}))
            with anyio.fail_after(10):
                await anext(aiter(stream))
