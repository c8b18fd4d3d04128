"""What is counted in the store: the names of the counts, and the bounds of the histograms.

One hash holds every count that only grows, as `name|label|label`. The scripts of the ledger raise
them together with what they count, so that no killed process takes a count along. A histogram has a
field for each bound, and one for the sum in microseconds. Labels come from closed lists: queues,
methods, states, tools of the catalog, status codes.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

CALL_BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
# common.lua has the same.
JOB_BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900, 1800)
MOST_TRIES = 20
INFINITE = "+Inf"
MICROS = "micros"
_SECOND = 1_000_000

CALLS, SECONDS, RETRIES, BREAKER = "calls", "seconds", "retries", "breaker"
ACCEPTS, MISSES, ENDED, JOBS, TRIES = "accepts", "misses", "ended", "job", "tries"
TOOLS, TOOL_SECONDS = "tools", "tool_seconds"
RATE_MICROS, RATE_PARKS = "rate_micros", "rate_parks"


def observe(counts: Counter[str], name: str, seconds: float) -> None:
    """Add one duration to a histogram of API calls or tool calls."""
    at = bisect_left(CALL_BOUNDS, seconds)
    bound = f"{CALL_BOUNDS[at]:g}" if at < len(CALL_BOUNDS) else INFINITE
    counts[f"{name}|{bound}"] += 1
    counts[f"{name}|{MICROS}"] += round(seconds * _SECOND)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie up to each bound, not cumulated, and the sum of all values."""

    counts: Mapping[str, int]
    sum_seconds: float

    @property
    def count(self) -> int:
        """Return how many values there are."""
        return sum(self.counts.values())

    def cumulated(self) -> list[tuple[str, int]]:
        """Return the values up to each bound, the last bound being infinite."""
        total, found = 0, []
        for bound in sorted(self.counts, key=float):
            total += self.counts[bound]
            found.append((bound, total))
        return found

    def quantile(self, share: float) -> float:
        """Return an estimate in seconds: within its bucket a value is as likely as another."""
        before, low = 0, 0.0
        for bound, total in self.cumulated():
            high = float(bound)
            if total and total >= share * self.count:
                inside = total - before
                if high == float("inf") or not inside:
                    return low
                return low + (high - low) * (share * self.count - before) / inside
            before, low = total, high
        return low


class Counts:
    """The counts as they stood at one moment."""

    def __init__(self, fields: Mapping[str, int]) -> None:
        self._by_name: dict[str, dict[tuple[str, ...], int]] = {}
        for field, value in fields.items():
            name, *labels = field.split("|")
            self._by_name.setdefault(name, {})[tuple(labels)] = value

    def of(self, name: str) -> Mapping[tuple[str, ...], int]:
        """Return a count by its labels."""
        return self._by_name.get(name, {})

    def one(self, name: str) -> int:
        """Return a count that has no labels."""
        return self.of(name).get((), 0)

    def histograms(
        self, name: str, bounds: tuple[float, ...] = CALL_BOUNDS
    ) -> dict[tuple[str, ...], Histogram]:
        """Return histograms by their labels, each with all of these bounds."""
        empty = dict.fromkeys([*(f"{bound:g}" for bound in bounds), INFINITE], 0)
        sums: dict[tuple[str, ...], int] = {}
        found: dict[tuple[str, ...], dict[str, int]] = {}
        for (*labels, bound), value in self.of(name).items():
            if bound == MICROS:
                sums[tuple(labels)] = value
            elif bound in empty:
                found.setdefault(tuple(labels), dict(empty))[bound] = value
        return {
            labels: Histogram(counts, sums.get(labels, 0) / _SECOND)
            for labels, counts in found.items()
        }
