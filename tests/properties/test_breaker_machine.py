"""The breaker in any order of events, against a model of twenty lines."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.catalog import Queue
from shared.stores import connect
from tests.guards.world import ACCOUNT, World
from workers.csp import Answer, Lost, NotSent
from workers.permit import Held, Permit

FAILURES = 3
REPLIES: dict[str, Answer | NotSent | Lost | None] = {
    "success": Answer(200),
    "answered": Answer(404),
    "failure": Answer(503),
    "cut": NotSent("the connection was refused"),
    "neutral": Answer(429),
    "slow": Lost("timed out", timed_out=True),
    "unused": None,
}


class Model:
    """What a breaker should do, without a store and without time."""

    def __init__(self) -> None:
        self.state = "closed"
        self.failures = 0
        self.last = ""
        self.probe: Permit | None = None

    def enters(self) -> str:
        if self.state == "closed":
            return "go"
        if self.state == "open":
            return "open"
        return "probing" if self.probe else "probe"

    def leave(self, permit: Permit, outcome: str, name: str) -> None:
        bad = outcome in {"failure", "cut"}
        if permit.probe:
            if permit is not self.probe:
                return
            self.probe = None
            if bad:
                self.state, self.failures = "open", self.failures + 1
            elif outcome in {"success", "answered"}:
                self.__init__()  # type: ignore[misc]  # closed is how it began
        elif self.state == "closed" and bad and name != self.last:
            self.failures, self.last = self.failures + 1, name
            if self.failures == FAILURES:
                self.state, self.last = "open", ""
        elif self.state == "closed" and outcome == "success" and permit.clears:
            self.failures, self.last = 0, ""


class BreakerMachine(RuleBasedStateMachine):
    """Processes that call, time that passes, probes that are lost, hands that close."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(self.url, patient=True)
        self.world = World(self.client)
        self.fleet = [self.world.breaker(failures=FAILURES) for _ in range(3)]
        self.model = Model()
        self.inside: list[Permit] = []

    def teardown(self) -> None:
        self.client.connection_pool.disconnect()

    @rule(who=st.integers(0, 2))
    def enter(self, who: int) -> None:
        expected = self.model.enters()
        answer = self.fleet[who].enter(longest_seconds=60)
        if isinstance(answer, Held):
            assert answer.why == expected
            return
        assert expected == ("probe" if answer.probe else "go")
        if answer.probe:
            self.model.probe = answer
        else:
            assert answer.clears == (self.model.failures > 0)
        self.inside.append(answer)

    @rule(
        who=st.integers(0, 2),
        which=st.integers(0, 9),
        outcome=st.sampled_from([*REPLIES, "failure", "failure"]),
        name=st.sampled_from("abc"),
    )
    def leave(self, who: int, which: int, outcome: str, name: str) -> None:
        if self.inside:
            permit = self.inside.pop(which % len(self.inside))
            self.fleet[who].leave(permit, REPLIES[outcome], fingerprint=name)
            self.model.leave(permit, outcome, name)

    @rule(who=st.integers(0, 2))
    def fails_until_it_opens(self, who: int) -> None:
        for name in "abcd":
            before = len(self.inside)
            self.enter(who)
            if len(self.inside) > before:
                self.leave(who, before, "failure", name)

    @rule()
    def its_time_is_over(self) -> None:
        self.world.reset_is_over()
        if self.model.state == "open":
            self.model.state = "half-open"

    @rule()
    def the_probe_is_lost(self) -> None:
        self.world.probe_is_lost()
        self.model.probe = None

    @rule()
    def a_hand_closes_it(self) -> None:
        self.world.states.reset(ACCOUNT, Queue.INFOBLOX)
        self.model = Model()

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        seen = self.world.states.breaker(ACCOUNT, Queue.INFOBLOX)
        assert (seen.state, seen.failures) == (self.model.state, self.model.failures)


@pytest.fixture
def machine(module_store: str) -> type[BreakerMachine]:
    BreakerMachine.url = module_store
    return BreakerMachine


def test_the_breaker_keeps_its_promises_in_any_order(machine: type[BreakerMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=80,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
