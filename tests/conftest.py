"""Fixtures for tests that need real processes; each ends what it started.

A fixture whose tool is missing skips its tests, and fails them where CI is set.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from infoblox_mq.embedded import binary
from infoblox_mq.guard import Guard
from shared.errors import NotConfigured
from tests.support import leftovers
from tests.support.hosts import Place
from tests.support.sandbox import Sandbox, SandboxServer
from tests.support.stack import Stack
from tests.support.tools import missing
from tests.support.valkey import Valkey
from tests.support.waiting import until

_LEAVING_SECONDS = 10.0

# How fast examples are made says how busy the machine is, and nothing of the code.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


@pytest.fixture(scope="session", autouse=True)
def no_process_left_behind() -> Iterator[None]:
    """Fail the run when a process that it started outlives it."""
    mark = leftovers.mark(os.environ)
    yield
    try:
        until(lambda: not leftovers.left(mark), seconds=_LEAVING_SECONDS, what="their end")
    except AssertionError:
        found = leftovers.left(mark)
        leftovers.end(found)
        pytest.fail(f"left behind: {found}")


@pytest.fixture(scope="session")
def valkey_binary() -> Path:
    """The program of the embedded store."""
    try:
        return binary()
    except NotConfigured as error:
        missing(f"{error.problem.message}: make install")


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """Ends the processes of the tests if the test run itself is killed."""
    guard = Guard(os.environ)
    yield guard
    guard.close()


@pytest.fixture
def valkey(valkey_binary: Path, guard: Guard, tmp_path: Path) -> Iterator[Valkey]:
    """A fresh Valkey that the test may kill, freeze and restart."""
    valkey = Valkey(tmp_path / "valkey", guard=guard, env=os.environ)
    yield valkey
    valkey.close()


@pytest.fixture
def store(valkey: Valkey) -> str:
    """REDIS_URL of a fresh Valkey."""
    return valkey.url


@pytest.fixture(scope="module")
def module_store(
    valkey_binary: Path, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """REDIS_URL of a Valkey that the tests of one file share."""
    valkey = Valkey(tmp_path_factory.mktemp("store") / "valkey", guard=guard, env=os.environ)
    yield valkey.url
    valkey.close()


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    """The sandbox behind all tests."""
    server = SandboxServer()
    yield server
    server.close()


@pytest.fixture
def sandbox(sandbox_server: SandboxServer) -> Sandbox:
    """The sandbox as it is at its start: no requests seen, no faults."""
    sandbox = Sandbox(sandbox_server.url)
    sandbox.reset()
    return sandbox


@pytest.fixture
def stack(
    valkey: Valkey, sandbox: Sandbox, guard: Guard, tmp_path: Path
) -> Iterator[Callable[..., Stack]]:
    """Start workers: `stack("niosxaas", "infoblox", lease_seconds=1)` gives a `Stack`."""
    begun: list[Stack] = []

    def begin(*queues: str, **settings: object) -> Stack:
        found = Stack(
            queues,
            valkey=valkey,
            sandbox=sandbox,
            guard=guard,
            place=tmp_path / "state",
            env=os.environ,
        )
        begun.append(found)
        found.begin(**settings)
        return found

    yield begin
    for found in begun:
        found.close()


@pytest.fixture
def place(valkey_binary: Path, tmp_path: Path) -> Iterator[Place]:
    """A data directory on which hosts start a stack in the background."""
    place = Place(tmp_path / "state", os.environ)
    yield place
    place.run("stack", "stop", "--all", "--force")
