"""One call through the guards, on a real store."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from shared.wire import Request
from tests.guards.world import ACCOUNT, RATE, World
from tests.unit.fakes import NOW, FakeApi, FakeClock, job
from workers.breaker import Breakers, BreakerTerms
from workers.caller import Caller, Guards
from workers.csp import Answer, Limits

SUBNETS = Request("GET", "/api/ddi/v1/ipam/subnet", "/api/ddi/v1/ipam/subnet")
DAY_SECONDS = 86_400.0


def test_a_date_to_come_back_at_is_read_by_the_clock_of_the_store(world: World) -> None:
    """This machine's clock is a day behind: by it everybody would be stopped for a day."""
    clock = FakeClock(now=NOW - DAY_SECONDS)
    guards = Guards(
        world.limiter(),
        Breakers(world.store, clock, BreakerTerms(5, 60)),
        ACCOUNT,
        RATE,
        clock,
    )
    date = format_datetime(datetime.fromtimestamp(NOW + 30, UTC), usegmt=True)
    api = FakeApi(reads=lambda _request: Answer(429, retry_after=date))
    caller = Caller(api, Limits(connect=5, read=30, total=37), guards)
    caller.serving(job(now=NOW))(SUBNETS)
    held = world.ask()
    assert held is not None
    assert 25 < held.wait_seconds <= 30.5
