"""What a run found: a table for people, JSON for comparisons."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.crowd import Block
from infoblox_mq import __version__
from infoblox_mq.screen import console, table

Json = dict[str, Any]


@dataclass(slots=True)
class Report:
    """Collects figures; a block's are medians over its turns."""

    machine: Json
    rows: list[Json] = field(default_factory=list)
    findings: list[Json] = field(default_factory=list)
    seconds: Json = field(default_factory=dict)

    def add(
        self, what: str, callers: int, blocks: Sequence[Block], *, cpu_ms: Json | None = None
    ) -> None:
        """Add a line of the table; `cpu_ms` is processor time per call, by process."""
        statuses: dict[str, int] = {}
        for one in blocks:
            for status, count in one.statuses.items():
                statuses[status] = statuses.get(status, 0) + count
        self.rows.append(
            {
                "what": what,
                "callers": callers,
                "calls": sum(len(one.times) for one in blocks),
                "per_second": round(median(one.per_second for one in blocks), 1),
                "p50_ms": round(median(one.p50 for one in blocks), 2),
                "p95_ms": round(median(one.p95 for one in blocks), 2),
                "answers": statuses,
                "cpu_ms": cpu_ms or {},
            }
        )

    def says(
        self,
        what: str,
        value: float,
        *,
        unit: str,
        at_most: float | None = None,
        at_least: float | None = None,
        spread: Sequence[float] = (),
    ) -> None:
        """Add a figure, perhaps with its bar and what it is the median of."""
        good = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
        barred = at_most is not None or at_least is not None
        self.findings.append(
            {
                "what": what,
                "value": round(value, 3),
                "unit": unit,
                "at_most": at_most,
                "at_least": at_least,
                "good": good if barred else None,
                "spread": [round(one, 3) for one in spread],
            }
        )

    def check(self, what: str, seen: bool) -> None:
        """End the run where a measurement did not measure what it says."""
        if not seen:
            raise SystemExit(f"not measured: {what} is not so")

    def took(self, part: str, seconds: float) -> None:
        """Note how long a part took."""
        self.seconds[part] = round(seconds, 1)
        print(f"{part}: {seconds:.0f} s", flush=True)

    def p50(self, what: str, callers: int) -> float:
        """Return a figure that was added before."""
        return next(
            float(row["p50_ms"])
            for row in self.rows
            if (row["what"], row["callers"]) == (what, callers)
        )

    def print(self) -> None:
        """Print the table, then every figure with its bar."""
        rows = table(
            "load", "callers", "calls", "calls/s", "p50 ms", "p95 ms", "answers", "cpu ms a call"
        )
        for row in self.rows:
            answers = ", ".join(f"{count} {name}" for name, count in row["answers"].items())
            figures = (row["callers"], row["calls"], row["per_second"], row["p50_ms"])
            cpu = " ".join(f"{name} {ms:g}" for name, ms in row["cpu_ms"].items() if ms)
            rows.add_row(row["what"], *map(str, (*figures, row["p95_ms"], answers, cpu)))
        console().print(rows)
        rows = table("figure", "value", "bar", "", "turns")
        for found in self.findings:
            spread = " ".join(f"{one:.2f}" for one in sorted(found["spread"]))
            verdict = {None: "", True: "met", False: "MISSED"}[found["good"]]
            value = f"{found['value']:.2f} {found['unit']}"
            rows.add_row(found["what"], value, _bar(found), verdict, spread)
        console().print(rows)

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = {
            "version": __version__,
            "machine": self.machine,
            "seconds": self.seconds,
            "rows": self.rows,
            "findings": self.findings,
        }
        path.write_text(json.dumps(facts, indent=2) + "\n")
        print(f"written to {path}")


def _bar(found: Json) -> str:
    if found["at_most"] is not None:
        return f"<= {found['at_most']:g}"
    return f">= {found['at_least']:g}" if found["at_least"] is not None else ""
