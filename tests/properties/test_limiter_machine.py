"""The rate in any order of events: no window of time ever holds more than it may."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.stores import connect
from tests.guards.world import ACCOUNT, SLOW, World
from workers.limiter import Ask

JOB = st.sampled_from(["a", "b", "c", None])
PATIENCE = st.sampled_from([0.0, 2.5, 10.0])
# Times are told to a microsecond.
SLACK = 0.001


class LimiterMachine(RuleBasedStateMachine):
    """Processes that ask, time that passes, answers of "too many"."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(self.url, patient=True)
        self.world = World(self.client)
        self.passed = 0.0
        # When each request left, at the earliest and at the latest: a call takes a moment itself.
        self.sent: list[tuple[float, float]] = []
        self.pause_ends = 0.0

    def teardown(self) -> None:
        self.client.connection_pool.disconnect()

    def now(self) -> float:
        seconds, micros = self.world.client.time()
        return float(seconds) + float(micros) / 1e6 + self.passed

    def _ask(self, ask: Ask) -> bool:
        begun, slept = self.now(), len(self.world.clock.slept)
        if begun < self.pause_ends:
            # Nobody really sleeps here, so nobody could sleep until a pause is over.
            ask = replace(ask, patience_seconds=0)
        held = self.world.limiter().admit(ACCOUNT, SLOW, ask)
        sleeps = self.world.clock.slept[slept:]
        assert sum(sleeps) <= ask.patience_seconds + SLACK
        if held is None:
            self.sent.append((begun + sum(sleeps), self.now() + sum(sleeps)))
            assert self.sent[-1][1] >= self.pause_ends - SLACK
        else:
            assert held.wait_seconds > 0
        return held is None

    @rule(job=JOB, patience=PATIENCE, goes_on=st.booleans())
    def ask(self, job: str | None, patience: float, goes_on: bool) -> None:
        self._ask(Ask(job, patience_seconds=patience, goes_on=goes_on))

    @rule(job=JOB, times=st.integers(2, 12), patience=PATIENCE)
    def ask_often(self, job: str | None, times: int, patience: float) -> None:
        for _ in range(times):
            self._ask(Ask(job, patience_seconds=patience))

    @rule()
    def bulk_takes_nothing_that_somebody_waits_for(self) -> None:
        waiting = self.world.states.limiter(ACCOUNT).waiting
        let_in = self._ask(Ask("bulk", bulk=True))
        assert not (let_in and waiting)
        assert self.world.states.limiter(ACCOUNT).waiting <= waiting

    @rule(seconds=st.floats(0.1, 30))
    def time_passes(self, seconds: float) -> None:
        self.world.limiter_passes(seconds)
        self.passed += seconds

    @rule(seconds=st.floats(1, 20))
    def told_to_pause(self, seconds: float) -> None:
        begun = self.now()
        self.world.limiter().throttled(ACCOUNT, SLOW, asked_seconds=seconds)
        self.pause_ends = max(self.pause_ends, begun + seconds)

    @rule()
    def told_that_it_is_too_much(self) -> None:
        self.world.limiter().throttled(ACCOUNT, SLOW, asked_seconds=None)

    @rule()
    def after_a_long_silence_the_burst_is_there_again(self) -> None:
        self.time_passes(100)
        assert [self._ask(Ask(patience_seconds=0)) for _ in range(SLOW.burst)] == [True] * 5

    @invariant()
    def no_window_holds_more_than_it_may(self) -> None:
        times = sorted(self.sent)
        for first, (begins, _) in enumerate(times):
            for last in range(first, len(times)):
                most = SLOW.per_second * (times[last][1] - begins + SLACK) + SLOW.burst
                assert last - first + 1 <= most

    @invariant()
    def the_state_is_within_its_bounds(self) -> None:
        seen = self.world.states.limiter(ACCOUNT)
        assert seen.tokens is None or 0 <= seen.tokens <= SLOW.burst
        assert seen.rate_per_second is None or 0 < seen.rate_per_second <= SLOW.per_second
        assert seen.waiting <= 3


@pytest.fixture
def machine(module_store: str) -> type[LimiterMachine]:
    LimiterMachine.url = module_store
    return LimiterMachine


def test_the_rate_holds_in_any_order(machine: type[LimiterMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
