"""The last hour, one sample for ten seconds: what the sparklines and the rates are made of.

The store keeps totals only, so a rate is the difference of two samples. The hour lives in this
process: after a restart of the ops server it begins anew, and the pages say since when.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from dashboard.snapshot import Snapshot
from shared.catalog import Queue
from shared.counting import ACCEPTS, ENDED, JOB_BOUNDS, JOBS, Counts, Histogram
from shared.operations import CATALOG

EVERY_SECONDS = 10.0
KEPT = 360
RATE_SECONDS = 60.0
# Of less time no rate is told: one job in a second would be sixty in a minute.
_SHORTEST_SECONDS = 5.0
WINDOW_SECONDS = 300.0
_BAD = frozenset({"failed", "dead", "unknown"})
_TAKEN_IN = "new"


@dataclass(frozen=True, slots=True)
class Tally:
    """A queue's totals at an instant."""

    taken: int
    ended: int
    bad: int
    open: int
    spread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """All queues at an instant; `steady` is for differences, `at` for people."""

    steady: float
    at: float
    queues: Mapping[Queue, Tally]


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker that changed, as this process saw it."""

    at: float
    account: str
    service: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What a queue did lately. None is what could not be measured yet."""

    in_per_minute: float | None = None
    out_per_minute: float | None = None
    bad_share: float | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None


def tallies(now: Snapshot) -> dict[Queue, Tally]:
    """Return the totals of each queue."""
    return {queue: _tally(now, queue) for queue in Queue}


def _tally(now: Snapshot, queue: Queue) -> Tally:
    taken = sum(
        value
        for (tool, verdict), value in now.counts.of(ACCEPTS).items()
        if verdict == _TAKEN_IN and tool in CATALOG and CATALOG[tool].queue == queue
    )
    ended = {state: value for (name, state), value in now.counts.of(ENDED).items() if name == queue}
    return Tally(
        taken,
        sum(ended.values()),
        sum(value for state, value in ended.items() if state in _BAD),
        sum(now.backlogs[queue].states.values()),
        _spread(now.counts, queue),
    )


def _spread(counts: Counts, queue: Queue) -> tuple[int, ...]:
    found = counts.histograms(JOBS, JOB_BOUNDS).get((str(queue),))
    return tuple(found.counts.values()) if found else ()


class Hour:
    """The samples, and the changes of breakers that were seen."""

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=KEPT)
        self.changes: deque[Change] = deque(maxlen=100)
        self._breakers: dict[tuple[str, str], str] = {}

    def note(self, now: Snapshot, *, steady: float, at: float) -> Sample:
        """Note a snapshot; it becomes a sample when the last one is ten seconds old."""
        found = Sample(steady, at, tallies(now))
        if self.samples and _fell(self.samples[-1], found):
            # Another store, or an emptied one.
            self.samples.clear()
        if not self.samples or steady - self.samples[-1].steady >= EVERY_SECONDS:
            self.samples.append(found)
        self._note_breakers(now, at)
        return found

    def _note_breakers(self, now: Snapshot, at: float) -> None:
        for account, figures in now.accounts.items():
            for service, breaker in figures.breakers.items():
                key = (account, str(service))
                before = self._breakers.get(key)
                if before not in (None, breaker.state):
                    assert before is not None  # noqa: S101 - for the type checker
                    self.changes.appendleft(Change(at, *key, before, breaker.state))
                self._breakers[key] = breaker.state

    def flow(self, queue: Queue, now: Sample) -> Flow:
        """Return the rates of the last minute, and how the jobs of the last five ended."""
        minute, window = self._before(now, RATE_SECONDS), self._before(now, WINDOW_SECONDS)
        if minute is None or window is None:
            return Flow()
        per_minute = 60.0 / (now.steady - minute.steady)
        one, first, last = minute.queues[queue], window.queues[queue], now.queues[queue]
        ended = last.ended - first.ended
        spread = _difference(last.spread, first.spread)
        return Flow(
            (last.taken - one.taken) * per_minute,
            (last.ended - one.ended) * per_minute,
            (last.bad - first.bad) / ended if ended else None,
            spread.quantile(0.5) if spread.count else None,
            spread.quantile(0.95) if spread.count else None,
        )

    def series(self, queue: Queue) -> list[list[float]]:
        """Return times, and what came in and went out per minute, and what was open then."""
        times, taken, ended, still = [], [], [], []
        samples = list(self.samples)
        for before, after in pairwise(samples):
            per_minute = 60.0 / (after.steady - before.steady)
            one, two = before.queues[queue], after.queues[queue]
            times.append(round(after.at))
            taken.append(round((two.taken - one.taken) * per_minute, 1))
            ended.append(round((two.ended - one.ended) * per_minute, 1))
            still.append(float(two.open))
        return [[float(at) for at in times], taken, ended, still]

    def _before(self, now: Sample, seconds: float) -> Sample | None:
        """Return the last sample from before so long ago, or the first one there is."""
        found = None
        for sample in self.samples:
            if found is not None and sample.steady > now.steady - seconds:
                break
            found = sample
        return found if found and now.steady - found.steady >= _SHORTEST_SECONDS else None


def _fell(before: Sample, after: Sample) -> bool:
    return any(
        after.queues[queue].taken < before.queues[queue].taken
        or after.queues[queue].ended < before.queues[queue].ended
        for queue in Queue
    )


def _difference(last: tuple[int, ...], first: tuple[int, ...]) -> Histogram:
    bounds = [*(f"{bound:g}" for bound in JOB_BOUNDS), "+Inf"]
    before = first or (0,) * len(bounds)
    values = last or (0,) * len(bounds)
    return Histogram(
        {bound: two - one for bound, one, two in zip(bounds, before, values, strict=True)},
        0.0,
    )
