"""The rate of one account, on a real store; time passes when the test says so."""

from __future__ import annotations

import threading

import pytest

from shared.stores import connect
from tests.guards.world import ACCOUNT, RATE, SLOW, Sleepless, World
from tests.support.valkey import Valkey
from tests.support.waiting import until
from workers.guard_store import GuardStore
from workers.limiter import Ask, Limiter, Rate
from workers.permit import Held


def held(answer: Held | None) -> Held:
    assert answer is not None
    assert answer.why == "rate"
    return answer


def test_a_burst_is_let_through_at_once_and_then_the_rate(world: World) -> None:
    assert world.granted(rate=SLOW) == SLOW.burst
    world.limiter_passes(3.2)
    assert world.granted(rate=SLOW) == 3


def test_a_bucket_holds_no_more_than_the_burst(world: World) -> None:
    assert world.ask(rate=SLOW) is None
    world.limiter_passes(100)
    assert world.granted(rate=SLOW) == SLOW.burst


def test_a_short_wait_is_slept_and_a_long_one_is_told(world: World) -> None:
    world.granted(rate=SLOW)
    assert world.ask(rate=SLOW, patience_seconds=5) is None
    assert 0 < world.clock.slept[-1] <= 1.02
    for _ in range(4):
        assert world.ask(rate=SLOW, patience_seconds=5.2) is None
    assert held(world.ask(rate=SLOW, patience_seconds=5.2)).wait_seconds > 5


def test_a_rate_of_nothing_is_no_limit_and_asks_nobody(world: World) -> None:
    assert all(world.ask(rate=Rate(0, 1)) is None for _ in range(100))
    world.limiter().throttled(ACCOUNT, Rate(0, 1), asked_seconds=600)
    assert world.client.keys(f"{world.prefix}*") == []


def test_one_account_does_not_wait_for_another(world: World) -> None:
    world.granted()
    world.limiter().throttled(ACCOUNT, RATE, asked_seconds=60)
    held(world.ask())
    assert world.ask("another") is None


def test_a_parked_job_keeps_its_place_before_all_who_come_later(world: World) -> None:
    def ask(name: str) -> Held | None:
        return world.ask(rate=SLOW, job=name)

    world.granted(rate=SLOW)
    first, second = (held(ask(name)).wait_seconds for name in ("first", "second"))
    assert second - first == pytest.approx(1, abs=0.3)
    world.limiter_passes(1.1)
    held(ask("newcomer"))
    assert ask("first") is None
    world.limiter_passes(1.1)
    held(ask("newcomer"))
    assert ask("second") is None
    world.limiter_passes(1.1)
    assert ask("newcomer") is None


def test_a_job_in_the_middle_of_its_work_does_not_line_up_again(world: World) -> None:
    world.granted(rate=SLOW)
    for number in range(20):
        held(world.ask(rate=SLOW, job=f"job-{number}"))
    assert world.ask(rate=SLOW, goes_on=True, patience_seconds=2) is None


def test_a_place_that_nobody_takes_is_given_up(world: World) -> None:
    world.granted(rate=SLOW)
    for number in range(20):
        held(world.ask(rate=SLOW, job=f"cancelled-{number}"))
    assert world.states.limiter(ACCOUNT).waiting == 20
    world.limiter_passes(27)
    assert world.ask(rate=SLOW) is None
    assert world.states.limiter(ACCOUNT).waiting == 0


def test_bulk_work_leaves_half_of_the_burst_to_people(world: World) -> None:
    # The slot of this second, and half of the four that may be used ahead.
    assert world.granted(rate=SLOW, bulk=True) == 3
    assert held(world.ask(rate=SLOW, bulk=True, job="bulk")).wait_seconds < 1.1
    assert world.states.limiter(ACCOUNT).waiting == 0
    assert world.granted(rate=SLOW) == SLOW.burst - 3
    held(world.ask(rate=SLOW, job="somebody"))
    world.limiter_passes(5)
    held(world.ask(rate=SLOW, bulk=True))
    assert world.ask(rate=SLOW, job="somebody") is None


def test_bulk_work_is_served_in_its_own_order(world: World) -> None:
    def ask(name: str) -> Held | None:
        return world.ask(rate=SLOW, bulk=True, job=name)

    world.granted(rate=SLOW, bulk=True)
    first, second = (held(ask(name)).wait_seconds for name in ("first", "second"))
    assert second - first == pytest.approx(1, abs=0.3)
    world.limiter_passes(1.1)
    held(ask("newcomer"))
    assert ask("first") is None


def test_bulk_work_sleeps_without_taking_the_slot_it_sleeps_for(world: World) -> None:
    world.granted(rate=SLOW, bulk=True)
    held(world.ask(rate=SLOW, bulk=True, job="bulk", patience_seconds=5))
    assert 0 < world.clock.slept[-1] <= 1.1
    assert world.granted(rate=SLOW) == SLOW.burst - 3


def test_a_pause_holds_everybody_and_then_the_rate_grows(world: World) -> None:
    world.limiter().throttled(ACCOUNT, SLOW, asked_seconds=50)
    assert held(world.ask(rate=SLOW)).wait_seconds == pytest.approx(50, abs=0.5)
    world.limiter_passes(49)
    held(world.ask(rate=SLOW))
    world.limiter_passes(1.1)
    # At first a fifth of the rate: one, and the next five seconds later; no burst.
    assert world.granted(rate=SLOW) == 1
    assert 3 < held(world.ask(rate=SLOW)).wait_seconds < 6
    world.limiter_passes(6)
    # Four seconds after the pause it is the full rate again.
    assert world.granted(rate=SLOW) in {1, 2}
    world.limiter_passes(3.2)
    assert world.granted(rate=SLOW) in {3, 4}


def test_a_shorter_pause_does_not_end_a_longer_one(world: World) -> None:
    world.limiter().throttled(ACCOUNT, RATE, asked_seconds=5)
    world.limiter().throttled(ACCOUNT, RATE, asked_seconds=1)
    assert held(world.ask()).wait_seconds > 4


def test_those_in_the_line_are_served_after_a_pause_one_by_one(world: World) -> None:
    world.granted()
    held(world.ask(job="first"))
    held(world.ask(job="second"))
    world.limiter().throttled(ACCOUNT, RATE, asked_seconds=5)
    waits = [held(world.ask(job=name)).wait_seconds for name in ("second", "first", "third")]
    assert 4.8 < waits[1] < waits[0] < waits[2]


def test_who_slept_into_a_pause_does_not_go(world: World) -> None:
    world.granted()

    class Told(Sleepless):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            world.limiter().throttled(ACCOUNT, RATE, asked_seconds=5)

    limiter = Limiter(world.store, Told(), threads=2)
    answer = limiter.admit(ACCOUNT, RATE, Ask(patience_seconds=1))
    assert held(answer).wait_seconds > 4


def test_too_many_without_a_time_halves_the_rate_which_comes_back(world: World) -> None:
    limiter = world.limiter()
    assert world.ask() is None
    rates = [world.states.limiter(ACCOUNT).rate_per_second]
    for _ in range(3):
        # Those under way together count once.
        limiter.throttled(ACCOUNT, RATE, asked_seconds=None)
        limiter.throttled(ACCOUNT, RATE, asked_seconds=None)
        rates.append(world.states.limiter(ACCOUNT).rate_per_second)
        world.limiter_passes(1.5)
    assert rates == pytest.approx([10, 5, 2.9, 1.8], abs=0.15)
    world.limiter_passes(4)
    assert world.states.limiter(ACCOUNT).rate_per_second == pytest.approx(4.6, abs=0.2)
    world.limiter_passes(60)
    assert world.states.limiter(ACCOUNT).rate_per_second == 10


def test_a_rate_never_falls_below_a_tenth(world: World) -> None:
    assert world.ask() is None
    for _ in range(20):
        world.limiter().throttled(ACCOUNT, RATE, asked_seconds=None)
        world.limiter_passes(1.01)
    assert (world.states.limiter(ACCOUNT).rate_per_second or 0) >= 1


def test_the_state_tells_what_the_limiter_knows(world: World) -> None:
    before = world.states.limiter(ACCOUNT)
    assert (before.tokens, before.rate_per_second, before.waiting) == (None, None, 0)
    world.ask()
    world.ask()
    seen = world.states.limiter(ACCOUNT)
    assert seen.tokens == pytest.approx(RATE.burst - 2, abs=0.3)
    assert (seen.rate_per_second, seen.burst, seen.pause_seconds) == (10, 5, 0)
    world.limiter().throttled(ACCOUNT, RATE, asked_seconds=30)
    world.limiter().throttled(ACCOUNT, RATE, asked_seconds=None)
    held(world.ask(job="somebody"))
    seen = world.states.limiter(ACCOUNT)
    assert (seen.throttled_in_last_hour, seen.waiting, seen.tokens) == (2, 1, 0)
    assert seen.pause_seconds == pytest.approx(30, abs=0.5)


def test_only_half_of_the_threads_sleep_for_one_account(world: World) -> None:
    world.granted()
    asleep, awake = threading.Semaphore(0), threading.Event()

    class Slow(Sleepless):
        def sleep(self, seconds: float) -> None:
            asleep.release()
            awake.wait(10)

    limiter = Limiter(world.store, Slow(), threads=4)
    sleepers = [
        threading.Thread(target=limiter.admit, args=(ACCOUNT, RATE, Ask())) for _ in range(2)
    ]
    for thread in sleepers:
        thread.start()
    assert all(asleep.acquire(timeout=5) for _ in sleepers)
    held(limiter.admit(ACCOUNT, RATE, Ask()))
    assert limiter.admit("another", RATE, Ask()) is None
    awake.set()
    for thread in sleepers:
        thread.join()


def test_without_the_store_calls_go_on_at_a_share_of_the_rate(valkey: Valkey) -> None:
    world = World(connect(valkey.url, patient=False))
    limiter = world.limiter()
    assert limiter.admit(ACCOUNT, RATE, Ask()) is None
    valkey.kill()
    assert limiter.admit(ACCOUNT, RATE, Ask()) is None
    assert limiter.admit(ACCOUNT, RATE, Ask()) is None
    # A quarter of ten per second: one each 0.4 s.
    assert world.clock.slept[-1] == pytest.approx(0.4, abs=0.1)
    limiter.throttled(ACCOUNT, RATE, asked_seconds=20)
    assert held(limiter.admit(ACCOUNT, RATE, Ask())).wait_seconds > 15
    valkey.start()
    until(lambda: limiter.admit("another", RATE, Ask()) is None, what="an answer")
    fresh = Limiter(GuardStore(world.scripts(), world.clock), world.clock, threads=2)
    assert fresh.admit("another", RATE, Ask()) is None
    assert world.states.limiter("another").tokens is not None
    world.client.connection_pool.disconnect()
