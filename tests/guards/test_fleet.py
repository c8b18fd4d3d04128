"""Many processes at once, and what reached the API of it: the sandbox keeps a journal.

Few processes and seconds in a normal run; SOAK=1 takes as many and as long as was promised.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from shared.catalog import Queue
from tests.guards.crowd import Crowd, fullest, together
from tests.guards.fleet import states
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

SOAK = bool(os.environ.get("SOAK"))
PROCESSES = 8 if SOAK else 4
SECONDS = 60 if SOAK else 5
PAUSE = 5 if SOAK else 2
# For so long a machine that does other things too holds requests back, which then arrive together.
STALL = 0.0 if SOAK else 0.5
USED = 0.95 if SOAK else 0.8
SUBNETS = "/api/ddi/v1/ipam/subnet"
POLICIES = "/api/atcfw/v1/security_policies"
QUICK = {"connect_timeout_seconds": 0.3, "read_timeout_seconds": 0.7}

Begin = Callable[..., Stack]


def arrivals(sandbox: Sandbox, path: str = "") -> list[float]:
    return sorted(entry["started_monotonic"] for entry in sandbox.journal(path=path))


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "burst"), [(50, 1), (10, 20)])
def test_the_rate_is_kept_in_every_window_and_used(
    stack: Begin, sandbox: Sandbox, rate: int, burst: int
) -> None:
    here = stack(rate_per_second=rate, rate_burst=burst)
    together(PROCESSES, env=here.env, work="flat_out", seconds=SECONDS, threads=4)
    times = arrivals(sandbox)
    used = (len(times) - burst) / (times[-1] - times[0]) / rate
    windows = {seconds: fullest(times, seconds) for seconds in (0.5, 1, 2, SECONDS / 2)}
    assert used >= USED, (used, windows)
    for seconds, most in windows.items():
        spare = rate * 0.05 * seconds if burst == 1 else burst + 1
        assert most <= rate * (seconds + STALL) + max(1, spare), windows


@pytest.mark.slow
def test_one_answer_of_too_many_silences_every_process(stack: Begin, sandbox: Sandbox) -> None:
    here = stack(rate_per_second=50, rate_burst=10)
    with Crowd(PROCESSES, env=here.env, work="flat_out", seconds=PAUSE + 4, threads=4):
        until(lambda: len(sandbox.journal()) > 50, what="some traffic")
        sandbox.faults("status", status=429, headers={"Retry-After": PAUSE}, times=1)
    entries = sandbox.journal()
    told = next(entry["ended_monotonic"] for entry in entries if entry["status"] == 429)
    after = [time - told for time in arrivals(sandbox) if time > told]
    # Requests that were leaving in the moment of the answer cannot be called back.
    early = [time for time in after if time < PAUSE - 0.05]
    # On a busy machine a process may stand still between its slot and its request.
    assert all(time < (0.1 if SOAK else 1.0) for time in early), early
    assert len(early) <= PROCESSES * 4
    resumed = [time - PAUSE for time in after if time >= PAUSE - 0.05]
    assert resumed[0] < 1
    # A fifth of the rate at first, without the burst.
    assert sum(time < 0.5 for time in resumed) <= 50 * 0.5 * 0.4 + 1
    assert sum(time < 1.5 for time in resumed) > 10


def opened(here: Stack, sandbox: Sandbox, path: str = SUBNETS) -> None:
    """Open the breaker of a service by five failing calls of different jobs."""
    sandbox.faults("status", status=503, match={"path": path})
    together(5, env=here.env, work="once", path=path)
    sandbox.clear_faults()


@pytest.mark.slow
def test_one_request_of_the_whole_fleet_tries_the_api_again(stack: Begin, sandbox: Sandbox) -> None:
    # Time enough for the probe on a busy machine, and for all others to ask meanwhile.
    here = stack(breaker_reset_seconds=1, **QUICK | {"read_timeout_seconds": 10})
    found, tag = states(here)
    opened(here, sandbox)
    assert found.breaker(tag, Queue.INFOBLOX).failures == 5
    assert found.breaker(tag, Queue.ATCFW).state == "closed"
    before = len(arrivals(sandbox, SUBNETS))
    sandbox.faults("slow", match={"path": SUBNETS}, seconds=1.5)
    fleet = 16 if SOAK else 6
    with Crowd(fleet, env=here.env, work="once", path=SUBNETS) as crowd:
        until(lambda: found.breaker(tag, Queue.INFOBLOX).state == "half-open", what="half-open")
    assert len(arrivals(sandbox, SUBNETS)) - before == 1
    assert sorted(kind for replies in crowd.said for kind in replies) == sorted(
        ["200"] + ["held probing"] * (fleet - 1)
    )
    assert found.breaker(tag, Queue.INFOBLOX).state == "closed"


@pytest.mark.slow
def test_a_killed_probe_is_followed_by_one_after_its_time(stack: Begin, sandbox: Sandbox) -> None:
    here = stack(breaker_reset_seconds=0.5, **QUICK)
    found, tag = states(here)
    opened(here, sandbox)
    until(lambda: found.breaker(tag, Queue.INFOBLOX).state == "half-open", what="half-open")
    before = len(arrivals(sandbox, SUBNETS))
    sandbox.faults("hang", match={"path": SUBNETS}, times=1)
    with Crowd(1, env=here.env, work="once", path=SUBNETS) as crowd:
        until(lambda: len(arrivals(sandbox, SUBNETS)) > before, what="the probe")
        crowd.kill()
    killed = arrivals(sandbox, SUBNETS)[-1]
    with Crowd(1, env=here.env, work="until_let_in", path=SUBNETS) as crowd:
        pass
    assert crowd.said == [{"200": 1}]
    times = arrivals(sandbox, SUBNETS)
    # Connecting, reading, closing and a second: 0.3 + 0.7 + 2 + 1.
    assert len(times) - before == 2
    assert 3.5 < times[-1] - killed < 7
    assert found.breaker(tag, Queue.INFOBLOX).state == "closed"


@pytest.mark.slow
@pytest.mark.parametrize(("status", "names"), [(404, "many"), (500, "one")])
def test_ten_errors_of_a_bad_id_never_open_a_breaker(
    stack: Begin, sandbox: Sandbox, *, status: int, names: str
) -> None:
    here = stack()
    # The API answers some bad ids with 500; then it is one and the same call that fails.
    sandbox.faults("status", status=status, match={"path": SUBNETS})
    given = {"path": f"{SUBNETS}/no-such-id"} | ({"name": "one"} if names == "one" else {})
    said = together(10, env=here.env, work="once", **given)
    assert said == [{str(status): 1}] * 10
    found, tag = states(here)
    assert found.breaker(tag, Queue.INFOBLOX).failures == (status == 500)


def test_a_call_costs_few_milliseconds_of_guarding(stack: Begin) -> None:
    here = stack(rate_per_second=10_000, rate_burst=10_000)
    (costs,) = together(1, env=here.env, work="cost", times=50)
    assert costs["limiter_ms"] + costs["breaker_ms"] < 5, costs
