"""One line in a host's configuration: the stack that hosts start, share, leave behind and heal."""

import asyncio
import json
import os
import re
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from infoblox_mq import attach, homes
from infoblox_mq.guard import alive
from infoblox_mq.processes import PREFIXES, ourselves
from shared.settings import Settings
from tests.support.hosts import START_SECONDS, Json, Place, Raw, asked
from tests.support.told import tell
from tests.support.tools import missing
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def test_a_host_is_answered_after_little_work_and_without_a_stack(place: Place) -> None:
    """Two seconds are promised on a machine with nothing else to do; so work is what counts."""
    if not Path("/proc/self/stat").exists():
        missing("needs /proc to read the processor time of another process")
    spent = []
    for _ in range(2):
        host = Raw(place)
        with host.process:
            host.hello()
            host.send("tools/list")
            assert host.line()["result"]["tools"]
            fields = Path(f"/proc/{host.process.pid}/stat").read_text().rpartition(")")[2].split()
            spent.append((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
            host.process.kill()
    tell(seconds_of_work_to_tools_list=min(spent))
    assert min(spent) < 2.5
    assert not place.root.exists()


def test_hosts_and_commands_share_a_stack_that_heals_itself(place: Place) -> None:
    host = Raw(place, "--sandbox")
    with host.process:
        host.hello()
        host.speaks_the_protocol_only()
        stack = place.running()
        _another_host_shares_it(place)
        (told,) = json.loads(place.run("stack", "status", "--json").stdout)
        assert (told["pid"], told["for"], told["open_jobs"]) == (stack.pid, "sandbox", 0)
        _killed_ones_are_replaced(place, stack)
        doctor = place.run("doctor", "--api").stdout
        assert f"runs in the background as process {stack.pid}" in doctor
        assert "problem" not in doctor.replace("problem port", ""), doctor
        called = place.run("call", "list_subnets", "limit=1")
        assert called.returncode == 0, called.stderr
        assert "list_subnets" in place.run("jobs", "list").stdout
        assert "infoblox" in place.run("status").stdout
        _up_adds_a_front_end(place, stack)
        assert alive(stack.pid)
        assert host.process.stdin
        assert host.process.stdout
        host.process.stdin.close()
        assert host.process.stdout.read() == ""


def _another_host_shares_it(place: Place) -> None:
    async def ask() -> Json:
        async with place.host(mode="legacy") as client:
            assert (await client.list_tools()).tools
            return await asked(client, "list_ip_spaces", limit=1)

    assert asyncio.run(ask())["status"] == "done"
    assert list(attach.stacks(place.root)) == [place.home]
    assert attach.log_file(place.home).read_text().count("runs as process") == 1


def _killed_ones_are_replaced(place: Place, stack: attach.Stack) -> None:
    for name in ("store", "infoblox"):
        os.kill(stack.pids[name], signal.SIGKILL)
        until(partial(place.restarted, name, stack), seconds=START_SECONDS, what=f"another {name}")
    until(
        lambda: "ok      infoblox" in place.run("doctor").stdout,
        seconds=START_SECONDS,
        what="a worker that is seen again",
    )


def _up_adds_a_front_end(place: Place, stack: attach.Stack) -> None:
    with subprocess.Popen(
        ourselves("up", "--sandbox", "--port", "0"),
        env=place.env,
        stdout=subprocess.PIPE,
        text=True,
    ) as up:
        assert up.stdout
        assert f"process {stack.pid}" in up.stdout.readline()
        answer = asyncio.run(_over_http(up.stdout.readline().split()[-1]))
        up.send_signal(signal.SIGTERM)
    assert answer["status"] == "done"


async def _over_http(url: str) -> Json:
    async with Client(url) as client:
        return await asked(client, "list_subnets", limit=1)


def test_an_account_has_a_stack_of_its_own_and_its_key_goes_to_workers_only(
    place: Place, sandbox: Any
) -> None:
    place.env |= {"INFOBLOX_API_KEY": sandbox.key, "INFOBLOX_BASE_URL": sandbox.url}
    place.env["NO_PROXY"] = "127.0.0.1"
    # `call` needs no host: an account is enough to start the stack.
    called = place.run("call", "list_ip_spaces", "limit=1")
    assert called.returncode == 0, called.stderr
    home = homes.home(Settings.from_env(_ours(place.env)))
    (found,) = attach.stacks(place.root)
    assert found == home
    assert found.name != place.home.name
    kept = [path.read_bytes() for path in place.root.rglob("*") if path.is_file()]
    assert not [text for text in kept if sandbox.key.encode() in text]
    assert sandbox.key not in "".join(map(str, place.root.rglob("*")))
    del place.env["INFOBLOX_API_KEY"]
    assert place.run("jobs", "list").returncode == 0


def _ours(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(PREFIXES)}


def test_a_stack_that_cannot_start_says_why(place: Place, tmp_path: Path) -> None:
    place.env["INFOBLOX_MQ_ACCOUNTS_FILE"] = str(tmp_path / "none.toml")

    async def story() -> Json:
        async with place.host(sandbox=False) as client:
            return await asked(client, "list_subnets", limit=1)

    found = asyncio.run(story())
    assert found["error"]["code"] == "unavailable"
    assert re.search(r"did not start: .*none\.toml", found["error"]["message"])
