"""The gate of a process: many jobs together, or one alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from workers.solo import Gate

Enter = Callable[..., AbstractContextManager[bool]]
LONG = 10.0


@contextmanager
def in_a_thread(enter: Enter, seconds: float = LONG) -> Iterator[threading.Event]:
    """Go through the gate in another thread, which stays inside until the block ends."""
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with enter(seconds=seconds) as entered:
            if entered:
                inside.set()
            leave.wait(LONG)

    thread = threading.Thread(target=stay)
    thread.start()
    try:
        yield inside
    finally:
        leave.set()
        thread.join(LONG)


def test_ordinary_jobs_run_at_once() -> None:
    gate = Gate()
    with gate.together(seconds=0) as one, gate.together(seconds=0) as other:
        assert (one, other) == (True, True)


def test_a_job_that_must_be_alone_does_not_start_beside_others() -> None:
    gate = Gate()
    with gate.together(seconds=0), gate.alone(seconds=0) as entered:
        assert not entered


@pytest.mark.parametrize("kind", ["together", "alone"])
def test_nobody_starts_beside_a_job_that_is_alone(kind: str) -> None:
    gate = Gate()
    with gate.alone(seconds=0) as first, getattr(gate, kind)(seconds=0) as second:
        assert (first, second) == (True, False)


def test_whoever_did_not_get_in_leaves_the_gate_as_it_was() -> None:
    gate = Gate()
    with gate.together(seconds=0):
        with gate.alone(seconds=0):
            pass
        with gate.together(seconds=0) as beside:
            assert beside
    with gate.alone(seconds=0):
        with gate.together(seconds=0):
            pass
        with gate.alone(seconds=0):
            pass
        with gate.together(seconds=0) as beside:
            assert not beside
    with gate.alone(seconds=0) as after:
        assert after


def test_the_gate_opens_again_after_a_job_that_broke() -> None:
    gate = Gate()
    with pytest.raises(ValueError, match="broke"), gate.alone(seconds=0):
        raise ValueError("broke")
    with pytest.raises(ValueError, match="broke"), gate.together(seconds=0):
        raise ValueError("broke")
    with gate.alone(seconds=0) as entered:
        assert entered


def test_a_job_that_asks_to_be_alone_keeps_new_ones_out_and_starts_when_the_others_end() -> None:
    gate = Gate()
    shut = threading.Event()
    with gate.together(seconds=0):
        alone = in_a_thread(gate.alone)
        inside = alone.__enter__()
        while not shut.is_set():
            with gate.together(seconds=0) as beside:
                if not beside:
                    shut.set()
        assert not inside.is_set()
    assert inside.wait(LONG)
    alone.__exit__(None, None, None)


def test_an_ordinary_job_starts_when_the_one_alone_ends() -> None:
    gate = Gate()
    with gate.alone(seconds=0):
        waiting = in_a_thread(gate.together)
        inside = waiting.__enter__()
        assert not inside.is_set()
    assert inside.wait(LONG)
    waiting.__exit__(None, None, None)
