"""Real worker processes, and a front end when asked for, on a real store and the sandbox."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from infoblox_mq import ports
from infoblox_mq.guard import Guard
from infoblox_mq.processes import PREFIXES, Child, environment, members, ourselves, stop
from shared.catalog import Queue
from shared.clock import SystemClock
from shared.ledger import PREFIX as LEDGER
from shared.ledger import Ledger, Terms
from shared.sealing import new_key
from shared.settings import PREFIX, Settings
from tests.support.sandbox import Sandbox
from tests.support.valkey import Valkey
from tests.support.waiting import until

# Short, so that a killed worker is noticed soon; and without a rate, so that no test is slowed.
TERMS = {
    "LEASE_SECONDS": "3",
    "SWEEP_SECONDS": "0.3",
    "VPN_BACKOFF_BASE_SECONDS": "0.5",
    "RATE_PER_SECOND": "0",
}
START_SECONDS = 30.0
SERVERS = ("front", "ops")
GRACE_SECONDS = 10.0


class Stack:
    """Workers by queue; each may be killed, stopped and started again."""

    def __init__(
        self,
        queues: tuple[str, ...],
        *,
        valkey: Valkey,
        sandbox: Sandbox,
        guard: Guard,
        place: Path,
        env: Mapping[str, str],
    ) -> None:
        self.valkey = valkey
        self.sandbox = sandbox
        self.logs: list[str] = []
        self._queues = tuple(Queue(queue) for queue in queues)
        self._guard = guard
        self._children: dict[str, Child] = {}
        self._front = ""
        self.env = environment(env, without=PREFIXES) | {
            "REDIS_URL": valkey.url,
            "INFOBLOX_API_KEY": sandbox.key,
            "INFOBLOX_BASE_URL": sandbox.url,
            "NO_PROXY": "127.0.0.1",
            f"{PREFIX}DATA_DIR": str(place),
            f"{PREFIX}SEAL_KEY": new_key(),
            **{f"{PREFIX}{name}": value for name, value in TERMS.items()},
        }

    def begin(self, **settings: object) -> None:
        """Start all workers with these settings of ours (`lease_seconds=1`) and wait for them."""
        self.env |= {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
        for queue in self._queues:
            self.start(queue)
        self.ready()

    @property
    def url(self) -> str:
        """What REDIS_URL is for all of them."""
        return self.valkey.url

    @property
    def settings(self) -> Settings:
        """The settings of all of them."""
        return Settings.from_env({name: self.env[name] for name in self.env if _ours(name)})

    def ledger(self) -> Ledger:
        """The ledger they share, to look at."""
        return Ledger(self.valkey.client(), Terms.from_settings(self.settings))

    def ready(self) -> None:
        """Wait until every worker that was started, and not ended since, is alive."""
        client = self.valkey.client()
        waited_for = [name for name in self._children if name not in SERVERS]
        self._await(lambda: all(self._lives(name, client) for name in waited_for))

    def pids(self, name: str) -> list[int]:
        """Return the processes of a queue's worker, dramatiq's master first."""
        leader = self._children[name].pid if name in self._children else None
        return members(leader) if leader else []

    def kill(self, name: str) -> None:
        """Kill a queue's worker with all its processes; nobody starts it again."""
        child = self._children.pop(name)
        child.kill()
        until(lambda: child.ended() is not None, what=f"the end of {name}")

    def freeze(self, name: str) -> None:
        """Stop the processes of a worker without ending them."""
        for pid in self.pids(name):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let them go on."""
        for pid in self.pids(name):
            os.kill(pid, signal.SIGCONT)

    def start(self, name: str) -> None:
        """Start a queue's worker, without waiting for it."""
        self.launch(name, ourselves("worker", name))

    def restart(self, name: str) -> None:
        """Kill a queue's worker if it runs, start it and wait until it is alive."""
        if name in self._children:
            self.kill(name)
        self.start(name)
        self.ready()

    def stop(self, name: str) -> None:
        """End a worker in good order, as a deployment does."""
        stop([self._children.pop(name)], clock=SystemClock(), hurry=lambda: False)

    def front(self) -> str:
        """Start the front end over HTTP, once, and return its MCP address."""
        if not self._front:
            port = ports.chosen("127.0.0.1", 0, remedy="")
            self.launch("front", ourselves("http", "--port", str(port)))
            self._front = f"http://127.0.0.1:{port}"
        self._await(lambda: ports.answers(f"{self._front}/livez"))
        return f"{self._front}/mcp"

    def ops(self) -> str:
        """Start the ops server and return its address without a path."""
        port = ports.chosen("127.0.0.1", 0, remedy="")
        self.launch("ops", ourselves("ops", "--port", str(port)))
        self._await(lambda: ports.answers(f"http://127.0.0.1:{port}/readyz"))
        return f"http://127.0.0.1:{port}"

    def close(self) -> None:
        """End everything at once and show what it logged."""
        stop(list(self._children.values()), clock=SystemClock(), hurry=lambda: True)
        sys.stdout.write("\n".join(self.logs))

    def _lives(self, name: str, client: Redis) -> bool:
        # A killed worker counts as alive for a while, so the new one is told by its process.
        listed: Any = client.zrange(f"{LEDGER}workers:{name}", 0, -1)
        pids = self.pids(name)
        return any(int(worker.split(":")[-2]) in pids for worker in listed)

    def _await(self, seen: Callable[[], bool]) -> None:
        """Wait for processes that start; one that ends at once has said why."""

        def seen_or_ended() -> bool:
            ended = [name for name, child in self._children.items() if child.ended() is not None]
            broken = [f"{name}: {' / '.join(self._children[name].tail)}" for name in ended]
            return seen() or bool(ended and pytest.fail(f"ended at its start: {broken}"))

        until(seen_or_ended, seconds=START_SECONDS, what="a start")

    def launch(self, name: str, command: list[str]) -> None:
        """Start a process under this name, with the environment of all."""
        env = dict(self.env)
        if name in SERVERS:
            env.pop("INFOBLOX_API_KEY")
        self._children[name] = Child(
            name,
            command,
            env=env,
            guard=self._guard,
            stage=0,
            grace_seconds=GRACE_SECONDS,
            output=lambda who, line: self.logs.append(f"{who} | {line}"),
        )
        self._children[name].start()


def _ours(name: str) -> bool:
    return name.startswith(PREFIXES)
