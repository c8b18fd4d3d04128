"""A process that dies is started again: at once the first time, then later and later."""

from typing import cast

import pytest

from infoblox_mq.processes import Child
from infoblox_mq.revival import Revival, delay


class FakeClock:
    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def steady(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class FakeChild:
    name = "niosxaas"
    pid = 4711

    def __init__(self) -> None:
        self.code: int | None = None
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        self.code = None

    def ended(self) -> int | None:
        return self.code


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def child() -> FakeChild:
    return FakeChild()


@pytest.fixture
def revival(child: FakeChild, clock: FakeClock) -> Revival:
    return Revival(cast(Child, child), clock)


def test_the_wait_grows_and_has_an_end() -> None:
    assert [delay(deaths) for deaths in range(1, 10)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]


def test_one_that_lives_is_left_alone(revival: Revival, child: FakeChild) -> None:
    assert revival.tick() is None
    assert child.starts == 0


def test_the_first_death_is_answered_at_once(revival: Revival, child: FakeChild) -> None:
    child.code = -9
    assert revival.tick() == "niosxaas was killed by signal 9; starting it again in 0.0 s"
    assert revival.tick() == "niosxaas started again as process 4711, restart 1"
    assert (child.starts, revival.restarts) == (1, 1)


def test_a_second_death_has_to_wait(revival: Revival, child: FakeChild, clock: FakeClock) -> None:
    for _ in range(2):
        child.code = 3
        said = revival.tick()
        started = revival.tick()
    assert said == "niosxaas ended with code 3; starting it again in 0.5 s"
    assert started is None
    clock.sleep(0.5)
    assert revival.tick() == "niosxaas started again as process 4711, restart 2"


def test_one_that_recovered_is_started_at_once_again(
    revival: Revival, child: FakeChild, clock: FakeClock
) -> None:
    for _ in range(3):
        child.code = 1
        revival.tick()
        clock.sleep(30)
        revival.tick()
    clock.sleep(61)
    child.code = 1
    assert "in 0.0 s" in str(revival.tick())
