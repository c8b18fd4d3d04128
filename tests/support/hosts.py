"""A data directory, the hosts on it, and the stack that they start in the background."""

import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from infoblox_mq import __version__, attach
from infoblox_mq.guard import alive
from infoblox_mq.locks import held
from infoblox_mq.processes import PREFIXES, environment, ourselves
from tests.support.waiting import until

# As seconds on two busy cores; a quiet machine needs a fifth of it.
START_SECONDS = 60.0
Json = dict[str, Any]


class Place:
    """A data directory of its own, and what a user types and a host starts on it."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.root = root
        self.env = environment(env, without=PREFIXES) | {
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
