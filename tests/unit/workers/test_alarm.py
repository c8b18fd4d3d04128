"""The alarm that wakes a sweeper early."""

from __future__ import annotations

import threading
from time import monotonic

from shared.clock import SystemClock
from workers.sweeper import Alarm


def test_a_wait_lasts_as_long_as_it_was_told() -> None:
    begun = monotonic()
    Alarm(SystemClock()).wait(0.05)
    assert monotonic() - begun >= 0.05


def test_a_wait_ends_when_something_is_due_before() -> None:
    alarm = Alarm(SystemClock())
    waiting = threading.Thread(target=alarm.wait, args=(60,))
    begun = monotonic()
    waiting.start()
    alarm.ring_in(50)
    alarm.ring_in(0.05)
    waiting.join(10)
    assert 0.05 <= monotonic() - begun < 5


def test_an_alarm_that_was_set_before_the_wait_is_heard_once() -> None:
    alarm = Alarm(SystemClock())
    alarm.ring_in(0)
    begun = monotonic()
    alarm.wait(60)
    assert monotonic() - begun < 5
    alarm.wait(0.05)
    assert monotonic() - begun >= 0.05
