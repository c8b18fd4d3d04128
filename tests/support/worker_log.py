"""What the log lines of the workers, and nothing else, say about each job."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Sent:
    """One request of a write, and how it was answered; `lost` means its worker was."""

    number: int
    status: int | None = None
    lost: bool = False
    over: bool = False


@dataclass(slots=True)
class Story:
    """One job, from its first line to its last."""

    workers: list[str] = field(default_factory=list)
    takeovers: list[tuple[str, str]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    waits: list[tuple[float, str]] = field(default_factory=list)
    end: str | None = None
    why: str = ""

    def told(self, line: Json) -> None:
        """Go on by one line."""
        steps: dict[str, Callable[[Json], None]] = {
            "job_started": self._started,
            "write_sent": self._sent,
            "write_answered": self._answered,
            "job_waits": self._waits,
            "job_ended": self._ended,
        }
        if step := steps.get(line["event"]):
            step(line)

    def _started(self, line: Json) -> None:
        self.workers.append(line["worker"])
        if "lost_by" in line:
            self.takeovers.append((line["lost_by"], line["worker"]))
            self._close(lost=True)

    def _sent(self, line: Json) -> None:
        self.sent.append(Sent(line["attempt"]))

    def _answered(self, line: Json) -> None:
        self.sent[-1].status = line.get("status")

    def _waits(self, line: Json) -> None:
        self._close()
        if "seconds" in line:
            self.waits.append((line["seconds"], line["why"]))

    def _ended(self, line: Json) -> None:
        if line.get("verdict", "ok") == "ok":
            self._close()
            self.end, self.why = line["state"], line.get("why", "")

    def _close(self, *, lost: bool = False) -> None:
        if self.sent and not self.sent[-1].over:
            self.sent[-1].over, self.sent[-1].lost = True, lost


def stories(lines: Iterable[str]) -> dict[str, Story]:
    """Return the story of each job named in these lines of JSON, however they are mixed."""
    entries = [entry for line in lines if (entry := _parsed(line)) and "job_id" in entry]
    found: defaultdict[str, Story] = defaultdict(Story)
    for entry in sorted(entries, key=lambda entry: entry["timestamp"]):
        found[entry["job_id"]].told(entry)
    return dict(found)


def _parsed(line: str) -> Json | None:
    # A killed process may leave half a line.
    try:
        entry = json.loads(line[line.index("{") :])
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
