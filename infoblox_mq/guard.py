"""Ends processes whose owner is gone, also when the owner was killed without warning.

A guard is a second, tiny process. It reads a pipe whose other end only the owner holds, so the
kernel itself tells it when the owner is gone: that works on Linux and macOS alike. Linux could do
without (PR_SET_PDEATHSIG), but its signal comes when the *thread* that started a child ends, it
knows no order, and there would still have to be a second way for macOS.

The process runs this file as a script, without site-packages: it starts in 20 ms.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

_PAUSE_SECONDS = 0.05


class Guard:
    """The owner's end: groups of processes to end, lowest stage first, should the owner vanish."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=env,
            start_new_session=True,
        )

    def watch(self, group: int, *, stage: int, grace_seconds: float) -> None:
        """End this process group, after so many seconds by force, once the owner is gone."""
        self._say(f"+ {group} {stage} {grace_seconds}\n")

    def forget(self, group: int) -> None:
        """Leave this process group alone: it has ended."""
        self._say(f"- {group}\n")

    def close(self) -> None:
        """Let the guard go; it ends what it was not told to forget."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        if self._process.stdin:
            with suppress(BrokenPipeError):
                # One write of a short line is never torn apart, so threads need no lock.
                os.write(self._process.stdin.fileno(), line.encode())


def ask_to_end(leader: int) -> None:
    """Ask the leader of a group to end.

    Only the leader: a dramatiq master tells its processes itself, and to them a second SIGTERM
    means to drop what they are doing.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.kill(leader, signal.SIGTERM)


def kill(group: int) -> None:
    """End a whole process group by force; one that is gone is no fault."""
    # macOS answers EPERM for a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended but was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        # Gone meanwhile; without /proc (macOS) nobody leaves zombies for long.
        return not os.path.isdir("/proc/self")


def _serve() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, tuple[int, float]] = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "+":
            watched[int(words[1])] = (int(words[2]), float(words[3]))
        else:
            watched.pop(int(words[1]), None)
    for stage in sorted({stage for stage, _ in watched.values()}):
        _end({group: grace for group, (at, grace) in watched.items() if at == stage})


def _end(groups: Mapping[int, float]) -> None:
    for group in groups:
        ask_to_end(group)
    left = max(groups.values())
    while left > 0 and any(map(alive, groups)):
        select.select([], [], [], _PAUSE_SECONDS)
        left -= _PAUSE_SECONDS
    for group in groups:
        kill(group)


if __name__ == "__main__":
    _serve()
