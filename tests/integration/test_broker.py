"""Hints over a real store, with dramatiq workers in threads of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from statistics import median
from typing import Any
from uuid import uuid4

import dramatiq
import pytest
from dramatiq import Message
from dramatiq.middleware import Middleware
from dramatiq.results.errors import ResultFailure, ResultMissing, ResultTimeout
from redis import Redis, RedisError

from shared.broker import WAKE, WokenBroker, build_broker, hint, message
from shared.catalog import Queue
from shared.clock import SystemClock
from shared.errors import Refused
from shared.ledger import Outcome
from shared.results import LedgerResults
from shared.stores import broker_url, connect
from tests.properties.ledger_world import GOOD, QUEUE, UNKNOWN, World
from tests.support.valkey import Valkey
from tests.support.waiting import until

pytestmark = pytest.mark.slow
# In which a worker surely notices that the store is gone.
_NOTICING_SECONDS = 0.3


class Acks(Middleware):
    """Notes which hints were let go of, with or without the store."""

    def __init__(self) -> None:
        self.let_go: list[str] = []

    def after_ack(self, broker: Any, message: Any) -> None:
        self.let_go.append(message.message_id)


class Crew:
    """A worker and the ids it was given."""

    def __init__(self, broker: WokenBroker, acks: Acks, *, threads: int) -> None:
        self.broker = broker
        self.acks = acks
        self.seen: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        dramatiq.actor(actor_name=str(QUEUE), queue_name=str(QUEUE), broker=broker)(self._run)
        self.worker = dramatiq.Worker(broker, queues={str(QUEUE)}, worker_threads=threads)
        self.worker.start()

    def _run(self, job_id: str) -> None:
        self.seen.append(job_id)
        self.gate.wait(20)

    def fall_idle(self) -> None:
        """Return when the worker listens and has looked in vain."""
        until(self._listens, what="a listening worker")
        pause(0.05)

    def _listens(self) -> bool:
        return listeners(self.broker.client) > 0

    def stop(self) -> None:
        self.gate.set()
        # A resting consumer would take up to a second to notice.
        waking = threading.Timer(0.05, self._wake)
        waking.start()
        self.worker.stop(timeout=5_000)
        waking.join()

    def _wake(self) -> None:
        with suppress(RedisError):
            for queue in (str(QUEUE), f"{QUEUE}.DQ"):
                self.broker.client.publish(f"{WAKE}{queue}", "")


def pause(seconds: float) -> None:
    """Let a moment pass in which nothing happens that could be waited for."""
    threading.Event().wait(seconds)


def listeners(client: Any) -> int:
    ((_, count),) = client.pubsub_numsub(f"{WAKE}{QUEUE}")
    return int(count)


@contextmanager
def brokers(url: str, *extra: Middleware) -> Iterator[WokenBroker]:
    """A broker whose threads and connections end with the block."""
    client = connect(url, patient=True)
    results = LedgerResults(World(client).ledger, SystemClock())
    broker = build_broker(broker_url(url, None), results)
    for middleware in extra:
        broker.add_middleware(middleware)
    try:
        yield broker
    finally:
        broker.close()
        for used in (client, broker.client):
            used.connection_pool.disconnect()


Crews = Callable[..., Crew]


@pytest.fixture
def crew(valkey: Valkey) -> Iterator[Crews]:
    """Start workers: `crew(threads=2)`."""
    with ExitStack() as ending:

        def begin(*, threads: int = 4) -> Crew:
            acks = Acks()
            broker = ending.enter_context(brokers(valkey.url, acks))
            found = Crew(broker, acks, threads=threads)
            ending.callback(found.stop)
            return found

        yield begin


@pytest.fixture
def front(valkey: Valkey) -> Iterator[WokenBroker]:
    """The side that sends hints."""
    with brokers(valkey.url) as broker:
        yield broker


@pytest.fixture
def inside(valkey: Valkey) -> Iterator[Any]:
    """A client that looks into the broker's database."""
    client: Redis = connect(broker_url(valkey.url, None), patient=True)
    yield client
    client.connection_pool.disconnect()


def acks_key(crew: Crew) -> str:
    return f"dramatiq:__acks__.{crew.broker.broker_id}.{QUEUE}"


def strand(inside: Any, crew: Crew, job_id: str) -> None:
    """Leave a hint as a fetch does whose answer never arrived."""
    redis_id = str(uuid4())
    hinted = message(QUEUE, job_id).copy(options={"redis_message_id": redis_id})
    inside.hset(f"dramatiq:{QUEUE}.msgs", redis_id, hinted.encode())
    inside.sadd(acks_key(crew), redis_id)


def test_an_idle_worker_is_woken_and_does_not_poll(crew: Crews, front: WokenBroker) -> None:
    worker = crew()
    seconds = []
    for number in range(20):
        worker.fall_idle()
        started = time.perf_counter()
        hint(front, QUEUE, f"job-{number}")
        while len(worker.seen) <= number and time.perf_counter() - started < 5:
            threading.Event().wait(0.001)
        seconds.append(time.perf_counter() - started)
        until(lambda: len(worker.acks.let_go) > number, what="the acknowledgement")  # noqa: B023
    assert worker.seen == [f"job-{number}" for number in range(20)]
    assert median(seconds) < 0.05, seconds


def test_every_hint_of_a_burst_arrives_once(crew: Crews, front: WokenBroker) -> None:
    worker = crew()
    ids = [f"job-{number}" for number in range(200)]
    for job_id in ids:
        hint(front, QUEUE, job_id)
    until(lambda: len(worker.acks.let_go) >= len(ids), what="all hints")
    assert sorted(worker.seen) == sorted(ids)
    assert front.waiting(QUEUE) == 0


def test_a_worker_fetches_no_more_than_it_has_threads(
    crew: Crews, front: WokenBroker, inside: Any
) -> None:
    busy = crew(threads=2)
    busy.gate.clear()
    for number in range(6):
        hint(front, QUEUE, f"job-{number}")
    until(lambda: len(busy.seen) == 2, what="two jobs at work")
    pause(0.1)
    assert inside.scard(acks_key(busy)) == 2
    other = crew(threads=4)
    until(lambda: len(other.seen) == 4, what="the other worker at work")
    assert sorted(busy.seen + other.seen) == [f"job-{number}" for number in range(6)]


def test_a_worker_goes_on_as_soon_as_a_thread_is_free(crew: Crews, front: WokenBroker) -> None:
    worker = crew(threads=1)
    worker.gate.clear()
    hint(front, QUEUE, "slow")
    until(lambda: worker.seen == ["slow"], what="the slow job")
    hint(front, QUEUE, "next")
    pause(0.1)
    started = time.perf_counter()
    worker.gate.set()
    until(lambda: worker.seen == ["slow", "next"], what="the next job")
    assert time.perf_counter() - started < 0.5


def test_only_hints_that_nobody_holds_count_as_waiting(
    crew: Crews, front: WokenBroker, inside: Any
) -> None:
    worker = crew(threads=1)
    worker.gate.clear()
    strand(inside, worker, "of-a-dead-fetch")
    assert front.waiting(QUEUE) == 0
    hint(front, QUEUE, "held")
    until(lambda: worker.seen == ["held"], what="a held hint")
    assert front.waiting(QUEUE) == 0
    assert worker.broker.waiting(QUEUE) == 0
    hint(front, QUEUE, "waits")
    assert worker.broker.waiting(QUEUE) == 1


def test_hints_flow_again_soon_after_the_store_is_back(
    crew: Crews, front: WokenBroker, valkey: Valkey
) -> None:
    worker = crew()
    worker.fall_idle()
    valkey.kill()
    pause(_NOTICING_SECONDS)
    valkey.start()
    back = time.perf_counter()
    hint(front, QUEUE, "after")
    until(lambda: worker.seen == ["after"], seconds=3, what="the hint")
    assert time.perf_counter() - back < 3


def test_an_idle_worker_is_woken_again_after_the_store_was_away(
    crew: Crews, front: WokenBroker, valkey: Valkey
) -> None:
    worker = crew()
    worker.fall_idle()
    valkey.restart()
    hint(front, QUEUE, "first")
    until(lambda: worker.seen, what="the first hint")
    seconds = []
    for number in range(1, 6):
        worker.fall_idle()
        started = time.perf_counter()
        hint(front, QUEUE, f"job-{number}")
        until(lambda: len(worker.seen) > number, what="the hint")  # noqa: B023
        seconds.append(time.perf_counter() - started)
    assert median(seconds) < 0.1, seconds


def test_what_was_fetched_on_a_connection_that_broke_is_put_back(
    crew: Crews, inside: Any, valkey: Valkey
) -> None:
    worker = crew()
    worker.fall_idle()
    strand(inside, worker, "stranded")
    valkey.kill()
    pause(_NOTICING_SECONDS)
    assert worker.seen == []
    valkey.start()
    until(lambda: worker.acks.let_go == ["stranded"], seconds=5, what="the stranded hint")
    assert inside.scard(acks_key(worker)) == 0


def test_what_another_process_has_fetched_is_left_to_it(
    crew: Crews, front: WokenBroker, inside: Any, valkey: Valkey
) -> None:
    worker, other = crew(), crew()
    worker.fall_idle()
    other.gate.clear()
    worker.worker.pause()
    hint(front, QUEUE, "of-the-other")
    until(lambda: other.seen, what="the other at work")
    worker.worker.resume()
    valkey.kill()
    pause(_NOTICING_SECONDS)
    valkey.start()
    hint(front, QUEUE, "new")
    until(lambda: "new" in worker.seen + other.seen, what="the new hint")
    assert "of-the-other" not in worker.seen
    assert inside.scard(acks_key(other)) >= 1


def test_no_thread_is_held_while_the_store_is_away(
    crew: Crews, front: WokenBroker, valkey: Valkey
) -> None:
    worker = crew(threads=1)
    worker.gate.clear()
    hint(front, QUEUE, "job-1")
    until(lambda: worker.seen == ["job-1"], what="the job at work")
    valkey.kill()
    worker.gate.set()
    until(lambda: worker.acks.let_go == ["job-1"], seconds=2, what="the thread let go")
    valkey.start()
    hint(front, QUEUE, "job-2")
    until(lambda: "job-2" in worker.seen, seconds=3, what="the next job")


def test_a_hint_that_could_not_be_acknowledged_comes_again(
    crew: Crews, front: WokenBroker, inside: Any, valkey: Valkey
) -> None:
    worker = crew(threads=1)
    worker.gate.clear()
    hint(front, QUEUE, "job-1")
    until(lambda: worker.seen == ["job-1"], what="the job at work")
    valkey.kill()
    worker.gate.set()
    until(lambda: worker.acks.let_go, seconds=2, what="the thread let go")
    valkey.start()
    until(lambda: worker.seen == ["job-1", "job-1"], seconds=5, what="the hint again")
    until(lambda: inside.hlen(f"dramatiq:{QUEUE}.msgs") == 0, what="its end")


def test_an_id_whose_message_is_gone_does_not_hold_up_the_others(
    crew: Crews, front: WokenBroker, inside: Any
) -> None:
    worker = crew()
    worker.fall_idle()
    inside.rpush(f"dramatiq:{QUEUE}", "no-such-message")
    for number in range(3):
        hint(front, QUEUE, f"job-{number}")
    until(lambda: len(worker.seen) == 3, seconds=2, what="the hints")


def test_two_hints_for_one_job_are_both_let_go(crew: Crews, front: WokenBroker) -> None:
    worker = crew()
    worker.gate.clear()
    hint(front, QUEUE, "job-1")
    hint(front, QUEUE, "job-1")
    until(lambda: len(worker.seen) == 2, what="both hints")
    worker.gate.set()
    until(lambda: len(worker.acks.let_go) == 2, what="both acknowledgements")
    assert front.waiting(QUEUE) == 0


def test_an_idle_worker_leaves_the_store_in_peace(crew: Crews, valkey: Valkey) -> None:
    worker = crew()
    worker.fall_idle()
    watching: Any = valkey.client()
    scripts = {"evalsha", "eval"}

    def sent() -> int:
        # Commands inside a script are not sent: each script counts as one.
        stats = watching.info("commandstats")
        return sum(
            counts["calls"]
            for name, counts in stats.items()
            if name.removeprefix("cmdstat_") in scripts | {"ping", "publish", "subscribe"}
        )

    before, started = sent(), time.perf_counter()
    threading.Event().wait(3)
    rate = (sent() - before) / (time.perf_counter() - started)
    assert rate < 8


def test_a_worker_of_one_queue_leaves_the_others_alone(crew: Crews, front: WokenBroker) -> None:
    worker = crew()
    hint(front, Queue.ATCFW, "of-another-queue")
    hint(front, QUEUE, "own")
    until(lambda: worker.seen, what="the own hint")
    assert worker.seen == ["own"]
    assert front.waiting(Queue.ATCFW) == 1


def test_a_worker_that_has_stopped_does_not_listen_any_more(
    crew: Crews, front: WokenBroker
) -> None:
    worker = crew()
    worker.fall_idle()
    worker.stop()
    until(lambda: listeners(front.client) == 0, seconds=3, what="silence")


# --- results


@pytest.fixture
def world(module_store: str) -> Iterator[World]:
    client = connect(module_store, patient=True)
    made = World(client)
    made.alive()
    yield made
    client.connection_pool.disconnect()


def asked(world: World, job_id: str, **options: Any) -> Any:
    backend = LedgerResults(world.ledger, SystemClock())
    wanted: Message[Any] = message(QUEUE, job_id)
    return wanted.get_result(backend=backend, **options)


def test_the_result_of_a_finished_job_is_its_result(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.done(job_id, GOOD)
    assert asked(world, job_id) == {"id": "5"}
    assert asked(world, job_id, block=True, timeout=100) == {"id": "5"}


def test_a_job_that_ended_without_a_result_gives_none(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.done(job_id, Outcome("done"))
    assert asked(world, job_id) is None


@pytest.mark.parametrize("known", [True, False])
def test_a_job_that_has_not_ended_has_no_result_yet(world: World, known: bool) -> None:
    job_id = world.accepted(world.write("t")) if known else "nothing"
    with pytest.raises(ResultMissing):
        asked(world, job_id)


def test_waiting_for_a_result_ends_in_time_and_not_before(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    started = time.perf_counter()
    with pytest.raises(ResultTimeout):
        asked(world, job_id, block=True, timeout=300)
    assert 0.3 <= time.perf_counter() - started < 1


def test_waiting_for_a_result_ends_when_the_job_does(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    ending = threading.Timer(0.2, world.ledger.finish, (job, GOOD))
    ending.start()
    assert asked(world, job_id, block=True, timeout=5_000) == {"id": "5"}
    ending.join()


FAILURES = [
    (Outcome("failed", problem=Refused("no such zone").problem), "refused", "no such zone"),
    (UNKNOWN, "unknown_outcome", "Read the object"),
    (Outcome("cancelled"), "cancelled", "cancelled"),
]


@pytest.mark.parametrize(("outcome", "code", "words"), FAILURES)
def test_a_job_that_failed_raises_its_code_and_advice(
    world: World, outcome: Outcome, code: str, words: str
) -> None:
    job_id = world.accepted(world.write("t"))
    world.done(job_id, outcome)
    with pytest.raises(ResultFailure, match=words) as caught:
        asked(world, job_id)
    assert caught.value.orig_exc_type == code


def test_nothing_an_actor_returns_is_stored(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    backend = LedgerResults(world.ledger, SystemClock())
    backend.store_result(message(QUEUE, job_id), {"a": "lie"}, 1000)
    backend.store_exception(message(QUEUE, job_id), ValueError("a lie"), 1000)
    with pytest.raises(ResultMissing):
        asked(world, job_id)
