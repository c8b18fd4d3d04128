"""Acting on real jobs: real workers, a real front end, the ops server over HTTP, the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
import requests
from mcp import Client

from infoblox_mq import ports
from infoblox_mq.commands import queues, status
from infoblox_mq.parser import read
from infoblox_mq.processes import ourselves
from shared.audit import Audit
from shared.catalog import Queue
from shared.ledger import Job
from tests.ops.acting import TOKEN, token_file
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.jobs import ended
from tests.support.sandbox import Sandbox
from tests.support.stack import START_SECONDS, Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
PSK = "canary-canary-canary"
CONFIGURE = "configure_vpn_infrastructure"

pytestmark = pytest.mark.slow


class Ops:
    """The ops server of a stack, as a script uses it."""

    def __init__(self, here: Stack) -> None:
        port = ports.chosen("127.0.0.1", 0, remedy="")
        here.launch("ops", ourselves("ops", "--port", str(port)))
        self.url = f"http://127.0.0.1:{port}"
        until(
            lambda: ports.answers(f"{self.url}/livez"), seconds=START_SECONDS, what="the ops server"
        )

    def act(self, name: str, **fields: str) -> Json:
        answer = requests.post(
            f"{self.url}/dashboard/actions/{name}",
            data=fields,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=20,
        )
        found: Json = answer.json()
        return found


def handed_in(here: Stack, name: str, **settings: object) -> str:
    """Return the id of a VPN job, at once."""
    wish = {"vpn_payload": vpn_payload(name, psk=PSK)}
    quick = front_settings(here.env, wait_seconds=0.05, **settings)
    (answer,) = ask(quick, (CONFIGURE, wish))
    return str(answer["job_id"])


def in_state(here: Stack, job_id: str, state: str) -> Job:
    ledger = here.ledger()

    def seen() -> Job | None:
        job = ledger.read(job_id)
        return job if job and job.state == state else None

    found = until(seen, seconds=20, what=state)
    assert found is not None
    return found


def test_vpn_jobs_are_cancelled_and_tried_at_once(
    stack: Begin, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.vpn(busy_tries=1)
    here = stack("niosxaas", vpn_backoff_base_seconds=60, ops_token_file=token_file(tmp_path))
    ops = Ops(here)

    cancelled = handed_in(here, "to-cancel")
    in_state(here, cancelled, "waiting")
    assert ops.act("cancel", job=cancelled, state="waiting")["done"] == 1
    assert ended(here, cancelled).cancelled_by == "operator"

    # It would wait for a minute.
    hurried = handed_in(here, "to-hurry")
    job = in_state(here, hurried, "waiting")
    assert ops.act("try_now", job=hurried, state=f"waiting:{job.fence}")["done"] == 1
    assert ended(here, hurried).state == "done"
    assert ops.act("try_now", job=hurried, state="waiting")["results"][0]["verdict"] == "final"
    assert deeds(here) == ["cancel", "try_now", "try_now"]
    written = "\n".join(here.logs) + str(here.valkey.client().xrange("imq:audit"))
    assert hurried in written
    assert PSK not in written
    assert TOKEN not in written


def test_a_replay_looks_first_at_what_may_be_there(
    stack: Begin, sandbox: Sandbox, tmp_path: Path
) -> None:
    here = stack("niosxaas", ops_token_file=token_file(tmp_path))
    ops = Ops(here)
    # It expires before a worker may see it.
    ops.act("pause", queue="niosxaas")
    expired = handed_in(here, "to-replay", write_deadline_seconds=0.01)
    ops.act("resume", queue="niosxaas")
    assert ended(here, expired).state == "failed"
    assert sandbox.journal() == []
    (told,) = ops.act("replay", job=expired, state="failed")["results"]
    assert ended(here, told["new"]).state == "done"
    seen = [(entry["method"], entry["status"]) for entry in sandbox.journal()]
    assert seen == [("GET", 200), ("POST", 200)]
    assert deeds(here) == ["pause", "resume", "replay"]


def test_a_paused_queue_lets_jobs_wait_and_tells_their_callers(
    stack: Begin, sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Only a hint wakes a worker here: sweeps come too rarely.
    own = token_file(tmp_path)
    here = stack("infoblox", wait_seconds=2.5, sweep_seconds=30, ops_token_file=own)
    front = here.front()
    assert Ops(here).act("drain", queue="infoblox")["done"] == 1
    found, told = anyio.run(asked, front)
    assert found["status"] == "running"
    assert found["meta"]["paused"] is True
    assert "the queue infoblox is paused" in found["meta"]["note"]
    assert any("the queue infoblox is paused" in text for text in told), told
    assert nobody_spins(here)
    assert sandbox.journal() == []

    def said(*command: str) -> str:
        name = f"{command[0]}:{command[1]}" if command[0] == "queue" else command[0]
        assert COMMANDS[name](read(command), here.env) == 0
        return capsys.readouterr().out

    shown = json.loads(said("status", "--json"))["queues"]["infoblox"]["paused"]
    assert (shown["by"], shown["draining"]) == ("operator", True)
    assert said("queue", "pause", "infoblox") == "infoblox: was paused already\n"
    assert said("queue", "drain", "infoblox").splitlines()[-1] == "nothing runs"
    assert "infoblox: resumed" in said("queue", "resume", "all")
    in_state(here, str(found["job_id"]), "done")
    assert deeds(here) == ["drain", "pause", "drain", *4 * ["resume"]]


COMMANDS = {
    "status": status.status,
    "queue:pause": queues.pause,
    "queue:drain": queues.drain,
    "queue:resume": queues.resume,
}


async def asked(url: str) -> tuple[Json, list[str]]:
    """Call a tool by a real client; return the envelope and what it was told meanwhile."""
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with Client(url) as client:
        name = {"name": "while-paused"}
        answer = await client.call_tool("create_ip_space", name, progress_callback=hear)
        return answer.structured_content or {}, told


def nobody_spins(here: Stack) -> bool:
    """Tell whether a paused queue with a due job costs the store next to nothing."""
    client = here.valkey.client()
    assert here.ledger().counts()[Queue.INFOBLOX]["accepted"] == 1

    def scripts() -> int:
        found: Any = client.info("commandstats")
        return int(found["cmdstat_evalsha"]["calls"])

    before, begun = scripts(), client.time()[0]
    until(lambda: client.time()[0] >= begun + 3)
    # Dramatiq's own looks, and leases; a worker that tried again at once would ask thousands.
    return scripts() - before < 60


def deeds(here: Stack) -> list[str]:
    """Return what the audit says was done, in order."""
    return [entry.deed.what for entry in Audit(here.valkey.client()).newest()][::-1]
