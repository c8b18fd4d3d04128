"""Which processes a test run has left behind, found by a mark in their environment."""

import os
import signal
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

from infoblox_mq.guard import alive

MARK = "IMQ_TEST_RUN"


def mark(env: MutableMapping[str, str]) -> str:
    """Mark every process that is started with this environment from now on."""
    env[MARK] = str(os.getpid())
    return f"{MARK}={env[MARK]}"


def left(mark: str) -> dict[int, str]:
    """Return the marked processes that still run, with their command lines; Linux only."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            if mark.encode() in environment and alive(int(entry.name)):
                found[int(entry.name)] = command
    found.pop(os.getpid(), None)
    return found


def end(pids: dict[int, str]) -> None:
    """End these processes."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
