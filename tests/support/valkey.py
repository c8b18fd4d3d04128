"""A real Valkey for a test."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from redis import Redis

from infoblox_mq.embedded import Embedded
from infoblox_mq.guard import Guard
from shared.stores import connect
from tests.support.waiting import until


class Valkey:
    """A Valkey that a test may kill, freeze and start again; its data stays."""

    def __init__(self, directory: Path, *, guard: Guard, env: Mapping[str, str]) -> None:
        self._embedded = Embedded(directory, guard=guard, env=env)
        self._clients: list[Redis] = []
        self._embedded.start()

    @property
    def url(self) -> str:
        """What REDIS_URL has to be."""
        return self._embedded.url

    @property
    def pid(self) -> int:
        """The process id; fails when it does not run."""
        pid = self._embedded.child.pid
        assert pid is not None
        return pid

    def client(self) -> Redis:
        """A patient client of its own, closed at the end of the test."""
        self._clients.append(connect(self.url, patient=True))
        return self._clients[-1]

    def kill(self) -> None:
        """Kill it without warning, as a power cut would."""
        self._embedded.child.kill()
        until(lambda: self._embedded.child.ended() is not None, what="the end of the store")

    def freeze(self) -> None:
        """Let it hang: connections stay open, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def start(self) -> None:
        """Start it again on its data."""
        self._embedded.start()

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End it for good."""
        for client in self._clients:
            client.connection_pool.disconnect()
        # Frozen by the test, perhaps; and nobody needs its data any more.
        self._embedded.child.kill()
        self._embedded.stop()
