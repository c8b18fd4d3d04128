"""Many jobs and many tabs: pages stay quick, and the store does not notice."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import pytest
from redis import Redis

from dashboard.pages.watch import View, Watch
from dashboard.parts import Ops
from dashboard.store import Store
from shared.clock import SystemClock
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect
from tests.dashboard.filling import many
from tests.dashboard.served import Served
from tests.support.told import tell

NUMBER = 10_000
TABS = 8


@pytest.fixture(scope="module")
def crowded(module_store: str) -> Iterator[tuple[Settings, "Redis"]]:
    """A store with ten thousand jobs that have ended."""
    settings = Settings(redis_url=module_store)
    redis = connect(module_store, patient=True)
    many(redis, Ledger(redis, Terms.from_settings(settings)), NUMBER)
    yield settings, redis
    redis.connection_pool.disconnect()


def memory() -> float:
    """Return the resident memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def fetched(url: str) -> float:
    began = time.perf_counter()
    with urlopen(url, timeout=20) as answer:  # noqa: S310 - a server of the test
        answer.read()
    return time.perf_counter() - began


@pytest.mark.slow
def test_ten_thousand_jobs_stay_usable(crowded: tuple[Settings, "Redis"]) -> None:
    with Served(crowded[0]) as served:
        base = f"{served.url}/dashboard/jobs"
        fetched(base)
        first = median(fetched(f"{base}?text={'' if not at else 'host'}") for at in range(5))
        # The worst there is: every record is looked at, and none matches.
        nothing = fetched(f"{base}?text=nothing-like-it")
        before = memory()
        for at in range(40):
            fetched(f"{base}?text=host-{at}&tool=create_a_record")
        grown = memory() - before
    tell(first_page_ms=round(first * 1000), nothing_ms=round(nothing * 1000), grown_mb=grown)
    assert first < 0.3
    assert nothing < 3.0
    assert grown < 40


@pytest.mark.slow
def test_more_tabs_cost_the_store_nothing(crowded: tuple[Settings, "Redis"]) -> None:
    settings, redis = crowded
    one, several = (asyncio.run(looks(settings, redis, tabs)) for tabs in (1, TABS))
    tell(commands_of_a_look=one, of_looks_together=several)
    assert several == one
    # Without accounts, and with what scripts do inside; that it does not grow is what counts.
    assert one <= 60


async def looks(settings: Settings, redis: "Redis", tabs: int) -> int:
    """Return how many commands it takes when so many tabs look at once."""
    assert settings.redis_url
    clock = SystemClock()
    store = Store(settings.redis_url, settings, clock)
    watch = Watch(Ops(settings, store, clock, clock.steady()))
    before = commands(redis)
    found: list[View] = await asyncio.gather(*(watch.view() for _ in range(tabs)))
    assert all(view is found[0] for view in found)
    taken = commands(redis) - before
    await store.close()
    return taken


def commands(redis: "Redis") -> int:
    """Return how many commands were carried out so far, those inside scripts included."""
    found: Any = redis.info("stats")
    return int(found["total_commands_processed"])
