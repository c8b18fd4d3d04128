"""Clients of others against the real front end: the TypeScript SDK and the Inspector."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.ledger import Job, Outcome
from tests.conformance.conftest import Served
from tests.conformance.programs import Programs
from tests.contract.hand import Hand, failed

INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
TASKS = Path(__file__).with_name("tasks_2025.mjs")


def told(programs: Programs, served: Served, tool: str, **arguments: Any) -> list[dict[str, Any]]:
    """Call a tool as a task with the TypeScript SDK; return what the client was told."""
    ran = programs.run(TASKS, str(programs.modules), served.url, tool, json.dumps(arguments))
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_typescript_client_follows_a_task_to_its_result(programs: Programs, real: Served) -> None:
    def parked_first(worker: Hand, job: Job) -> None:
        if not job.waits:
            worker.ledger.park(job, wait_seconds=1, note="attempt 1 of 12 answered 409")
        else:
            worker.ledger.finish(job, Outcome("done", result={"gone": True}))

    real.hand.plays["delete_subnet"] = parked_first
    *messages, listed = told(programs, real, "delete_subnet", subnet_id="1")
    assert [message["type"] for message in messages[:2]] == ["taskCreated", "taskStatus"]
    words = [message["task"]["statusMessage"] for message in messages if "task" in message]
    assert any("attempt 1 of 12 answered 409; next try in" in text for text in words), words
    assert messages[-1]["type"] == "result"
    assert messages[-1]["result"]["structuredContent"]["result"] == {"gone": True}
    assert listed["tasks"][0]["taskId"] == messages[0]["task"]["taskId"]
    assert listed["tasks"][0]["status"] == "completed"


def test_typescript_client_learns_of_a_bad_end(programs: Programs, real: Served) -> None:
    real.hand.plays["delete_subnet"] = failed("conflict", "It is in use.")
    messages = told(programs, real, "delete_subnet", subnet_id="2")
    assert "It is in use." in json.dumps(messages)
    assert messages[-1]["tasks"][0]["status"] == "failed"


def inspect(programs: Programs, url: str, era: str, *arguments: str) -> tuple[int, str]:
    ran = programs.run(
        INSPECTOR, "--cli", "--server-url", url, "--transport", "http",
        "--protocol-era", era, *arguments,
    )  # fmt: skip
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_inspector_finds_nothing_wrong_with_the_tools(
    programs: Programs, real: Served, era: str
) -> None:
    code, said = inspect(programs, real.url, era, "--method", "tools/list", "--strict")
    assert code == 0, said[-2000:]
    assert "configure_vpn_infrastructure" in said


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_inspector_calls_a_tool(programs: Programs, real: Served, era: str) -> None:
    code, said = inspect(
        programs, real.url, era,
        "--method", "tools/call", "--tool-name", "list_subnets", "--tool-arg", "limit=1",
    )  # fmt: skip
    assert code == 0, said
    assert '"status": "done"' in said or '\\"status\\":\\"done\\"' in said
