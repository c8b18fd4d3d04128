"""Processes of ours: each in a group of its own, so that it can be ended with all it started."""

import os
import pwd
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from infoblox_mq import HERE, ROOT
from infoblox_mq.guard import Guard, ask_to_end, kill
from shared.clock import Clock

# Longer than the longest call a worker may have to see through.
WORKER_SHUTDOWN_SECONDS = 70
_PAUSE_SECONDS = 0.02
_TAIL = 20

Output = Callable[[str, str], None]
PREFIXES = ("INFOBLOX_", "REDIS_URL", "MCP_HOST", "MCP_PORT", "METRICS_")
API_KEY = ("INFOBLOX_API_KEY", "INFOBLOX_MQ_ACCOUNTS_FILE")


class Child:
    """One process, started and ended as often as needed."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        guard: Guard,
        stage: int,
        grace_seconds: float,
        output: Output | None = None,
        keeps: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.stage = stage
        self.grace_seconds = grace_seconds
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self._command = command
        self._env = env
        self._guard = guard
        self._output = output
        self._keeps = keeps
        self._process: subprocess.Popen[bytes] | None = None
        self._pump: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Return the id of the running process, which is its group's too."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it; nothing typed at the terminal reaches it."""
        listens = subprocess.DEVNULL if self._output is None else subprocess.PIPE
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=listens,
            stderr=subprocess.STDOUT,
            env=self._env,
            pass_fds=self._keeps,
            start_new_session=True,
        )
        self._guard.watch(self._process.pid, stage=self.stage, grace_seconds=self.grace_seconds)
        if self._process.stdout:
            self._pump = threading.Thread(
                target=self._listen, args=(self._process.stdout,), daemon=True
            )
            self._pump.start()

    def ended(self) -> int | None:
        """Return the exit code once the process has ended, after ending what it left behind."""
        if self._process is None:
            return 0
        code = self._process.poll()
        if code is None:
            return None
        kill(self._process.pid)
        self._guard.forget(self._process.pid)
        if self._pump:
            self._pump.join()
        self._process = self._pump = None
        return code

    def ask_to_end(self) -> None:
        """Ask it to end in good order, unless it has ended."""
        if self._process and self._process.poll() is None:
            ask_to_end(self._process.pid)

    def kill(self) -> None:
        """End it and all it started by force, unless it has ended."""
        if self._process and self._process.poll() is None:
            kill(self._process.pid)

    def _listen(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                text = line.decode(errors="replace").rstrip()
                self.tail.append(text)
                if self._output and text:
                    self._output(self.name, text)


def stop(children: Sequence[Child], *, clock: Clock, hurry: Callable[[], bool]) -> None:
    """End children stage by stage, and by force after their grace or when there is a hurry."""
    for stage in sorted({child.stage for child in children}):
        running = [child for child in children if child.stage == stage]
        for child in running:
            child.ask_to_end()
        until = clock.steady() + max(child.grace_seconds for child in running)
        while running := [child for child in running if child.ended() is None]:
            if hurry() or clock.steady() > until:
                for child in running:
                    child.kill()
            clock.sleep(_PAUSE_SECONDS)


def ourselves(*arguments: str) -> list[str]:
    """Return the command line that runs infoblox-mq with these arguments."""
    # -P: modules that happen to lie in the current directory must not replace ours.
    return [sys.executable, "-P", "-m", "infoblox_mq", *arguments]


def shell_user() -> str:
    """Return what operators are told of whoever typed a command here."""
    try:
        return f"shell:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"shell:{os.getuid()}"


def environment(env: Mapping[str, str], *, without: Sequence[str]) -> dict[str, str]:
    """Return the environment for a child: no variable that begins so, and the way to our code."""
    kept = {name: value for name, value in env.items() if not name.startswith(tuple(without))}
    if HERE.parent == ROOT:
        # A checkout may be run without being installed.
        paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
        kept["PYTHONPATH"] = os.pathsep.join(paths)
    return kept


def members(group: int) -> list[int]:
    """Return the ids of the processes of a group, the leader first."""
    found = [pid for pid, leads in _groups().items() if leads == group]
    return sorted(found, key=lambda pid: (pid != group, pid))


def _groups() -> dict[int, int]:
    found = {}
    for pid in _pids():
        try:
            found[pid] = os.getpgid(pid)
        except (ProcessLookupError, PermissionError):
            continue
    return found


def _pids() -> list[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    listed = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]
