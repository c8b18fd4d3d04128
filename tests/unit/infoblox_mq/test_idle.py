"""A stack leaves when nobody has called for long and no job is open, and never under a call."""

import os
from collections.abc import Callable
from pathlib import Path

from infoblox_mq.idle import Idle
from infoblox_mq.locks import Uses

SECONDS = 900.0


class Clock:
    """A clock to be moved by hand; it begins at the time of the file system."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.time = path.stat().st_mtime

    def now(self) -> float:
        return self.time

    def steady(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def idle(path: Path, clock: Clock, open_jobs: Callable[[], bool] = lambda: False) -> Idle:
    return Idle(path, seconds=SECONDS, open_jobs=open_jobs, clock=clock)


def left(watched: Idle) -> bool:
    lock = watched.leave()
    if lock is not None:
        os.close(lock)
    return lock is not None


def test_it_leaves_after_the_idle_time_and_not_before(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "uses")
    watched = idle(tmp_path / "uses", clock)
    clock.sleep(SECONDS - 1)
    assert not left(watched)
    clock.sleep(6)
    assert left(watched)


def test_a_use_begins_the_time_anew(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "uses")
    watched = idle(tmp_path / "uses", clock)
    clock.sleep(SECONDS + 1)
    os.utime(tmp_path / "uses", (clock.time, clock.time))
    assert not left(watched)
    clock.sleep(SECONDS + 1)
    assert left(watched)


def test_a_call_under_way_keeps_it(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "uses")
    watched = idle(tmp_path / "uses", clock)
    uses = Uses(tmp_path / "uses")
    assert uses.begin()
    os.utime(tmp_path / "uses", (0, 0))
    clock.sleep(SECONDS + 1)
    assert not left(watched)
    uses.end()
    os.utime(tmp_path / "uses", (0, 0))
    clock.sleep(SECONDS + 1)
    assert left(watched)
    uses.close()


def test_an_open_job_keeps_it_and_the_idle_time_begins_at_its_end(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "uses")
    jobs = ["a job"]
    watched = idle(tmp_path / "uses", clock, lambda: bool(jobs))
    uses = Uses(tmp_path / "uses")
    for _ in range(3):
        clock.sleep(SECONDS + 1)
        assert not left(watched)
        # Whoever calls meanwhile is not kept out.
        assert uses.begin()
        uses.end()
        os.utime(tmp_path / "uses", (0, 0))
    jobs.clear()
    clock.sleep(10)
    assert not left(watched)
    clock.sleep(SECONDS)
    assert left(watched)
    uses.close()


def test_nobody_comes_in_once_it_leaves(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "uses")
    watched = idle(tmp_path / "uses", clock)
    uses = Uses(tmp_path / "uses")
    clock.sleep(SECONDS + 1)
    lock = watched.leave()
    assert lock is not None
    assert not uses.begin()
    os.close(lock)
    uses.close()
