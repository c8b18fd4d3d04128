"""The guards on the whole path: front end, ledger, dramatiq workers, HTTP, the sandbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import anyio
import pytest

from mcp_front.server import Front
from shared.catalog import Queue
from shared.ledger import PREFIX
from shared.settings import Settings
from tests.guards.fleet import states
from tests.support.calls import Json, ask, front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
SUBNETS = "/api/ddi/v1/ipam/subnet"
LISTS = "/api/atcfw/v1/named_lists"
INSIGHTS = "/api/v1/insights"


def reads(count: int, first: int = 1) -> list[tuple[str, Json]]:
    """Return so many different reads."""
    return [("list_subnets", {"limit": number}) for number in range(first, first + count)]


def codes(answers: list[Json]) -> set[str]:
    return {answer["error"]["code"] if "error" in answer else "" for answer in answers}


def ip_space(settings: Settings) -> str:
    """Return the id of a space that subnets can be created in."""
    (spaces,) = ask(settings, ("list_ip_spaces", {"limit": 1}))
    return str(spaces["result"]["items"][0]["id"])


def outage(here: Stack, sandbox: Sandbox, path: str = SUBNETS) -> None:
    """Open the breaker of the subnets' service, which fails until its faults are cleared."""
    sandbox.faults("status", status=503, match={"path": path})
    ask(front_settings(here.env), *reads(6))
    found, tag = states(here)
    until(lambda: found.breaker(tag, Queue.INFOBLOX).state == "open", what="an open breaker")


@pytest.mark.slow
def test_calls_to_an_open_service_are_refused_without_a_job(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", "atcfw", breaker_reset_seconds=60)
    outage(here, sandbox)
    seen = len(sandbox.journal(path=SUBNETS))
    settings = front_settings(here.env)
    begun = time.monotonic()
    answers = ask(
        settings,
        *reads(5, first=100),
        ("create_subnet", {"address": "10.1.0.0/24", "space": "5"}),
        ("list_threat_named_lists", {}),
    )
    assert time.monotonic() - begun < 3
    *refused, other = answers
    assert other["status"] == "done"
    for answer in refused:
        seconds = answer["error"]["retry_after_seconds"]
        assert answer["error"]["code"] == "unavailable"
        assert answer["error"]["message"] == f"API unavailable, retry in {seconds} s"
        assert 50 < seconds <= 60
    assert not here.ledger().listed(limit=100, queue=Queue.INFOBLOX, state="accepted").jobs
    assert len(sandbox.journal(path=SUBNETS)) == seen
    found, tag = states(here)
    found.reset(tag, Queue.INFOBLOX)
    sandbox.clear_faults()
    until(lambda: codes(ask(settings, *reads(1, first=200))) == {""}, what="an answer")


@pytest.mark.slow
def test_an_accepted_write_is_postponed_and_queued_reads_fail(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack(breaker_reset_seconds=1.5)
    settings = front_settings(here.env, wait_seconds=30)
    here.start("infoblox")
    here.ready()
    write = ("create_subnet", {"address": "10.77.0.0/24", "space": ip_space(settings)})
    # Accepted while the worker is frozen, and met by an open breaker when it goes on.
    here.freeze("infoblox")
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(ask, settings, write, ("list_subnets", {"limit": 9}))
        until(lambda: len(here.ledger().listed(limit=10).jobs) == 3, what="two jobs more")
        found, tag = states(here)
        found.open(tag, Queue.INFOBLOX, seconds=1.5)
        here.thaw("infoblox")
        written, read = answers.result(40)
    assert read["error"]["code"] == "unavailable"
    assert read["error"]["message"].startswith("API unavailable, retry in")
    assert read["error"]["retry_after_seconds"] <= 2
    job = here.ledger().read(written["job_id"])
    assert job is not None
    assert (written["status"], job.tries, job.waits) == ("done", 1, 0), written
    assert len(sandbox.journal(method="POST", path=SUBNETS)) == 1
    assert not sandbox.journal(method="GET", path=SUBNETS)


@pytest.mark.slow
def test_a_job_that_waits_for_its_slot_is_not_started_or_tried(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("infoblox", rate_per_second=5, rate_burst=1, threads=2)
    settings = front_settings(here.env)
    space = ip_space(settings)
    writes = [("create_subnet", {"address": f"10.88.{n}.0/24", "space": space}) for n in range(5)]
    assert codes(ask(settings, *reads(10), *writes)) == {""}
    jobs = here.ledger().listed(limit=100).jobs
    assert {(job.starts, job.waits) for job in jobs} == {(1, 0)}
    assert {job.tries for job in jobs if job.writes} == {1}
    arrived = [entry["started_monotonic"] for entry in sandbox.journal()]
    assert len(arrived) == 16
    # 15 steps of 0.2 s; a parked job is back in time.
    assert 2.9 < arrived[-1] - arrived[0] < 4.5
    assert any("job_waits" in line and "rate limit" in line for line in here.logs)


@pytest.mark.slow
def test_a_list_that_is_too_many_is_asked_for_in_two_halves(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=100)
    settings = front_settings(here.env)
    call = ("list_subnets", {"limit": 6, "order_by": "address"})
    (whole,) = ask(settings, call)
    sandbox.faults("status", status=429, match={"path": SUBNETS}, times=1)
    (halves,) = ask(settings, call)
    assert halves["result"] == whole["result"]
    assert len(halves["result"]["items"]) == 6
    limits = [entry["query"].split("_limit=")[1][:1] for entry in sandbox.journal(path=SUBNETS)]
    assert limits == ["6", "6", "3", "3"]
    found, tag = states(here)
    assert found.limiter(tag).throttled_in_last_hour == 0
    sandbox.faults("status", status=429, match={"path": SUBNETS}, times=2)
    (again,) = ask(settings, call)
    assert again["result"] == whole["result"]
    seen = found.limiter(tag)
    assert seen.throttled_in_last_hour == 1
    assert seen.rate_per_second is not None
    assert seen.rate_per_second < 100


@pytest.mark.slow
def test_a_composite_read_waits_for_its_slots_in_the_thread(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", rate_per_second=2, rate_burst=1)
    settings = front_settings(here.env)
    (services,) = ask(settings, ("list_universal_services", {}))
    name = services["result"]["items"][0]["name"]
    (answer,) = ask(settings, ("get_vpn_endpoint_cnames", {"service_name": name}))
    assert answer["status"] == "done", answer
    job = here.ledger().read(answer["job_id"])
    assert job is not None
    assert (job.starts, job.waits) == (1, 0)
    arrived = sorted(entry["started_monotonic"] for entry in sandbox.journal())
    assert all(later - earlier > 0.4 for earlier, later in pairwise(arrived))


@pytest.mark.slow
def test_a_service_that_hangs_leaves_the_others_alone(stack: Begin, sandbox: Sandbox) -> None:
    here = stack(
        "infoblox", "atcfw", threads=2, connect_timeout_seconds=0.3, read_timeout_seconds=0.7
    )
    sandbox.faults("hang", match={"path": LISTS})
    settings = front_settings(here.env)
    stuck = [("list_threat_named_lists", {"limit": number}) for number in range(1, 5)]
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(ask, front_settings(here.env, wait_seconds=1), *stuck)
        until(lambda: sandbox.journal(path=LISTS), what="a request that hangs")
        begun = time.monotonic()
        answers = ask(settings, *reads(30))
        assert time.monotonic() - begun < 3
        assert codes(answers) == {""}
        hanging.result(30)
    # Each of them ends by its total time: 0.3 + 0.7 + 2.
    ledger = here.ledger()
    until(
        lambda: all(job.final for job in ledger.listed(queue=Queue.ATCFW, limit=50).jobs),
        seconds=40,
        what="an end",
    )
    took = [
        (entry["ended_monotonic"] or 0) - entry["started_monotonic"]
        for entry in sandbox.journal(path=LISTS)
    ]
    assert max(took) < 3.5


@pytest.mark.slow
def test_a_full_queue_refuses_at_once_and_says_for_how_long(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=10, rate_burst=1, queue_limit=20, threads=2)
    sandbox.faults("slow", match={"path": SUBNETS}, seconds=0.3)
    client, over = here.valkey.client(), threading.Event()
    depths: list[Any] = []

    def watch() -> None:
        while not over.is_set():
            depths.append(client.zcard(f"{PREFIX}due:infoblox"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answers = anyio.run(refusals, front_settings(here.env, wait_seconds=0.05))
    finally:
        over.set()
        watcher.join()
    busy = [(took, answer) for took, answer in answers if "busy" in codes([answer])]
    assert len(busy) >= 100
    # Twenty jobs at ten a second.
    assert {answer["error"]["retry_after_seconds"] for _, answer in busy} == {2.0}
    times = sorted(took for took, _ in busy)
    assert times[len(times) // 2] < 0.1
    assert max(depths) == 20


async def refusals(settings: Settings) -> list[tuple[float, Json]]:
    """Fill the queue, then call some more, ten at a time; return what each call took."""
    answers: list[tuple[float, Json]] = []

    async def one(front: Front, number: int) -> None:
        begun = time.monotonic()
        reply = await front.call("list_subnets", {"limit": number})
        answers.append((time.monotonic() - begun, dict(reply.envelope)))

    front = Front(settings)
    try:
        async with front.running():
            for first in range(1, 200, 10):
                async with anyio.create_task_group() as group:
                    for number in range(first, first + 10):
                        group.start_soon(one, front, number)
    finally:
        front.close()
    return answers


@pytest.mark.slow
def test_retries_do_not_multiply_an_outage(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", breaker_failures=1000)
    sandbox.faults("status", status=503, match={"path": SUBNETS})
    answers = ask(front_settings(here.env), *reads(100))
    assert codes(answers) == {"unavailable"}
    assert len(sandbox.journal(path=SUBNETS)) <= 100 * 1.1 + 10 + 3


@pytest.mark.slow
def test_a_service_that_says_when_it_is_back_is_obeyed(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    sandbox.faults(
        "status", status=503, headers={"Retry-After": 2}, match={"path": SUBNETS}, times=1
    )
    (answer,) = ask(front_settings(here.env), *reads(1))
    assert answer["status"] == "done"
    first, second = sandbox.journal(path=SUBNETS)
    assert second["started_monotonic"] - first["ended_monotonic"] >= 2
    (said,) = [line for line in here.logs if "api_retry" in line]
    for fact in ("status_code=503", "attempt=1", "max_retries=3", "sleep_seconds=2.0", SUBNETS):
        assert fact in said
