"""Each request is counted once: by its answer, or as unknown when its worker is replaced."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from shared.catalog import Queue
from shared.counting import ACCEPTS, CALLS, ENDED, JOBS, TRIES, Counts
from shared.figures import Figures
from shared.guards import scripts
from shared.ledger import Job, Outcome
from shared.stores import connect
from tests.properties.ledger_world import World

GOOD = Outcome("done", {})
ANSWERED = {"calls|infoblox|GET|200": 1}


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


def figures(world: World) -> Figures:
    return Figures(world.client, world.terms, prefix=world.prefix)


def counts(world: World) -> Counts:
    return figures(world).counts()


def calls(world: World) -> dict[tuple[str, ...], int]:
    return dict(counts(world).of(CALLS))


def goes_out(world: World, job: Job) -> None:
    """Let a read pass the breaker, which writes its request down."""
    given: dict[str, Any] = {"account": "account", "service": "infoblox", "failures": 5}
    given |= {"act": "enter", "reset": 1000, "token": "t", "probe": 1000}
    out = {"job": job.id, "fence": job.fence, "call": "infoblox|GET"}
    found = scripts(world.client, prefix=world.prefix).run("breaker", given | out)
    assert found["verdict"] == "go"


def read(world: World) -> Job:
    return world.claimed(world.accepted(world.read()))


def test_an_end_that_is_recorded_twice_is_counted_once(world: World) -> None:
    job = read(world)
    goes_out(world, job)
    for verdict in ("ok", "final"):
        assert world.ledger.finish(job, GOOD, counts=ANSWERED)[0] == verdict
    assert calls(world) == {("infoblox", "GET", "200"): 1}
    assert counts(world).of(ENDED) == {("infoblox", "done"): 1}


def test_every_attempt_of_a_job_is_counted(world: World) -> None:
    job = read(world)
    goes_out(world, job)
    busy = {"calls|infoblox|GET|429": 1}
    assert world.ledger.park(job, wait_seconds=0, note="busy", counts=busy)[0]
    job = world.claimed(job.id)
    world.ledger.finish(job, GOOD, counts=ANSWERED)
    assert calls(world) == {("infoblox", "GET", "429"): 1, ("infoblox", "GET", "200"): 1}


def test_what_a_lost_worker_had_out_is_unknown_and_its_late_answer_counts_no_more(
    world: World,
) -> None:
    lost = read(world)
    goes_out(world, lost)
    goes_out(world, lost)
    world.lose_lease(lost.id)
    heir = world.claimed(lost.id, owner="w2")
    assert calls(world) == {("infoblox", "GET", "unknown"): 2}
    # It goes on without knowing: what it asks now is unknown from the beginning.
    goes_out(world, lost)
    assert world.ledger.finish(lost, GOOD, counts=ANSWERED)[0] == "lost"
    assert calls(world) == {("infoblox", "GET", "unknown"): 3}
    goes_out(world, heir)
    world.ledger.finish(heir, GOOD, counts=ANSWERED)
    assert calls(world) == {("infoblox", "GET", "unknown"): 3, ("infoblox", "GET", "200"): 1}


def test_a_write_counts_as_sent_from_its_mark_on(world: World) -> None:
    job = world.claimed(world.accepted(world.write("target")))
    marked = world.ledger.mark_sending(job, send_seconds=1, call="infoblox|POST")
    assert marked == "ok"
    world.lose_lease(job.id)
    heir = world.claimed(job.id, owner="w2")
    assert calls(world) == {("infoblox", "POST", "unknown"): 1}
    world.ledger.finish(heir, GOOD)
    assert counts(world).of(TRIES) == {("create_subnet", "1"): 1}


def test_what_a_cancelled_job_had_out_is_counted_when_it_answers(world: World) -> None:
    job = read(world)
    goes_out(world, job)
    assert world.ledger.cancel(job.id, client="client").verdict == "cancelled"
    assert world.ledger.finish(job, GOOD, counts=ANSWERED)[0] == "final"
    assert calls(world) == {("infoblox", "GET", "200"): 1}


def test_calls_are_counted_by_what_became_of_them(world: World) -> None:
    world.accepted(world.read())
    assert world.accept(world.read()).verdict == "joined"
    assert counts(world).of(ACCEPTS) == {("list_subnets", "new"): 1, ("list_subnets", "joined"): 1}


def test_refused_calls_are_counted_and_kept_by_the_next_sweep(client: Redis) -> None:
    world = World(client)
    assert world.accept(world.read()).verdict == "no_worker"
    assert counts(world).of(ACCEPTS) == {("list_subnets", "no_worker"): 1}
    world.alive()
    assert client.hget(world.key("counts", "quiet"), "#changed") == "0"
    assert counts(world).of(ACCEPTS) == {("list_subnets", "no_worker"): 1}


def test_the_backlog_tells_states_ages_and_workers(world: World) -> None:
    waiting, running = (world.accepted(world.write(f"target-{n}")) for n in range(2))
    world.claimed(running)
    world.client.hset(world.key("job", waiting), "accepted", world.now() - 60_000)
    world.client.zadd(world.key("due", "infoblox"), {waiting: world.now() - 40_000})
    found = figures(world).backlogs()[Queue.INFOBLOX]
    assert found.states == {"accepted": 1, "running": 1, "waiting": 0}
    assert (found.workers, found.dead) == (1, 0)
    assert 60 <= found.oldest_seconds < 70
    assert 40 <= found.overdue_seconds < 50


def test_an_open_vpn_configuration_is_told_by_itself(world: World) -> None:
    call = world.write("service", tool="configure_vpn_infrastructure", queue=Queue.NIOSXAAS)
    world.alive(Queue.NIOSXAAS)
    job = world.claimed(world.accepted(call))
    world.ledger.park(job, wait_seconds=30, note="busy")
    found = figures(world).backlogs()[Queue.NIOSXAAS]
    assert found.vpn == {"accepted": 0, "running": 0, "waiting": 1}
    assert found.vpn_next_due is not None
    assert 25 < found.vpn_next_due - world.now() / 1000 <= 30


def test_dead_jobs_are_shown_while_they_are_kept(world: World) -> None:
    job = world.claimed(world.accepted(world.write("target")))
    world.ledger.finish(job, Outcome("dead"))
    found = figures(world).backlogs()[Queue.INFOBLOX]
    assert found.dead == 1
    assert sum(counts(world).of(JOBS).values()) >= 1
    assert world.client.pttl(world.key("dead", "infoblox")) > 0
