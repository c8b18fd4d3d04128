"""Every accepted job ends once, whatever dies meanwhile. Judged by the sandbox, not by us."""

import math
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from shared.catalog import Operation
from shared.ledger import PREFIX, Job, Ledger
from tests.support.calls import ask, front_settings
from tests.support.chaos import (
    Disturber,
    Truth,
    Wish,
    configure,
    launch,
    settled,
    wishes,
)
from tests.support.proxy import WRITES, Proxy
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
JOBS = 240 if SOAK else 60
BATCH = 10
BATCH_EVERY_SECONDS = 5.0
END_SECONDS = 120.0 if SOAK else 60.0
DROPPED_SHARE = 0.15
ROUNDS = 20 if SOAK else 3
# An answer that got lost so often, though each time nothing was found, may end as unknown.
MOST_RESENDS = 2
QUEUES = ("niosxaas", "infoblox")
WORKERS = {"one": QUEUES, "two": QUEUES, "three": QUEUES}
SHORT = {
    "lease_seconds": 1.5,
    "sweep_seconds": 0.3,
    "connect_timeout_seconds": 0.3,
    "read_timeout_seconds": 0.7,
    "vpn_read_timeout_seconds": 0.7,
    "vpn_backoff_base_seconds": 0.3,
    "vpn_backoff_cap_seconds": 1,
    "vpn_max_tries": 200,
    "poison_starts": 100,
    "queue_limit": 1000,
    "wait_seconds": 0.1,
}


@pytest.fixture
def proxy(sandbox: Sandbox) -> Iterator[Proxy]:
    """Stands between the workers and the sandbox, and outlives the workers."""
    proxy = Proxy(sandbox.url, share=DROPPED_SHARE, seed=SEED)
    yield proxy
    proxy.close()


def submit(here: Stack, batch: list[Wish]) -> None:
    """Make these calls until each was accepted; the store may be away now and then."""
    settings = front_settings(here.env)

    def all_accepted() -> bool:
        open_ones = [wish for wish in batch if not wish.job_id]
        for wish, answer in zip(
            open_ones, ask(settings, *(o.call for o in open_ones)), strict=True
        ):
            code = answer.get("error", {}).get("code")
            # Perhaps it was accepted: the next time it joins that job by its key.
            if code != "unavailable":
                assert code is None, answer
                wish.job_id = answer["job_id"]
        return all(wish.job_id for wish in batch)

    until(all_accepted, seconds=30, what="the acceptance of a batch")


def ended(ledger: Ledger, ids: list[str]) -> list[Job]:
    """Wait for the end of all these jobs."""
    jobs: list[Job] = []

    def all_final() -> bool:
        jobs[:] = ledger.read_all(ids)
        return len(jobs) == len(ids) and all(job.final for job in jobs)

    try:
        until(all_final, seconds=END_SECONDS, what="the end of all jobs")
    except AssertionError:
        tell(open=[job for job in jobs if not job.final])
        raise
    return jobs


def misjudged(wish: Wish, job: Job, truth: Truth) -> list[str]:
    """Return what is wrong about the end of a job."""
    rows = [row for row in truth.rows(wish.path) if wish.holds(row)]
    there = not rows if wish.tool == "delete_dns_record" else bool(rows)
    wrong = []
    given_up = job.state == "unknown" and (not wish.found_again or job.resends >= MOST_RESENDS)
    if job.state != "done" and not given_up:
        wrong.append(f"ended {job.state}")
    if job.state != "unknown" and there != (job.state == "done"):
        wrong.append(f"{job.state}, but done: {there}")
    if wish.found_again:
        wrong += [f"applied {times} times"] if (times := truth.applied(wish.natural)) > 1 else []
        marks = [row["tags"].get(Operation.MARKER_TAG) for row in rows]
        wrong += [f"marked {marks}"] if there and marks != [job.id] else []
    return [f"{wish.key} {wish.tool}: {text}: {job}" for text in wrong]


def records(here: Stack) -> set[str]:
    """Return the ids of all job records in the store."""
    names: Any = here.valkey.client().scan_iter(match=f"{PREFIX}job:*", count=1000)
    return {name.split(":")[2] for name in names}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_accepted_job_ends_once_whatever_dies(
    stack: Begin, sandbox: Sandbox, proxy: Proxy
) -> None:
    sandbox.vpn(busy_tries=2)
    for method in WRITES:
        sandbox.faults("slow", match={"method": method}, seconds=0.4)
    plan = wishes(sandbox, JOBS)
    here = stack(**SHORT)
    here.env["INFOBLOX_BASE_URL"] = proxy.url
    for name, queues in WORKERS.items():
        launch(here, name, *queues)
    settled(here, WORKERS)
    begun = time.monotonic()
    with Disturber(here, WORKERS, seed=SEED) as disturber:
        for start in range(0, JOBS, BATCH):
            submit(here, plan[start : start + BATCH])
            time.sleep(BATCH_EVERY_SECONDS)
        disturber.calm()
        proxy.calm()
        calm_after = time.monotonic() - begun
        jobs = ended(here.ledger(), [wish.job_id for wish in plan])
    truth = Truth(sandbox)
    tell(
        seed=SEED,
        jobs=len(jobs),
        states=dict(Counter(job.state for job in jobs)),
        kills=disturber.kills,
        stops=disturber.stops,
        store_restarts=disturber.store_restarts,
        revived=disturber.revived,
        dropped=f"{proxy.dropped}/{proxy.forwarded}",
        most_starts=max(job.starts for job in jobs),
        lost_attempts=sum(attempt.lost for job in jobs for attempt in job.attempts),
        resent=sum(job.resends for job in jobs),
        longest_end=f"{max((job.finished or 0) - job.accepted for job in jobs):.1f} s",
        chaos=f"{calm_after:.1f} s",
        all=f"{time.monotonic() - begun:.1f} s",
    )
    assert [text for pair in zip(plan, jobs, strict=True) for text in misjudged(*pair, truth)] == []
    assert truth.overlapping() == []
    assert truth.sent_again() == []
    assert records(here) == {wish.job_id for wish in plan}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_worker_is_replaced_within_lease_and_sweep(stack: Begin, sandbox: Sandbox) -> None:
    here = stack(**SHORT | {"vpn_read_timeout_seconds": 10})
    pair = {"one": ("niosxaas",), "two": ("niosxaas",)}
    for name, queues in pair.items():
        launch(here, name, *queues)
    dice = random.Random(SEED)
    settings = here.settings
    most = settings.lease_seconds + settings.sweep_seconds + 2
    took = []
    for number in range(ROUNDS):
        settled(here, pair)
        wish = configure(f"replaced-{number}")
        sandbox.faults("slow", match={"method": "POST"}, seconds=2.5, times=1)
        submit(here, [wish])
        until(partial(applied, sandbox, wish), what="the request")
        time.sleep(dice.uniform(0, settings.lease_seconds))
        victim = owner(here, wish.job_id, set(pair))
        here.kill(victim)
        killed = time.monotonic()
        until(partial(started_again, here, wish), what="the next start")
        took.append(time.monotonic() - killed)
        launch(here, victim, *pair[victim])
        (job,) = ended(here.ledger(), [wish.job_id])
        assert misjudged(wish, job, Truth(sandbox)) == []
        until(lambda: all(entry["ended"] for entry in sandbox.journal()), what="the slow answer")
    tell(seed=SEED, rounds=ROUNDS, replaced_after=[f"{one:.2f} s" for one in took], allowed=most)
    tell(p95=f"{sorted(took)[math.ceil(0.95 * len(took)) - 1]:.2f} s")
    assert max(took) <= most


def owner(here: Stack, job_id: str, names: set[str]) -> str:
    """Return the name of the worker that has claimed a job."""
    told = str(here.valkey.client().hget(f"{PREFIX}job:{job_id}", "owner"))
    return next(name for name in names if int(told.split(":")[-2]) in here.pids(name))


def applied(sandbox: Sandbox, wish: Wish) -> bool:
    return Truth(sandbox).applied(wish.natural) > 0


def started_again(here: Stack, wish: Wish) -> bool:
    job = here.ledger().read(wish.job_id)
    return job is not None and job.starts > 1
