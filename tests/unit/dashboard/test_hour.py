"""Rates are differences of samples, and nothing is told that was not measured."""

from collections.abc import Mapping
from itertools import pairwise

from dashboard.pages.samples import EVERY_SECONDS, KEPT, Flow, Hour
from dashboard.snapshot import Snapshot
from shared.catalog import Queue
from shared.counting import Counts
from shared.figures import AccountFigures, Backlog
from shared.guards import BreakerState, LimiterState

TOOL = "list_subnets"


def snapshot(counts: Mapping[str, int], breaker: str = "closed") -> Snapshot:
    states = {"accepted": 2, "running": 1, "waiting": 0}
    backlog = Backlog(1, states, 0, 0.0, 0.0, dict.fromkeys(states, 0), None)
    limiter = LimiterState(None, None, None, None, 0.0, 0, 0)
    breakers = {Queue.ATCFW: BreakerState(breaker, 0, 0.0, None)}
    return Snapshot(
        counts=Counts(counts),
        backlogs=dict.fromkeys(Queue, backlog),
        accounts={"default": AccountFigures(limiter, breakers, {})},
        messages=dict.fromkeys(Queue, 0),
        memory_bytes=0,
        memory_limit_bytes=0,
    )


def counts(taken: int, done: int, failed: int = 0) -> dict[str, int]:
    return {
        f"accepts|{TOOL}|new": taken,
        f"accepts|{TOOL}|cached": 999,
        "ended|infoblox|done": done,
        "ended|infoblox|failed": failed,
        "job|infoblox|0.5": done + failed,
    }


def test_a_rate_is_what_came_in_the_last_minute() -> None:
    hour = Hour()
    for second in range(0, 121, 10):
        now = hour.note(snapshot(counts(second, second // 2)), steady=second, at=1000 + second)
    flow = hour.flow(Queue.INFOBLOX, now)
    assert (flow.in_per_minute, flow.out_per_minute, flow.bad_share) == (60.0, 30.0, 0.0)
    assert flow.p50_seconds is not None
    assert 0.25 < flow.p50_seconds <= 0.5
    # The queue that nothing came to has a rate, and no share of nothing.
    assert hour.flow(Queue.ATCFW, now) == Flow(0.0, 0.0)


def test_the_share_of_errors_is_of_what_ended_lately() -> None:
    hour = Hour()
    hour.note(snapshot(counts(0, 100, 100)), steady=0, at=0)
    now = hour.note(snapshot(counts(0, 103, 101)), steady=60, at=60)
    assert hour.flow(Queue.INFOBLOX, now).bad_share == 0.25


def test_before_there_is_enough_nothing_is_told() -> None:
    hour = Hour()
    hour.note(snapshot(counts(0, 0)), steady=0, at=0)
    now = hour.note(snapshot(counts(50, 50)), steady=2, at=2)
    assert hour.flow(Queue.INFOBLOX, now) == Flow()
    assert hour.series(Queue.INFOBLOX) == [[], [], [], []]


def test_the_line_has_a_point_for_ten_seconds_and_no_more_than_an_hour() -> None:
    hour = Hour()
    for second in range(0, 4000):
        hour.note(snapshot(counts(second, second)), steady=second, at=second)
    times, taken, ended, still = hour.series(Queue.INFOBLOX)
    assert len(times) == KEPT - 1
    assert {after - before for before, after in pairwise(times)} == {EVERY_SECONDS}
    assert (set(taken), set(ended), set(still)) == ({60.0}, {60.0}, {3.0})


def test_a_store_that_begins_anew_begins_a_new_hour() -> None:
    hour = Hour()
    hour.note(snapshot(counts(500, 500)), steady=0, at=0)
    hour.note(snapshot(counts(1, 0)), steady=20, at=20)
    assert len(hour.samples) == 1


def test_a_breaker_that_changes_is_written_down_once() -> None:
    hour = Hour()
    for at, state in enumerate(("closed", "closed", "open", "open", "half-open")):
        hour.note(snapshot({}, breaker=state), steady=at, at=at)
    seen = [(one.at, one.service, one.before, one.after) for one in hour.changes]
    assert seen == [(4, "atcfw", "open", "half-open"), (2, "atcfw", "closed", "open")]
