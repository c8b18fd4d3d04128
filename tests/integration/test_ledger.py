"""What the ledger promises, against a real store. Time is brought forward in the records."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from shared.catalog import Queue
from shared.errors import InvalidArguments, UnknownOutcome
from shared.ledger import FORMAT, SHARED_STARTS, Cancelled, Claim, Denied, Job, Outcome
from shared.stores import connect
from tests.properties.ledger_world import (
    DEAD,
    FAILED,
    GOOD,
    LOST_STARTS,
    QUEUE,
    SEND_SECONDS,
    TERMS,
    UNKNOWN,
    World,
)

CANCELLED = Outcome("cancelled")
FINALS = [GOOD, FAILED, CANCELLED, DEAD, UNKNOWN]


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


def bumped(world: World, *collections: str) -> None:
    """Finish a write that changes these collections."""
    world.done(world.accepted(world.write("elsewhere", joins=False, changes=collections)))


# --- accepting


def test_an_accepted_job_can_be_read_back(world: World) -> None:
    call = world.write("t", arguments={"name": 'ä"\\'}, trace="trace-1", front="front-1")
    answer = world.accept(call)
    job = world.job(call.id)
    assert (answer.verdict, answer.job_id, answer.live_workers) == ("new", call.id, 1)
    assert (job.state, job.tool, job.queue, job.writes) == ("accepted", call.tool, QUEUE, True)
    assert (job.arguments, job.trace) == (call.arguments, "trace-1")
    assert job.deadline - job.accepted == pytest.approx(1800)
    assert (job.starts, job.tries, job.waits, job.resends) == (0, 0, 0, 0)


def test_there_is_no_job_of_an_unknown_id(world: World) -> None:
    assert world.ledger.read("nothing") is None
    assert world.denied("nothing").reason == "gone"
    assert world.ledger.cancel("nothing", client="client") == Cancelled("unknown_job")
    assert not world.ledger.watch("nothing", client="client")


def test_a_job_that_was_just_accepted_is_swept_one_round_later(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    score = world.due(job_id)
    assert score is not None
    assert world.now() < score <= world.now() + TERMS.sweep


def test_accepting_the_same_job_twice_leaves_the_first_as_it_is(world: World) -> None:
    call = world.write("t", joins=False)
    world.accept(call)
    world.done(call.id)
    world.accept(call)
    assert world.state(call.id) == "done"


# --- joining reads


def test_equal_reads_in_flight_are_one_job(world: World) -> None:
    first = world.accepted(world.read())
    answer = world.accept(world.read(client="other"))
    assert (answer.verdict, answer.job_id, answer.joined) == ("joined", first, True)
    world.claimed(first)
    assert world.accept(world.read()).job_id == first


def test_a_read_is_not_joined_once_its_collection_has_changed(world: World) -> None:
    first = world.accepted(world.read())
    bumped(world, "subnet")
    second = world.accepted(world.read())
    assert world.accept(world.read()).job_id == second
    world.done(first)
    assert world.accept(world.read()).job_id == second


def test_a_read_is_joined_whatever_happens_to_other_collections(world: World) -> None:
    first = world.accepted(world.read())
    bumped(world, "dns_zone")
    assert world.accept(world.read()).job_id == first


@pytest.mark.parametrize("outcome", [FAILED, UNKNOWN, CANCELLED])
def test_a_write_that_did_not_end_well_moves_the_version_on_too(
    world: World, outcome: Outcome
) -> None:
    first = world.accepted(world.read())
    write = world.accepted(world.write("t"))
    job = world.claimed(write)
    world.mark(job)
    world.ledger.finish(job, outcome)
    world.accepted(world.read())
    assert world.state(first) == "accepted"


def test_a_change_in_another_account_does_not_part_equal_reads(world: World) -> None:
    first = world.accepted(world.read())
    write = world.accepted(world.write("t", account="other", joins=False))
    world.done(write)
    assert world.accept(world.read()).job_id == first


@pytest.mark.parametrize("outcome", [GOOD, FAILED])
def test_a_read_that_has_ended_is_not_joined(world: World, outcome: Outcome) -> None:
    world.done(world.accepted(world.read()), outcome)
    world.accepted(world.read())


def test_a_cancelled_leader_is_not_joined(world: World) -> None:
    first = world.accepted(world.read())
    world.ledger.cancel(first, client="client")
    world.accepted(world.read())


def test_a_read_that_does_not_join_is_a_job_of_its_own(world: World) -> None:
    world.accepted(world.read())
    world.accepted(world.read(joins=False))


def test_versions_only_grow(world: World) -> None:
    seen = []
    for _ in range(3):
        bumped(world, "subnet")
        seen.append(int(world.client.get(world.key("version", "account", "subnet"))))
    assert seen == sorted(set(seen))
    ahead = seen[-1] + 10**12
    world.client.set(world.key("version", "account", "subnet"), ahead)
    bumped(world, "subnet")
    assert int(world.client.get(world.key("version", "account", "subnet"))) == ahead + 1


# --- joining writes


def test_an_equal_write_joins_the_last_one_on_its_target(world: World) -> None:
    first = world.accepted(world.write("t"))
    assert world.accept(world.write("t")).job_id == first
    world.claimed(first)
    assert world.accept(world.write("t")).job_id == first


def test_a_write_is_not_joined_when_another_was_accepted_on_its_target_since(
    world: World,
) -> None:
    world.accepted(world.write("t", fingerprint="create"))
    world.accepted(world.write("t", fingerprint="delete"))
    world.accepted(world.write("t", fingerprint="create"))


def test_a_write_is_not_joined_when_one_of_its_targets_was_written_since(world: World) -> None:
    world.accepted(world.write("t", "u", fingerprint="both"))
    world.accepted(world.write("u", fingerprint="one"))
    world.accepted(world.write("t", "u", fingerprint="both"))


def test_a_write_joins_one_that_has_ended_a_while_ago(world: World) -> None:
    first = world.accepted(world.write("t"))
    world.done(first)
    world.age(first, TERMS.join_after / 1000 - 5)
    assert world.accept(world.write("t")).job_id == first


def test_a_write_does_not_join_one_that_ended_too_long_ago(world: World) -> None:
    first = world.accepted(world.write("t"))
    world.done(first)
    world.age(first, TERMS.join_after / 1000 + 1)
    world.accepted(world.write("t"))


def test_what_a_finished_write_is_found_by_goes_away_by_itself(world: World) -> None:
    world.done(world.accepted(world.write("t")))
    left = world.client.pttl(world.key("flight", "write-t"))
    assert 0 < left <= TERMS.join_after


@pytest.mark.parametrize("outcome", [FAILED, CANCELLED])
def test_a_write_that_failed_is_not_joined(world: World, outcome: Outcome) -> None:
    world.done(world.accepted(world.write("t")), outcome)
    world.accepted(world.write("t"))


def test_a_write_of_unknown_outcome_is_joined_however_long_ago_it_was(world: World) -> None:
    first = world.accepted(world.write("t"))
    world.done(first, UNKNOWN)
    world.age(first, TERMS.join_after / 1000 + 100)
    assert world.accept(world.write("t")).job_id == first


def test_a_write_in_flight_is_joined_however_short_records_are_kept(client: Redis) -> None:
    world = World(client, terms=replace(TERMS, job_ttl=1))
    first = world.accepted(world.write("t"))
    until = world.now() + 10
    while world.now() < until:
        pass
    assert world.accept(world.write("t")).job_id == first


# --- idempotency keys


def test_the_same_key_and_arguments_are_the_same_job_even_after_its_end(world: World) -> None:
    first = world.accepted(world.write("t", idempotency_key="k", joins=False))
    assert world.accept(world.write("t", idempotency_key="k", joins=False)).verdict == "same"
    world.done(first, FAILED)
    answer = world.accept(world.write("t", idempotency_key="k", joins=False))
    assert (answer.verdict, answer.job_id) == ("same", first)


def test_the_same_key_with_other_arguments_is_refused(world: World) -> None:
    world.accepted(world.write("t", idempotency_key="k", fingerprint="one"))
    answer = world.accept(world.write("t", idempotency_key="k", fingerprint="other"))
    assert answer.verdict == "key_taken"
    assert not answer.joined


def test_two_accounts_may_use_the_same_key(world: World) -> None:
    world.accepted(world.write("t", idempotency_key="k", fingerprint="one"))
    world.accepted(world.write("u", idempotency_key="k", fingerprint="other", account="other"))


def test_another_key_is_another_job_where_equal_calls_do_not_join(world: World) -> None:
    world.accepted(world.write("t", idempotency_key="k", joins=False))
    world.accepted(world.write("t", idempotency_key="l", joins=False))


def test_a_key_is_kept_for_24_hours(world: World) -> None:
    world.accepted(world.write("t", idempotency_key="k"))
    (key,) = [name for name in world.names() if name.startswith(world.key("key"))]
    assert 86_390_000 < world.client.pttl(key) <= 86_400_000


@pytest.mark.parametrize("key", ["with blanks in it", "ä:*", "x" * 200, "\x00"])
def test_a_key_may_be_any_text(world: World, key: str) -> None:
    first = world.accepted(world.write("t", idempotency_key=key, joins=False))
    assert world.accept(world.write("t", idempotency_key=key, joins=False)).job_id == first


# --- room and workers


def test_a_queue_at_its_limit_is_busy_and_says_how_many_are_before(client: Redis) -> None:
    world = World(client, terms=replace(TERMS, queue_limit=3))
    for number in range(3):
        world.accepted(world.write(f"t{number}"))
    answer = world.accept(world.write("t9"))
    assert (answer.verdict, answer.job_id, answer.open_jobs) == ("busy", None, 3)
    assert world.ledger.read("job-4") is None
    assert world.accept(world.write("t0")).verdict == "joined"
    world.done("job-1")
    world.accepted(world.write("t9"))


def test_a_full_queue_still_lets_its_jobs_end(client: Redis) -> None:
    world = World(client, terms=replace(TERMS, queue_limit=1))
    first = world.accepted(world.write("t"))
    assert world.accept(world.write("u")).verdict == "busy"
    world.done(first)
    assert world.state(first) == "done"


def test_a_read_without_a_worker_is_refused_and_leaves_nothing(client: Redis) -> None:
    world = World(client)
    answer = world.accept(world.read())
    assert (answer.verdict, answer.job_id, answer.live_workers) == ("no_worker", None, 0)
    assert world.names() == []


def test_a_write_without_a_worker_is_accepted_and_says_so(client: Redis) -> None:
    answer = World(client).accept(World(client).write("t"))
    assert (answer.verdict, answer.live_workers) == ("new", 0)


def test_a_worker_of_another_queue_does_not_count(client: Redis) -> None:
    world = World(client)
    world.alive(Queue.ATCFW)
    assert world.accept(world.read()).verdict == "no_worker"


def test_a_worker_that_has_left_or_fallen_silent_does_not_count(world: World) -> None:
    assert world.ledger.workers()[QUEUE] == 1
    world.ledger.leave(QUEUE, worker="somebody")
    assert world.ledger.workers()[QUEUE] == 0
    world.alive()
    silent = world.now() - TERMS.worker_ttl - 1
    world.client.zadd(world.key("workers", QUEUE), {"somebody": silent})
    assert world.ledger.workers()[QUEUE] == 0
    assert world.accept(world.read()).verdict == "no_worker"


# --- claiming


def test_a_job_is_claimed_once_at_a_time(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    assert (job.state, job.fence, job.starts) == ("running", "1", 1)
    assert world.denied(job_id).reason == "held"


def test_many_workers_with_many_hints_claim_a_job_once(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    gate = threading.Barrier(8)

    def rush(number: int) -> list[Any]:
        gate.wait(10)
        return [world.claim(job_id, owner=f"w{number}") for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        claims = [claim for found in pool.map(rush, range(8)) for claim in found]
    assert sum(isinstance(claim, Claim) for claim in claims) == 1


def test_a_lost_lease_lets_another_worker_in_with_a_higher_fence(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    fences = []
    for _ in range(3):
        fences.append(int(world.claimed(job_id).fence))
        world.lose_lease(job_id)
    assert fences == sorted(set(fences))


@pytest.mark.parametrize("outcome", FINALS, ids=lambda outcome: outcome.state)
def test_a_final_job_is_not_claimed_and_never_changes(world: World, outcome: Outcome) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.mark(job)
    world.ledger.finish(job, outcome)
    before = world.client.hgetall(world.key("job", job_id))
    assert world.denied(job_id).reason == "gone"
    assert world.ledger.finish(job, FAILED)[0] == "final"
    assert world.ledger.finish(job, GOOD)[0] == "final"
    assert not world.ledger.park(job, wait_seconds=1, note="x")[0]
    assert world.ledger.cancel(job_id, client="client").verdict == "final"
    assert world.mark(job) in {"lost", "cancelled"}
    assert world.ledger.renew([job]) == {job_id}
    assert world.client.hgetall(world.key("job", job_id)) == before


def test_a_parked_job_is_not_claimed_early_and_is_when_due(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.ledger.park(world.claimed(job_id), wait_seconds=60, note="busy")
    assert world.denied(job_id).reason == "early"
    job = world.job(job_id)
    assert (job.state, job.note, job.waits) == ("waiting", "busy", 1)
    assert job.due == pytest.approx(job.now + 60, abs=1)
    world.fall_due(job_id)
    assert world.claimed(job_id).starts == 2


# --- order per target


def test_writes_on_one_target_go_in_order_of_acceptance(world: World) -> None:
    ids = [world.accepted(world.write("t", joins=False)) for _ in range(3)]
    for job_id in ids[1:]:
        assert world.denied(job_id).reason == "behind"
        assert world.job(job_id).behind == ids[0]
    for job_id in ids:
        if job_id != ids[0]:
            world.fall_due(job_id)
        world.done(job_id)


def test_waiting_behind_another_job_is_not_a_try(world: World) -> None:
    world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    for _ in range(5):
        world.denied(second)
        world.fall_due(second)
    job = world.job(second)
    assert (job.starts, job.tries, job.waits) == (0, 0, 0)


def test_the_next_write_is_freed_and_due_at_once(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    job = world.claimed(first)
    world.denied(second)
    _, freed = world.ledger.finish(job, GOOD)
    assert freed == ((QUEUE, second),)
    due = world.due(second)
    assert due is not None
    assert due <= world.now()
    world.claimed(second)


def test_a_parked_write_keeps_its_place(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    world.ledger.park(world.claimed(first), wait_seconds=60, note="busy")
    assert world.denied(second).reason == "behind"


def test_writes_on_different_targets_do_not_wait_for_each_other(world: World) -> None:
    one = world.accepted(world.write("t"))
    other = world.accepted(world.write("u"))
    world.claimed(one)
    world.claimed(other)


def test_a_write_with_several_targets_waits_for_all_and_is_freed_by_each(world: World) -> None:
    one = world.accepted(world.write("t", joins=False))
    other = world.accepted(world.write("u", joins=False))
    both = world.accepted(world.write("t", "u", joins=False))
    after = world.accepted(world.write("u", joins=False))
    one_job, other_job = world.claimed(one), world.claimed(other)
    assert world.denied(both).reason == "behind"
    assert world.ledger.finish(one_job, GOOD)[1] == ((QUEUE, both),)
    assert world.denied(both).reason == "behind"
    assert world.job(both).behind == other
    assert world.ledger.finish(other_job, GOOD)[1] == ((QUEUE, both),)
    both_job = world.claimed(both)
    assert world.denied(after).reason == "behind"
    assert world.ledger.finish(both_job, GOOD)[1] == ((QUEUE, after),)


def test_a_job_that_frees_several_names_each_once(world: World) -> None:
    first = world.accepted(world.write("t", "u", joins=False))
    waiting = [world.accepted(world.write(name, joins=False)) for name in ("t", "u")]
    for job_id in waiting:
        world.denied(job_id)
    _, freed = world.ledger.finish(world.claimed(first), GOOD)
    assert sorted(freed) == sorted((QUEUE, job_id) for job_id in waiting)


def test_a_job_behind_another_on_two_targets_is_freed_once(world: World) -> None:
    first = world.accepted(world.write("t", "u", joins=False))
    second = world.accepted(world.write("t", "u", joins=False))
    world.denied(second)
    _, freed = world.ledger.finish(world.claimed(first), GOOD)
    assert freed == ((QUEUE, second),)


def test_a_cancelled_write_frees_the_one_behind_it(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    world.denied(second)
    assert world.ledger.cancel(first, client="client").freed == ((QUEUE, second),)
    world.claimed(second)


def test_a_record_that_vanished_does_not_block_its_target(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    world.client.delete(world.key("job", first))
    world.claimed(second)


def test_nothing_is_left_of_a_target_when_its_jobs_have_ended(world: World) -> None:
    for _ in range(2):
        world.done(world.accepted(world.write("t", "u", joins=False)))
    assert not [key for key in world.names() if key.startswith(world.key("target"))]


# --- leases


def test_a_renewed_lease_keeps_others_out(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.lose_lease(job_id)
    assert world.ledger.renew([job]) == frozenset()
    assert world.denied(job_id).reason == "held"
    due = world.due(job_id)
    assert due is not None
    assert due > world.now()


def test_a_lease_that_was_taken_away_is_reported_and_not_renewed(world: World) -> None:
    kept, taken, ended = (world.accepted(world.write(name)) for name in "tuv")
    jobs = [world.claimed(job_id) for job_id in (kept, taken, ended)]
    world.lose_lease(taken)
    world.claimed(taken, owner="w2")
    world.ledger.finish(jobs[2], GOOD)
    assert world.ledger.renew(jobs) == {taken, ended}
    assert world.due(ended) is None


def test_a_parked_job_is_not_renewed(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.ledger.park(job, wait_seconds=60, note="busy")
    assert world.ledger.renew([job]) == {job_id}
    assert world.state(job_id) == "waiting"


# --- marking


def test_at_most_one_request_is_sent_per_claim(world: World) -> None:
    job = world.claimed(world.accepted(world.write("t")))
    assert world.mark(job) == "ok"
    assert world.mark(job) == "lost"
    world.settle(job.id)
    assert world.mark(job) == "lost"


def test_a_mark_says_until_when_the_request_could_arrive(world: World) -> None:
    job = world.claimed(world.accepted(world.write("t")))
    world.mark(job, send_seconds=42)
    now = world.job(job.id)
    assert now.sending
    assert now.send_until == pytest.approx(now.now + 42, abs=1)
    assert (now.tries, now.resends) == (1, 0)
    assert now.attempts[-1].ended is None


def test_a_second_request_is_early_until_the_first_cannot_arrive_any_more(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.mark(world.claimed(job_id))
    world.lose_lease(job_id)
    again = world.claimed(job_id, owner="w2")
    assert again.sending
    assert world.mark(again) == "early"
    world.settle(job_id)
    assert world.mark(again) == "ok"
    assert (world.job(job_id).tries, world.job(job_id).resends) == (2, 1)


def test_a_worker_whose_lease_was_taken_may_not_send(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    late = world.claimed(job_id)
    world.lose_lease(job_id)
    world.claimed(job_id, owner="w2")
    assert world.mark(late) == "lost"


def test_a_parked_job_may_not_be_sent(world: World) -> None:
    job = world.claimed(world.accepted(world.write("t")))
    world.ledger.park(job, wait_seconds=60, note="busy")
    assert world.mark(job) == "lost"


def test_an_answered_park_takes_the_mark_away_and_a_doubtful_one_keeps_it(world: World) -> None:
    sure, doubtful = world.accepted(world.write("t")), world.accepted(world.write("u"))
    for job_id, in_doubt in ((sure, False), (doubtful, True)):
        job = world.claimed(job_id)
        world.mark(job)
        assert world.ledger.park(job, wait_seconds=1, note="x", in_doubt=in_doubt)[0]
    assert not world.job(sure).sending
    assert world.job(doubtful).sending
    assert world.job(doubtful).send_until > 0


# --- the answer of a worker that came late


def test_a_late_finish_is_refused_and_kept_for_the_new_owner(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    late = world.claimed(job_id)
    world.mark(late)
    world.lose_lease(job_id)
    owner = world.claimed(job_id, owner="w2")
    assert world.ledger.finish(late, GOOD)[0] == "lost"
    assert world.state(job_id) == "running"
    assert world.job(job_id).orphan == GOOD
    world.settle(job_id)
    assert world.mark(owner) == "answered"
    assert world.ledger.finish(owner, GOOD)[0] == "ok"
    assert world.job(job_id).orphan is None


def test_the_next_owner_is_given_the_late_answer(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    late = world.claimed(job_id)
    world.lose_lease(job_id)
    world.claimed(job_id, owner="w2")
    world.ledger.finish(late, GOOD)
    world.lose_lease(job_id)
    assert world.claimed(job_id, owner="w3").orphan == GOOD


def test_a_late_answer_is_not_thrown_away_because_its_new_owners_died(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    late = world.claimed(job_id)
    world.mark(late)
    for _ in range(LOST_STARTS - 1):
        world.lose_lease(job_id)
        world.claimed(job_id)
    assert world.ledger.finish(late, GOOD)[0] == "lost"
    world.lose_lease(job_id)
    claim = world.claim_anyhow(job_id)
    given = claim.job.orphan if isinstance(claim, Claim) else world.job(job_id).outcome
    assert given == GOOD


def test_a_finish_after_the_lease_is_right_while_nobody_took_over(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.lose_lease(job_id)
    assert world.ledger.finish(job, GOOD)[0] == "ok"


def test_a_late_park_changes_nothing(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    late = world.claimed(job_id)
    world.lose_lease(job_id)
    world.claimed(job_id, owner="w2")
    assert world.ledger.park(late, wait_seconds=1, note="x") == (False, ())
    assert world.state(job_id) == "running"


# --- attempts


def test_every_attempt_is_kept_with_its_answer(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.mark(job)
    note = {"status": 409, "why": "busy", "wait": 5.25, "retry_after": None}
    world.ledger.park(job, wait_seconds=0, note="x", attempt=note)
    world.fall_due(job_id)
    job = world.claimed(job_id)
    world.mark(job)
    world.ledger.finish(job, GOOD, attempt={"status": 200, "request_id": "r-1"})
    one, two = world.job(job_id).attempts
    assert (one.number, one.status, one.why, one.wait_seconds) == (1, 409, "busy", 5.25)
    assert (two.number, two.status, two.request_id) == (2, 200, "r-1")
    assert one.ended is not None
    assert one.started <= one.ended <= two.started


def test_an_attempt_whose_worker_died_is_kept_as_lost(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.mark(world.claimed(job_id))
    world.lose_lease(job_id)
    world.claimed(job_id)
    (attempt,) = world.job(job_id).attempts
    assert attempt.lost


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", 'ä"\\', "x" * 100_000, "\U0001f600"])
def test_an_answer_may_hold_any_text(world: World, text: str) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.mark(job)
    assert world.ledger.park(job, wait_seconds=0, note=text, attempt={"why": text})[0]
    world.fall_due(job_id)
    job = world.claimed(job_id)
    world.mark(job)
    outcome = Outcome("done", {"text": text})
    assert world.ledger.finish(job, outcome, attempt={"why": text})[0] == "ok"
    assert world.job(job_id).outcome == outcome


# --- sweeping


def sweep(world: World, *, queued: int = 0, worker: str = "w1") -> tuple[str, ...]:
    return world.ledger.sweep(QUEUE, worker=worker, queued=queued).job_ids


def test_a_job_whose_hint_is_missing_is_hinted_again(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    assert sweep(world) == ()
    world.fall_due(job_id)
    assert sweep(world) == (job_id,)


def test_two_sweepers_do_not_send_the_same_hint(world: World) -> None:
    ids = [world.accepted(world.write(f"t{number}")) for number in range(50)]
    for job_id in ids:
        world.fall_due(job_id)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: sweep(world, worker=f"w{number}"), range(8)))
    assert sorted(job_id for ids_found in found for job_id in ids_found) == sorted(ids)


@pytest.mark.parametrize(("queued", "hints"), [(0, 5), (3, 2), (5, 0), (9, 0)])
def test_no_more_hints_are_sent_than_are_missing(world: World, queued: int, hints: int) -> None:
    ids = [world.accepted(world.write(f"t{number}")) for number in range(5)]
    for age, job_id in enumerate(ids):
        world.client.zadd(world.key("due", QUEUE), {job_id: world.now() - 5000 + age})
    assert sweep(world, queued=queued) == tuple(ids[:hints])


def test_a_job_at_work_is_not_hinted(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.fall_due(job_id)
    world.claimed(job_id)
    assert sweep(world) == ()
    world.lose_lease(job_id)
    assert sweep(world) == (job_id,)


def test_a_hinted_job_is_hinted_again_a_lease_later(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.fall_due(job_id)
    sweep(world)
    due = world.due(job_id)
    assert due is not None
    assert due == pytest.approx(world.now() + TERMS.lease, abs=1000)
    world.claimed(job_id)


def test_a_sweep_says_when_the_next_job_is_due(world: World) -> None:
    assert world.ledger.sweep(QUEUE, worker="w1", queued=0).next_due_seconds is None
    soon, later = world.accepted(world.write("t")), world.accepted(world.write("u"))
    world.ledger.park(world.claimed(soon), wait_seconds=5, note="x")
    world.ledger.park(world.claimed(later), wait_seconds=50, note="x")
    found = world.ledger.sweep(QUEUE, worker="w1", queued=0)
    assert found.next_due_seconds == pytest.approx(5, abs=1)


def test_a_sweep_does_not_touch_other_queues(world: World) -> None:
    job_id = world.accepted(world.write("t", queue=Queue.ATCFW))
    world.fall_due(job_id, Queue.ATCFW)
    assert sweep(world) == ()
    assert world.ledger.sweep(Queue.ATCFW, worker="w1", queued=0).job_ids == (job_id,)


def test_a_sweep_forgets_jobs_and_workers_of_long_ago(world: World) -> None:
    old = world.now() - TERMS.job_ttl - 1000
    for kind in ("read", "write"):
        world.client.zadd(world.key("ended", QUEUE, kind), {"old": old})
    world.client.zadd(world.key("workers", QUEUE), {"old": old})
    sweep(world)
    assert world.client.zrange(world.key("ended", QUEUE, "read"), 0, -1) == []
    assert world.client.zrange(world.key("ended", QUEUE, "write"), 0, -1) == []
    assert world.client.zrange(world.key("workers", QUEUE), 0, -1) == ["somebody", "w1"]


# --- poison


@pytest.mark.parametrize("writes", [True, False])
def test_a_job_that_takes_down_every_worker_ends_dead(world: World, writes: bool) -> None:
    job_id = world.accepted(world.write("t") if writes else world.read())
    for _ in range(LOST_STARTS):
        world.claimed(job_id)
        world.lose_lease(job_id)
    assert world.denied(job_id).reason == "poisoned"
    assert world.job(job_id).outcome == DEAD
    assert world.due(job_id) is None


def test_a_job_that_lost_two_workers_starts_only_where_it_is_alone(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    for _ in range(SHARED_STARTS):
        assert isinstance(world.claim(job_id), Claim)
        world.lose_lease(job_id)
    before = world.job(job_id)
    assert world.claim(job_id) == Denied("solo")
    after = world.job(job_id)
    assert (after.starts, after.fence) == (before.starts, before.fence)
    assert isinstance(world.claim(job_id, alone=True), Claim)
    assert world.claim(job_id).reason == "held"  # type: ignore[union-attr]  # it is denied


def test_a_job_that_is_refused_a_start_is_hinted_at_again_soon(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    for _ in range(SHARED_STARTS):
        world.claimed(job_id)
        world.lose_lease(job_id)
    world.claim(job_id)
    score = world.due(job_id)
    assert score is not None
    assert world.now() < score <= world.now() + 3000


def test_starts_that_were_shared_or_refused_never_make_a_job_dead(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    for _ in range(SHARED_STARTS):
        world.claimed(job_id)
        world.lose_lease(job_id)
    for _ in range(2 * LOST_STARTS):
        assert world.claim(job_id) == Denied("solo")
    for _ in range(TERMS.poison_starts - 1):
        world.claimed(job_id)
        world.lose_lease(job_id)
    world.claimed(job_id)


def test_a_job_that_recorded_something_shares_a_process_again(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    for _ in range(LOST_STARTS - 1):
        world.claimed(job_id)
        world.lose_lease(job_id)
    world.ledger.park(world.claimed(job_id), wait_seconds=0, note="busy")
    world.fall_due(job_id)
    assert isinstance(world.claim(job_id), Claim)
    assert world.field(job_id, "solo") == "0"


def test_a_poisoned_job_that_was_sent_is_unknown_and_never_dead(world: World) -> None:
    read = world.accepted(world.read())
    job_id = world.accepted(world.write("t"))
    world.mark(world.claimed(job_id))
    for _ in range(LOST_STARTS - 1):
        world.lose_lease(job_id)
        world.claimed(job_id)
    world.lose_lease(job_id)
    world.denied(job_id)
    assert world.job(job_id).outcome == UNKNOWN
    assert world.accept(world.read()).job_id != read


def test_a_record_of_any_kind_ends_the_row_of_silent_starts(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    for _ in range(3):
        for _ in range(LOST_STARTS - 1):
            world.claimed(job_id)
            world.lose_lease(job_id)
        world.ledger.park(world.claimed(job_id), wait_seconds=0, note="busy")
        world.fall_due(job_id)
    world.claimed(job_id)


def test_a_poisoned_job_frees_the_one_behind_it(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    for _ in range(LOST_STARTS):
        world.claimed(first)
        world.lose_lease(first)
    world.denied(second)
    assert world.denied(first).freed == ((QUEUE, second),)


# --- cancelling


def cancel(world: World, job_id: str, client: str = "client") -> str:
    return world.ledger.cancel(job_id, client=client).verdict


def test_a_job_nobody_started_is_cancelled_at_once(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    assert cancel(world, job_id) == "cancelled"
    assert world.state(job_id) == "cancelled"
    assert world.due(job_id) is None


def test_a_job_that_waits_for_its_next_try_is_cancelled_at_once(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.mark(job)
    world.ledger.park(job, wait_seconds=60, note="busy", attempt={"status": 429})
    assert cancel(world, job_id) == "cancelled"


def test_a_running_job_that_is_not_sent_is_cancelled_and_never_sent(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    assert cancel(world, job_id) == "cancelled"
    assert world.mark(job) == "cancelled"
    assert world.ledger.finish(job, GOOD)[0] == "final"


def test_a_sent_job_is_only_asked_to_stop_and_ends_with_the_truth(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.mark(job)
    assert cancel(world, job_id) == "requested"
    asked = world.job(job_id)
    assert (asked.state, asked.cancel_requested, asked.note) == (
        "running",
        True,
        "cancel requested",
    )
    world.ledger.finish(job, GOOD)
    assert world.state(job_id) == "done"


def test_a_sent_job_that_was_turned_away_ends_cancelled_when_asked_to(world: World) -> None:
    first = world.accepted(world.write("t", joins=False))
    second = world.accepted(world.write("t", joins=False))
    job = world.claimed(first)
    world.denied(second)
    world.mark(job)
    cancel(world, first)
    kept, freed = world.ledger.park(job, wait_seconds=60, note="busy", attempt={"status": 429})
    assert (kept, freed) == (True, ((QUEUE, second),))
    assert world.state(first) == "cancelled"


def test_a_job_in_doubt_goes_on_until_the_truth_is_known(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    world.mark(job)
    cancel(world, job_id)
    world.ledger.park(job, wait_seconds=0, note="x", in_doubt=True)
    assert world.state(job_id) == "waiting"
    assert cancel(world, job_id) == "requested"
    world.wait_is_over(job_id)
    again = world.claimed(job_id)
    assert again.cancel_requested
    assert world.mark(again) == "cancelled"


def test_only_the_last_interested_client_cancels(world: World) -> None:
    job_id = world.accepted(world.read(client="a"))
    for client in "bc":
        assert world.accept(world.read(client=client)).job_id == job_id
    assert cancel(world, job_id, "a") == "shared"
    assert cancel(world, job_id, "a") == "unknown_job"
    assert cancel(world, job_id, "b") == "shared"
    assert world.state(job_id) == "accepted"
    assert cancel(world, job_id, "c") == "cancelled"


def test_a_client_that_joins_twice_counts_once(world: World) -> None:
    job_id = world.accepted(world.read())
    world.accept(world.read())
    assert cancel(world, job_id) == "cancelled"


def test_a_foreign_job_cannot_be_seen_followed_or_cancelled(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    assert cancel(world, job_id, "stranger") == "unknown_job"
    assert not world.ledger.watch(job_id, client="stranger", front="front")
    assert not world.ledger.owned(job_id, client="stranger")
    assert world.ledger.owned(job_id, client="client")
    assert world.state(job_id) == "accepted"


# --- how long things are kept


PLANNED = ("account", "accounts", "due", "ended", "jobs", "version", "workers")


def test_nothing_but_what_is_planned_stays_for_ever(world: World) -> None:
    world.ledger.publish_account("default", "tag")
    for number, outcome in enumerate(FINALS):
        call = world.write(f"t{number}", idempotency_key=f"k{number}", front="front")
        world.accepted(call)
        world.accept(replace(call, id="x", client="other"))
        job = world.claimed(call.id)
        world.mark(job)
        world.ledger.park(job, wait_seconds=0, note="x", attempt={"status": 429})
        world.fall_due(call.id)
        world.done(call.id, outcome)
    world.done(world.accepted(world.read(front="front")))
    world.ledger.cancel(world.accepted(world.read()), client="client")
    poisoned = world.accepted(world.write("poison"))
    for _ in range(LOST_STARTS):
        world.claimed(poisoned)
        world.lose_lease(poisoned)
    world.denied(poisoned)
    kept = {key for key in world.names() if world.client.pttl(key) == -1}
    assert {key.removeprefix(world.prefix).split(":")[0] for key in kept} <= set(PLANNED)


@pytest.mark.parametrize("writes", [True, False])
def test_a_record_is_kept_as_long_as_its_kind_is(world: World, writes: bool) -> None:
    call = world.write("t", front="front") if writes else world.read(front="front")
    world.done(world.accepted(call), FAILED)
    ttl = TERMS.job_ttl if writes else TERMS.read_ttl
    for key in world.names():
        if key.startswith(world.key("job", call.id)):
            assert ttl - 5000 < world.client.pttl(key) <= ttl


def test_an_open_job_does_not_expire(world: World) -> None:
    call = world.write("t", front="front")
    world.accepted(call)
    job = world.claimed(call.id)
    world.mark(job)
    world.ledger.park(job, wait_seconds=0, note="x", attempt={"status": 429})
    keys = [key for key in world.names() if key.startswith(world.key("job", call.id))]
    assert len(keys) == 4
    assert {world.client.pttl(key) for key in keys} == {-1}


# --- following


def test_asking_after_a_read_pushes_its_deadline_on(world: World) -> None:
    job_id = world.accepted(world.read())
    world.client.hset(world.key("job", job_id), "deadline", world.now())
    assert world.ledger.watch(job_id, client="client")
    job = world.job(job_id)
    assert job.deadline == pytest.approx(job.now + 120, abs=1)


def test_joining_a_read_pushes_its_deadline_on(world: World) -> None:
    job_id = world.accepted(world.read())
    world.client.hset(world.key("job", job_id), "deadline", world.now())
    world.accept(world.read())
    job = world.job(job_id)
    assert job.deadline == pytest.approx(job.now + 120, abs=1)


def test_asking_after_a_write_does_not_move_its_deadline(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    before = world.job(job_id).deadline
    world.ledger.watch(job_id, client="client")
    world.accept(world.write("t"))
    assert world.job(job_id).deadline == before


def test_a_job_that_has_ended_can_still_be_asked_after(world: World) -> None:
    job_id = world.accepted(world.read())
    world.done(job_id)
    assert world.ledger.watch(job_id, client="client", front="front")


def heard(world: World, front: str) -> list[tuple[str, str]]:
    entries = world.client.xrange(world.key("replies", front))
    return [(fields["id"], fields["state"]) for _, fields in entries]


def test_every_front_end_that_waits_is_told_what_happens(world: World) -> None:
    for front in ("a", "b", "c"):
        world.client.xadd(world.key("replies", front), {"id": "-", "state": "-"})
    job_id = world.accepted(world.write("t", front="a"))
    world.ledger.watch(job_id, client="client", front="b")
    job = world.claimed(job_id)
    world.mark(job)
    world.ledger.park(job, wait_seconds=0, note="busy")
    world.fall_due(job_id)
    world.done(job_id)
    told = [(job_id, state) for state in ("running", "waiting", "running", "done")]
    assert heard(world, "a")[1:] == told
    assert heard(world, "b")[1:] == told
    assert heard(world, "c")[1:] == []


@pytest.mark.parametrize("outcome", FINALS, ids=lambda outcome: outcome.state)
def test_every_end_is_told(world: World, outcome: Outcome) -> None:
    world.client.xadd(world.key("replies", "a"), {"id": "-", "state": "-"})
    job_id = world.accepted(world.write("t", front="a"))
    world.done(job_id, outcome)
    assert heard(world, "a")[-1] == (job_id, outcome.state)


def test_the_stream_of_a_front_end_that_is_gone_is_not_made_again(world: World) -> None:
    world.done(world.accepted(world.write("t", front="gone")))
    assert not world.client.exists(world.key("replies", "gone"))


# --- listing


def test_the_newest_jobs_come_first_and_can_be_chosen(world: World) -> None:
    done = world.accepted(world.write("t"))
    world.done(done)
    foreign = world.accepted(world.write("u", client="other", queue=Queue.ATCFW))
    world.client.zadd(world.key("jobs", QUEUE), {done: world.now() - 5000})

    def listed(**asked: Any) -> list[Job]:
        return list(world.ledger.listed(**asked).jobs)

    assert [job.id for job in listed()] == [foreign, done]
    assert [job.id for job in listed(limit=1)] == [foreign]
    assert [job.id for job in listed(state="done")] == [done]
    assert [job.id for job in listed(queue=Queue.ATCFW)] == [foreign]
    assert [job.id for job in listed(client="client")] == [done]
    assert listed(state="dead") == []


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_pages_hold_every_job_once_in_order(world: World, limit: int) -> None:
    world.alive()
    ids = [world.accepted(world.write(f"t{number}", client="me")) for number in range(25)]
    ids += [world.accepted(world.read(joins=False, client="you")) for _ in range(5)]
    # A burst is accepted within one millisecond.
    world.client.zadd(world.key("jobs", QUEUE), dict.fromkeys(ids, 1000))
    choices: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({}, ids),
        ({"client": "me"}, ids[:25]),
        ({"state": "accepted"}, ids),
    )
    for asked, wanted in choices:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = world.ledger.listed(limit=limit, cursor=cursor, **asked)
            assert len(page.jobs) <= limit
            seen += [job.id for job in page.jobs]
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(seen) == sorted(wanted)
        assert len(seen) == len(wanted)


def test_a_rare_state_is_found_behind_many_others(world: World) -> None:
    first = world.accepted(world.write("t"))
    world.done(first, FAILED)
    ids = [world.accepted(world.write(f"t{number}")) for number in range(90)]
    page = world.ledger.listed(state="failed", limit=5)
    assert [job.id for job in page.jobs] == [first]
    assert page.cursor is None
    assert len(ids) == 90


def test_a_cursor_of_somebody_elses_is_refused(world: World) -> None:
    with pytest.raises(InvalidArguments, match="cursor"):
        world.ledger.listed(cursor="1; DROP")


def test_the_list_forgets_what_the_store_forgot(world: World) -> None:
    done = world.accepted(world.write("t"))
    world.done(done)
    long_ago = world.now() - TERMS.job_ttl - 1
    world.client.zadd(world.key("ended", QUEUE, "write"), {done: long_ago})
    world.client.delete(world.key("job", done))
    assert world.ledger.listed().jobs == ()
    world.alive()
    assert not world.client.zcard(world.key("jobs", QUEUE))
    assert not world.client.zcard(world.key("ended", QUEUE, "write"))


def test_jobs_are_read_in_the_order_asked_for_without_those_that_are_gone(world: World) -> None:
    one, two = world.accepted(world.write("t")), world.accepted(world.write("u"))
    assert [job.id for job in world.ledger.read_all([two, "gone", one])] == [two, one]


def test_an_account_that_nobody_published_is_told_apart(world: World) -> None:
    assert world.ledger.account("default") == "unpublished:default"
    world.ledger.publish_account("default", "tag")
    assert world.ledger.account("default") == "tag"


def test_an_outcome_is_read_back_as_it_was_recorded(world: World) -> None:
    problem = UnknownOutcome("lost", retry_after_seconds=12.5).problem
    outcome = Outcome("failed", problem=problem)
    job_id = world.accepted(world.write("t"))
    world.done(job_id, outcome)
    assert world.job(job_id).outcome == outcome


def test_the_scripts_are_loaded_again_when_the_store_has_forgotten_them(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.client.script_flush()
    world.done(job_id)


# --- replays


def test_a_replay_is_a_job_of_its_own_that_names_the_one_it_repeats(world: World) -> None:
    call = world.write("t", changes=("subnet", "dns_zone"))
    world.done(world.accepted(call), FAILED)
    old = world.job(call.id)
    assert (old.fingerprint, old.targets, old.changes) == (
        call.fingerprint,
        call.targets,
        call.changes,
    )
    assert old.replays == ()
    again = replace(call, id="again", joins=False, replays=(call.id, "older"))
    world.accepted(again)
    assert world.job("again").replays == (call.id, "older")
    assert world.claimed("again").replays == (call.id, "older")
    assert world.state(call.id) == "failed"


def test_open_jobs_can_be_listed_without_the_ended_ones(world: World) -> None:
    ended = world.accepted(world.write("t"))
    world.done(ended)
    running, accepted = (world.accepted(world.write(name)) for name in "ab")
    world.claimed(running)
    assert {job.id for job in world.ledger.open_jobs(limit=9)} == {running, accepted}
    assert len(world.ledger.open_jobs(limit=1)) == 1


# --- steps


def test_a_memo_is_kept_from_one_attempt_to_the_next(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    job = world.claimed(job_id)
    assert job.memo == {}
    assert world.ledger.mark_sending(job, send_seconds=1, memo={"id": "5"}) == "ok"
    assert world.job(job_id).memo == {"id": "5"}
    world.ledger.park(job, wait_seconds=0, note="", memo={"id": "5", "gone": ["a"]})
    assert world.claimed(job_id).memo == {"id": "5", "gone": ["a"]}


def test_what_was_answered_well_is_how_a_job_ends_that_is_given_up(world: World) -> None:
    taken = Outcome("done", {"ready": False})
    for way in ("cancelled later", "cancelled before", "killed"):
        job_id = world.accepted(world.write(way))
        job = world.claimed(job_id)
        world.mark(job)
        if way == "cancelled before":
            assert world.ledger.cancel(job_id, client="client").verdict == "requested"
        world.ledger.park(job, wait_seconds=0, note="", memo={"taken": True}, instead=taken)
        if way == "cancelled later":
            assert world.ledger.cancel(job_id, client="client").verdict == "ended"
        if way == "killed":
            for _ in range(LOST_STARTS):
                world.claimed(job_id)
                world.lose_lease(job_id)
            assert world.denied(job_id).reason == "poisoned"
        assert world.job(job_id).outcome == taken, way


def test_a_released_target_goes_on_while_its_job_waits(world: World) -> None:
    first, second = (
        world.accepted(world.write("t", fingerprint=name, joins=False)) for name in "ab"
    )
    job = world.claimed(first)
    world.mark(job)
    assert world.denied(second).reason == "behind"
    kept, freed = world.ledger.park(job, wait_seconds=0, note="provisioning", release=True)
    assert (kept, freed) == (True, ((QUEUE, second),))
    assert isinstance(world.claim(second), Claim)
    # The first one looks on without standing in line again.
    assert isinstance(world.claim(first), Claim)


# --- releases and restarts


@pytest.mark.parametrize(("ahead", "granted"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_one_format_back_is_read_and_no_other(world: World, ahead: int, granted: bool) -> None:
    job_id = world.accepted(world.write("t"))
    world.client.hset(world.key("job", job_id), "format", FORMAT + ahead)
    assert isinstance(world.claim(job_id), Claim) == granted
    if not granted:
        assert world.denied(job_id).reason == "format"
        assert world.state(job_id) == "accepted"
        assert (world.due(job_id) or 0) > world.now()


def test_what_an_older_release_must_not_misread_raises_the_format(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.client.hset(world.key("job", job_id), "format", FORMAT - 1)
    job = world.claimed(job_id)
    world.mark(job)
    assert world.field(job_id, "format") == str(FORMAT - 1)
    world.ledger.park(job, wait_seconds=0, note="", memo={"taken": True})
    assert world.field(job_id, "format") == str(FORMAT)


def test_after_a_restart_a_forgetful_store_is_not_believed(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.client.hset(world.key("job", job_id), "store", "another life")
    job = world.ledger.claim(
        job_id, owner="w", dead=DEAD, unknown=UNKNOWN, settle_seconds=SEND_SECONDS
    )
    assert isinstance(job, Claim)
    assert job.job.sending
    assert job.job.send_until - job.job.now == pytest.approx(SEND_SECONDS, abs=0.1)
    assert world.mark(job.job) == "early"
    assert job.job.forgotten
    world.settle(job_id)
    assert world.mark(job.job) == "ok"
    assert not world.job(job_id).forgotten


def test_a_clear_answer_ends_the_doubt_about_what_a_store_forgot(world: World) -> None:
    job_id = world.accepted(world.write("t"))
    world.client.hset(world.key("job", job_id), "store", "another life")
    claim = world.ledger.claim(
        job_id, owner="w", dead=DEAD, unknown=UNKNOWN, settle_seconds=SEND_SECONDS
    )
    assert isinstance(claim, Claim)
    world.ledger.park(claim.job, wait_seconds=0, note="", in_doubt=True)
    assert world.job(job_id).forgotten
    world.ledger.park(world.claimed(job_id), wait_seconds=0, note="")
    assert not world.job(job_id).forgotten


@pytest.mark.parametrize("settle", [None, SEND_SECONDS])
def test_a_store_that_did_not_restart_is_believed(world: World, settle: float | None) -> None:
    job_id = world.accepted(world.write("t"))
    if settle is None:
        world.client.hset(world.key("job", job_id), "store", "another life")
    job = world.ledger.claim(job_id, owner="w", dead=DEAD, unknown=UNKNOWN, settle_seconds=settle)
    assert isinstance(job, Claim)
    assert not job.job.sending
