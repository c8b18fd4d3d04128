"""Many processes that all want to call the same account: the fleet, without dramatiq."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infoblox_mq import ROOT

Json = dict[str, Any]
_MEMBER = Path(__file__).with_name("member.py")
_SECONDS = 110


class Crowd:
    """So many processes that begin together; `said` has what each printed at its end."""

    def __init__(
        self, processes: int, *, env: Mapping[str, str], work: str, **given: object
    ) -> None:
        command = [sys.executable, str(_MEMBER), work, json.dumps(given)]
        self.said: list[Json] = []
        self._members = [
            subprocess.Popen(
                command,
                env={**env, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]

    def __enter__(self) -> Crowd:
        for member in self._members:
            assert member.stdout is not None
            assert member.stdout.readline() == "ready\n"
        for member in self._members:
            assert member.stdin is not None
            member.stdin.write("go\n")
            member.stdin.flush()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                printed = [member.communicate(timeout=_SECONDS)[0] for member in self._members]
                self.said = [json.loads(text) for text in printed if text]
        finally:
            self.kill()

    def kill(self) -> None:
        """End all that still run."""
        for member in self._members:
            member.kill()
            member.communicate()


def together(processes: int, *, env: Mapping[str, str], work: str, **given: object) -> list[Json]:
    """Let so many processes work together and return what each said."""
    with Crowd(processes, env=env, work=work, **given) as crowd:
        pass
    return crowd.said


def fullest(times: list[float], seconds: float) -> int:
    """Return how many of these fall into the fullest window of so many seconds."""
    times = sorted(times)
    most = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
