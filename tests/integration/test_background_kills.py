"""What a killed host and a killed supervisor leave behind, and who finds it."""

import asyncio
import os
import signal
import time

import pytest
from mcp import Client

from infoblox_mq import attach
from infoblox_mq.control import Control
from infoblox_mq.demo_story import payload
from infoblox_mq.guard import alive
from infoblox_mq.locks import held
from tests.support.hosts import START_SECONDS, Place, Raw, asked
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def test_a_killed_host_leaves_its_vpn_job_to_the_next(place: Place) -> None:
    # The job is open for longer: only the test ends it.
    place.env |= {
        "INFOBLOX_MQ_STACK_IDLE_SECONDS": "4",
        "INFOBLOX_MQ_VPN_MAX_TRIES": "1000",
        "INFOBLOX_MQ_VPN_BACKOFF_CAP_SECONDS": "1",
    }
    first = Raw(place, "--sandbox")
    with first.process:
        first.hello()
        stack = place.running()
        assert stack.sandbox
        control = Control(stack.sandbox.url)
        control.vpn(busy_tries=1000)
        wish = {"vpn_payload": payload("canary-psk-canary-psk")}
        first.send("tools/call", name="configure_vpn_infrastructure", arguments=wish)
        until(lambda: control.journal(method="POST"), seconds=START_SECONDS, what="the first try")
        os.killpg(first.process.pid, signal.SIGKILL)
    idle_since = time.monotonic()
    refused = place.run("stack", "stop")
    assert refused.returncode == 1
    assert "1 job is open" in refused.stdout
    until(lambda: time.monotonic() - idle_since > 6, what="more than the idle time")
    asyncio.run(_the_next_host_ends_the_job(place, stack, control))
    # The hosts have gone. Nobody calls, no job is open: it ends by itself, with all it started.
    until(lambda: place.gone(stack), seconds=START_SECONDS, what="the idle end")
    log = attach.log_file(place.home).read_text()
    assert "nobody needs it" in log
    assert "Traceback" not in log
    assert not attach.stack_file(place.home).exists()


async def _the_next_host_ends_the_job(place: Place, stack: attach.Stack, control: Control) -> None:
    async with place.host() as client:
        jobs = await asked(client, "job_list", limit=1)
        found = jobs["result"]["items"][0]
        assert found["tool"] == "configure_vpn_infrastructure"
        assert place.running().pid == stack.pid
        control.vpn(busy_tries=0)
        ended = await asked(client, "job_wait", job_id=found["job_id"], seconds=45)
        applied = [entry for entry in control.journal(method="POST") if entry["status"] == 200]
    assert ended["status"] == "done", ended
    assert len(applied) == 1


def test_a_killed_supervisor_leaves_nothing_and_the_next_call_heals_it(place: Place) -> None:
    async def story() -> None:
        async with place.host() as client:
            assert (await asked(client, "list_subnets", limit=1))["status"] == "done"
            stack = place.running()
            await healed(client, stack)

    async def healed(client: Client, stack: attach.Stack) -> None:
        os.kill(stack.pid, signal.SIGKILL)
        until(lambda: not held(attach.stack_lock(place.home)), what="its end")
        assert (await asked(client, "list_subnets", limit=2))["status"] == "done"
        new = place.running()
        assert new.pid != stack.pid
        assert not any(map(alive, stack.pids.values()))
        # Stopped by hand it ends at once, for nothing is open.
        stopped = await asyncio.to_thread(place.run, "stack", "stop")
        assert stopped.returncode == 0, stopped.stdout + stopped.stderr
        assert place.gone(new)

    asyncio.run(story())
