"""One line in a host's configuration: the stack that hosts start, share, leave behind and heal."""

import asyncio
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from infoblox_mq import __version__, attach, homes
from infoblox_mq.control import Control
from infoblox_mq.demo_story import payload
from infoblox_mq.guard import alive
from infoblox_mq.locks import held
from infoblox_mq.processes import PREFIXES, environment, ourselves
from shared.settings import Settings
from tests.support.told import tell
from tests.support.tools import missing
from tests.support.waiting import until

# As seconds on two busy cores; a quiet machine needs a fifth of it.
START_SECONDS = 60.0
Json = dict[str, Any]
pytestmark = pytest.mark.slow


class Place:
    """A data directory of its own, and what a user types and a host starts on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = environment(os.environ, without=PREFIXES) | {
            "INFOBLOX_MQ_DATA_DIR": str(root),
            "INFOBLOX_MQ_SWEEP_SECONDS": "0.3",
            "INFOBLOX_MQ_LEASE_SECONDS": "3",
            "INFOBLOX_MQ_VPN_BACKOFF_BASE_SECONDS": "0.5",
            "INFOBLOX_MQ_WAIT_SECONDS": str(START_SECONDS),
        }

    @property
    def home(self) -> Path:
        """Where the stack with the sandbox lives."""
        return self.root / f"{__version__}-sandbox"

    def running(self) -> attach.Stack:
        """What it says of itself, once it is ready."""
        found = until(
            lambda: (stack := attach.running(self.home)) and stack.ready and stack,
            seconds=START_SECONDS,
            what="the stack",
        )
        assert isinstance(found, attach.Stack)
        return found

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ourselves(*arguments),
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def gone(self, stack: attach.Stack) -> bool:
        lock = attach.stack_lock(self.home)
        return not held(lock) and not any(map(alive, [stack.pid, *stack.pids.values()]))

    def restarted(self, name: str, stack: attach.Stack) -> bool:
        return self.running().pids.get(name) not in (None, stack.pids[name])

    @asynccontextmanager
    async def host(self, *, mode: str = "auto", sandbox: bool = True) -> AsyncIterator[Client]:
        """A host with our one line in its configuration."""
        command, *rest = ourselves("stdio", *(["--sandbox"] if sandbox else []))
        server = StdioServerParameters(command=command, args=rest, env=self.env)
        async with Client(server, mode=mode) as client:
            yield client


@pytest.fixture
def place(valkey_binary: Path, tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "state")
    yield place
    place.run("stack", "stop", "--all", "--force")


async def asked(client: Client, tool: str, **arguments: Any) -> Json:
    answer = await client.call_tool(tool, arguments)
    return dict(answer.structured_content or {})


class Raw:
    """A host of few words, which a test can kill."""

    def __init__(self, place: Place, *options: str) -> None:
        self.process = subprocess.Popen(
            ourselves("stdio", *options),
            env=place.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._id = 0

    def send(self, method: str, **params: Any) -> None:
        assert self.process.stdin
        message: Json = {"jsonrpc": "2.0", "method": method, "params": params}
        if not method.startswith("notifications/"):
            self._id += 1
            message["id"] = self._id
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def line(self) -> Json:
        assert self.process.stdout
        found: Json = json.loads(self.process.stdout.readline())
        return found

    def hello(self) -> None:
        client = {"name": "raw", "version": "1"}
        self.send("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        assert self.line()["result"]
        self.send("notifications/initialized")

    def speaks_the_protocol_only(self) -> None:
        self.send("tools/call", name="list_subnets", arguments={"limit": 1})
        self.send("tools/list")
        self.send("tools/call", name="list_subnets", arguments={"limit": "many"})
        ids: list[Any] = []
        while len([found for found in ids if found]) < 3:
            line = self.line()
            assert line["jsonrpc"] == "2.0"
            ids.append(line.get("id"))
        # Listing did not wait for the stack, and the call did.
        assert ids[0] == 3
        assert ids[-1] == 2


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
