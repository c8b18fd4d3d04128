"""What an operator may do to jobs and queues, against a real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis

from shared.catalog import Queue
from shared.errors import InvalidArguments
from shared.ledger import Claim, Outcome, Ruling, Seen
from shared.stores import connect
from tests.properties.ledger_world import DEAD, FAILED, GOOD, QUEUE, UNKNOWN, World

WHO = "watcher"


@pytest.fixture
def client(module_store: str) -> Iterator[Redis]:
    found = connect(module_store, patient=True)
    yield found
    found.close()


@pytest.fixture
def world(client: Redis) -> World:
    made = World(client)
    made.alive()
    return made


def waiting(world: World, target: str = "t", *, in_doubt: bool = False) -> str:
    """Return a job that waits a minute for its next try."""
    job_id = world.accepted(world.write(target))
    job = world.claimed(job_id)
    assert world.mark(job) == "ok"
    kept, _ = world.ledger.park(job, wait_seconds=60, note="x", in_doubt=in_doubt)
    assert kept
    return job_id


# --- pausing


def test_a_paused_queue_accepts_and_nothing_of_it_starts(world: World) -> None:
    running = world.claimed(world.accepted(world.write("r")))
    assert world.operator.pause([QUEUE], by=WHO) == {QUEUE}
    job_id = world.accepted(world.write("t"))
    assert world.denied(job_id).reason == "paused"
    assert world.mark(running) == "ok"
    assert world.ledger.finish(running, GOOD)[0] == "ok"
    assert (world.state(job_id), world.job(job_id).paused) == ("accepted", True)


def test_it_says_who_paused_it_when_and_what_still_runs(world: World) -> None:
    running = world.claimed(world.accepted(world.write("r")))
    lost = world.claimed(world.accepted(world.write("lost")))
    world.lose_lease(lost.id)
    world.operator.pause([QUEUE], by=WHO)
    assert world.operator.pause([QUEUE], by="another", drain=True) == set()
    pause = world.ledger.pauses()[QUEUE]
    assert (pause.by, pause.draining) == (WHO, True)
    assert pause.since == pytest.approx(world.now() / 1000, abs=5)
    assert world.ledger.at_work(QUEUE) == 1
    world.ledger.finish(running, GOOD)
    assert world.ledger.at_work(QUEUE) == 0


def test_other_queues_go_on(world: World) -> None:
    world.operator.pause([Queue.INSIGHTS], by=WHO)
    assert isinstance(world.claim(world.accepted(world.write("t"))), Claim)


def test_sweeps_of_a_paused_queue_wake_nobody(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.operator.pause([QUEUE], by=WHO)
    world.fall_due(job_id)
    found = world.ledger.sweep(QUEUE, worker="w", queued=0)
    assert (found.job_ids, found.next_due_seconds) == ((), None)
    assert world.ledger.workers()[QUEUE] == 2


def test_resuming_frees_what_is_due_also_what_was_turned_away(world: World) -> None:
    later = waiting(world, "later")
    world.operator.pause([QUEUE], by=WHO)
    turned_away = world.accepted(world.write("t"))
    world.denied(turned_away)
    rested, freed = world.operator.resume(Queue)
    assert rested == {QUEUE}
    assert freed == ((QUEUE, turned_away),)
    assert world.ledger.pauses() == {}
    assert world.job(later).paused is False
    assert isinstance(world.claim(turned_away), Claim)
    assert world.operator.resume([QUEUE]) == (frozenset(), ())


def test_a_job_whose_worker_was_lost_is_not_taken_over_while_paused(world: World) -> None:
    job = world.claimed(world.accepted(world.write("t")))
    world.operator.pause([QUEUE], by=WHO)
    world.lose_lease(job.id)
    assert world.denied(job.id).reason == "paused"
    assert world.operator.resume([QUEUE])[1] == ((QUEUE, job.id),)
    assert world.claimed(job.id).starts == 2


# --- cancelling


def test_an_operator_cancels_for_all_clients_who_still_see_what_became_of_it(world: World) -> None:
    job_id = world.accepted(world.write("t", client="a"))
    assert world.accept(world.write("t", client="b")).joined
    assert world.operator.cancel(job_id, by=WHO).verdict == "cancelled"
    job = world.job(job_id)
    assert (job.state, job.cancelled_by, job.note) == ("cancelled", WHO, f"cancelled by {WHO}")
    assert job.outcome is not None
    assert job.outcome.problem is not None
    assert WHO in job.outcome.problem.message
    assert world.ledger.owned(job_id, client="a")
    assert world.ledger.owned(job_id, client="b")


def test_what_was_sent_ends_with_the_truth_although_an_operator_cancelled(world: World) -> None:
    job = world.claimed(world.accepted(world.write("t")))
    world.mark(job)
    assert world.operator.cancel(job.id, by=WHO) == Ruling("requested", "running")
    assert world.job(job.id).note == f"cancel requested by {WHO}"
    assert world.ledger.finish(job, GOOD)[0] == "ok"
    assert (world.state(job.id), world.job(job.id).cancelled_by) == ("done", WHO)


def test_an_operator_frees_the_write_behind(world: World) -> None:
    first, second = (world.accepted(world.write("t", joins=False)) for _ in range(2))
    world.denied(second)
    assert world.operator.cancel(first, by=WHO).freed == ((QUEUE, second),)


# --- a page that shows what was


@pytest.mark.parametrize("deed", ["cancel", "try_now"])
def test_a_job_that_moved_on_is_left_alone(world: World, deed: str) -> None:
    job_id = waiting(world)
    before = world.job(job_id)
    act = {"cancel": world.operator.cancel, "try_now": world.operator.try_now}[deed]
    for seen in (Seen("accepted"), Seen("waiting", "7")):
        assert act(job_id, by=WHO, seen=seen) == Ruling("moved", "waiting")
        assert replace(world.job(job_id), now=0) == replace(before, now=0)
    assert act(job_id, by=WHO, seen=Seen("waiting", before.fence)).done


def test_what_a_page_showed_is_read_back() -> None:
    assert Seen.from_text("waiting") == Seen("waiting")
    assert Seen.from_text("waiting:3") == Seen("waiting", "3")
    for text in ("", "paused", "waiting:x", "waiting:-1", "waiting:" + 40 * "1"):
        with pytest.raises(InvalidArguments):
            Seen.from_text(text)


# --- trying at once


def test_a_waiting_job_is_tried_at_once(world: World) -> None:
    job_id = waiting(world)
    assert world.denied(job_id).reason == "early"
    ruling = world.operator.try_now(job_id, by=WHO)
    assert (ruling.verdict, ruling.freed) == ("due", ((QUEUE, job_id),))
    assert WHO in world.job(job_id).note
    assert isinstance(world.claim(job_id), Claim)


def test_what_may_still_arrive_is_not_hurried(world: World) -> None:
    job_id = waiting(world, in_doubt=True)
    ruling = world.operator.try_now(job_id, by=WHO)
    assert (ruling.verdict, ruling.freed) == ("in_doubt", ())
    assert 0 < ruling.wait_seconds <= 42
    assert world.denied(job_id).reason == "early"
    world.settle(job_id)
    assert world.operator.try_now(job_id, by=WHO).verdict == "due"


def test_jobs_that_do_not_wait_for_a_time_are_not_hurried(world: World) -> None:
    assert world.operator.try_now("nothing", by=WHO).verdict == "unknown_job"
    first, second = (world.accepted(world.write("t", joins=False)) for _ in range(2))
    assert world.operator.try_now(first, by=WHO).verdict == "due"
    world.denied(second)
    assert world.operator.try_now(second, by=WHO).detail == first
    job = world.claimed(first)
    assert world.operator.try_now(first, by=WHO) == Ruling("running", "running")
    world.ledger.finish(job, GOOD)
    assert world.operator.try_now(first, by=WHO) == Ruling("final", "done")


def test_in_a_paused_queue_nothing_is_hurried(world: World) -> None:
    job_id = waiting(world)
    world.operator.pause([QUEUE], by=WHO)
    assert world.operator.try_now(job_id, by=WHO).verdict == "paused"


# --- deleting


@pytest.mark.parametrize("outcome", [GOOD, FAILED, DEAD, UNKNOWN, Outcome("cancelled")])
def test_an_ended_job_leaves_nothing_behind(world: World, outcome: Outcome) -> None:
    job_id = world.accepted(world.write("t"))
    world.done(job_id, outcome)
    assert world.operator.delete(job_id, seen=Seen("waiting")) == Ruling("moved", outcome.state)
    assert world.operator.delete(job_id, seen=Seen(outcome.state)).verdict == "deleted"
    assert world.operator.delete(job_id).verdict == "unknown_job"
    kept = [name for name in world.names() if "version" not in name and "workers" not in name]
    assert kept == []
    assert world.ledger.listed().jobs == ()


def test_a_deleted_write_is_not_joined(world: World) -> None:
    job_id = world.accepted(world.write("t", idempotency_key="k"))
    world.done(job_id)
    world.operator.delete(job_id)
    world.accepted(world.write("t", idempotency_key="k"))


def test_deleting_an_older_job_leaves_the_later_one_of_its_target_alone(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    world.done(first)
    second = world.accepted(world.write("t"))
    world.operator.delete(first)
    assert world.accept(world.write("t")).job_id == second


@pytest.mark.parametrize("stage", ["accepted", "running", "waiting"])
def test_an_open_job_is_never_deleted(world: World, stage: str) -> None:
    job_id = waiting(world) if stage == "waiting" else world.accepted(world.write("t"))
    if stage == "running":
        world.claimed(job_id)
    before = world.job(job_id)
    assert world.operator.delete(job_id) == Ruling("open", stage)
    assert replace(world.job(job_id), now=0) == replace(before, now=0)
