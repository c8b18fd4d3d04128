import threading

import pytest

from workers.watchdog import Watchdog


class StillClock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def steady(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing may sleep, not even {seconds} s")


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def watchdog(clock: StillClock) -> Watchdog:
    return Watchdog(clock)


def test_what_ends_in_time_is_left_alone(clock: StillClock, watchdog: Watchdog) -> None:
    closed: list[str] = []
    with watchdog.limit(5, close=lambda: closed.append("a")):
        clock.time += 4.9
        watchdog.close_overdue()
    clock.time += 5
    watchdog.close_overdue()
    assert closed == []


def test_what_takes_too_long_is_closed_once(clock: StillClock, watchdog: Watchdog) -> None:
    closed: list[str] = []
    with watchdog.limit(5, close=lambda: closed.append("a")):
        clock.time += 5
        watchdog.close_overdue()
        watchdog.close_overdue()
    assert closed == ["a"]


def test_only_the_overdue_are_closed_and_the_next_deadline_is_told(
    clock: StillClock, watchdog: Watchdog
) -> None:
    closed: list[str] = []
    with (
        watchdog.limit(9, close=lambda: closed.append("late")),
        watchdog.limit(3, close=lambda: closed.append("soon")),
        watchdog.limit(3, close=lambda: closed.append("soon too")),
    ):
        clock.time += 4
        assert watchdog.close_overdue() == 5
        assert closed == ["soon", "soon too"]


def test_without_anything_to_watch_there_is_no_deadline(
    clock: StillClock, watchdog: Watchdog
) -> None:
    with watchdog.limit(5, close=lambda: None):
        pass
    assert watchdog.close_overdue() is None


def test_an_error_in_the_block_passes_and_ends_the_watch(
    clock: StillClock, watchdog: Watchdog
) -> None:
    closed: list[str] = []
    with pytest.raises(KeyError), watchdog.limit(5, close=lambda: closed.append("a")):
        raise KeyError
    clock.time += 9
    watchdog.close_overdue()
    assert closed == []


def test_its_own_thread_closes_what_is_overdue(watchdog: Watchdog) -> None:
    closed = threading.Event()
    with watchdog.limit(0, close=closed.set):
        assert closed.wait(5)


def test_one_thread_watches_any_number_of_blocks(watchdog: Watchdog) -> None:
    before = threading.active_count()
    with watchdog.limit(60, close=lambda: None), watchdog.limit(60, close=lambda: None):
        assert threading.active_count() == before + 1
