"""The embedded store: what it promises, and that it never outlives its owner."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from infoblox_mq.embedded import Embedded, answers, redis_url, socket_path
from infoblox_mq.guard import Guard, alive
from infoblox_mq.processes import environment, members
from shared.errors import NotConfigured
from shared.stores import connect, fitness
from tests.support import leftovers
from tests.support.tools import missing
from tests.support.valkey import Valkey
from tests.support.waiting import until

OWNER = """
import sys, threading, os
from pathlib import Path
from infoblox_mq.embedded import Embedded
from infoblox_mq.guard import Guard
store = Embedded(Path(sys.argv[1]), guard=Guard(os.environ), env=os.environ)
store.start()
print(store.child.pid, flush=True)
threading.Event().wait()
"""


def option(client: Redis, name: str) -> str:
    found: Any = client.config_get(name)
    return str(found[name])


@pytest.fixture
def owner(valkey_binary: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that owns a store in tmp_path/store, and the store's id."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "store")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(os.environ, without=()),
        start_new_session=True,
    )
    with process:
        assert process.stdout
        yield process, int(process.stdout.readline())
        process.kill()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "yes"),
        ("appendfsync", "always"),
        ("maxmemory-policy", "noeviction"),
        ("maxmemory", str(512 * 1024 * 1024)),
        ("save", ""),
        ("port", "0"),
        ("databases", "16"),
        ("unixsocketperm", "700"),
    ],
)
def test_the_store_runs_with_the_option(valkey: Valkey, name: str, value: str) -> None:
    assert option(valkey.client(), name) == value


def test_the_store_is_fit_to_hold_jobs(valkey: Valkey) -> None:
    fit = fitness(valkey.client())
    assert (fit.problem, fit.warning) == (None, None)


def test_only_its_owner_can_enter_the_directory(valkey: Valkey, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "valkey").stat().st_mode) == 0o700


def test_it_answers_soon_after_its_start(valkey_binary: Path, guard: Guard, tmp_path: Path) -> None:
    took = []
    for number in range(3):
        began = time.monotonic()
        store = Valkey(tmp_path / str(number), guard=guard, env=os.environ)
        took.append(time.monotonic() - began)
        store.close()
    assert min(took) < 0.15


def test_killing_it_loses_nothing_that_was_answered(valkey: Valkey) -> None:
    for number in range(200):
        valkey.client().set(f"key:{number}", number)
    valkey.restart()
    assert valkey.client().dbsize() == 200


def test_a_second_store_on_the_same_directory_is_refused_at_once(
    owner: tuple[subprocess.Popen[str], int], tmp_path: Path, guard: Guard
) -> None:
    began = time.monotonic()
    with pytest.raises(NotConfigured, match=f"in use by process {owner[0].pid}"):
        Embedded(tmp_path / "store", guard=guard, env=os.environ)
    assert time.monotonic() - began < 1


def test_a_killed_owner_takes_its_store_along(
    owner: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, pid = owner
    assert alive(pid)
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: not alive(pid), what="the end of the store")
    assert not answers(socket_path(tmp_path / "store"))


def test_the_next_store_waits_for_the_one_whose_owner_was_killed(
    owner: tuple[subprocess.Popen[str], int], tmp_path: Path, guard: Guard
) -> None:
    process, pid = owner
    process.kill()
    process.wait()
    store = Embedded(tmp_path / "store", guard=guard, env=os.environ)
    assert not alive(pid)
    store.start()
    assert store.child.pid is not None
    store.stop()


def test_a_store_that_nobody_ends_any_more_is_ended_and_loses_nothing(
    owner: tuple[subprocess.Popen[str], int], tmp_path: Path, guard: Guard
) -> None:
    process, pid = owner
    (guarding,) = set(_children(process.pid)) - {pid}
    client = connect(redis_url(socket_path(tmp_path / "store")), patient=True)
    client.set("key", "kept")
    # The owner last: its guard would begin to end the store.
    for killed in (guarding, process.pid):
        os.kill(killed, signal.SIGKILL)
    process.wait()
    assert alive(pid)
    store = Embedded(tmp_path / "store", guard=guard, env=os.environ, leaving_seconds=0.2)
    store.start()
    assert not alive(pid)
    assert client.get("key") == "kept"
    client.connection_pool.disconnect()
    store.stop()


def _children(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True
    )
    return [int(word) for word in listed.stdout.split()]


def test_a_process_that_is_left_behind_would_be_noticed() -> None:
    mark = f"{leftovers.MARK}={os.environ[leftovers.MARK]}"
    if not Path("/proc/self").exists():
        missing("needs /proc to look into other processes")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        until(lambda: process.pid in leftovers.left(mark))
        leftovers.end({process.pid: ""})
        process.wait()
        assert process.pid not in leftovers.left(mark)


def test_it_ends_when_it_is_asked_to(valkey_binary: Path, guard: Guard, tmp_path: Path) -> None:
    store = Embedded(tmp_path / "store", guard=guard, env=os.environ)
    store.start()
    pid = store.child.pid
    assert pid is not None
    assert members(pid) == [pid]
    store.stop()
    assert not alive(pid)
    assert "ready to exit" in store.last_words()


def test_a_long_path_gets_a_short_private_socket(
    valkey_binary: Path, guard: Guard, tmp_path: Path
) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    store = Valkey(deep, guard=guard, env=os.environ)
    try:
        path = socket_path(deep)
        assert len(os.fsencode(path)) <= 100
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert store.client().ping()
    finally:
        store.close()
        path.unlink(missing_ok=True)


def test_a_store_that_cannot_start_says_why(
    valkey_binary: Path, guard: Guard, tmp_path: Path
) -> None:
    directory = tmp_path / "store"
    store = Embedded(directory, guard=guard, env=os.environ)
    (directory / "appendonlydir").write_text("not a directory")
    with pytest.raises(Exception, match=r"ended at once: .*append"):
        store.start()
    store.release()


def test_a_large_log_is_set_aside(valkey_binary: Path, guard: Guard, tmp_path: Path) -> None:
    directory = tmp_path / "store"
    store = Embedded(directory, guard=guard, env=os.environ)
    (directory / "valkey.log").write_text("old\n" * 300_000)
    store.start()
    store.stop()
    assert (directory / "valkey.log.1").read_text().startswith("old")
