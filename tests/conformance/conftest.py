"""Two front ends for the programs of others: the real one, and one with the tools they call."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mcp_front.server import Front
from shared.settings import Settings
from tests.conformance.fixtures import EXTRAS, PLAYS, TOOLS
from tests.conformance.programs import Programs
from tests.conformance.programs import programs as find
from tests.contract.conftest import a_front, serving, settings_for
from tests.contract.hand import Hand
from tests.contract.valkey import Valkey


@dataclass(frozen=True, slots=True)
class Served:
    """A front end that listens at `url`, over a store in which `hand` is the worker."""

    front: Front
    hand: Hand
    url: str


@pytest.fixture(scope="session")
def programs() -> Programs:
    return find()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store that does not wait for the disk."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server.url
    server.kill()


@pytest.fixture(scope="module")
def settings(store_url: str) -> Settings:
    return settings_for(store_url, toolsets=("all",))


@pytest.fixture(scope="module")
def hand(store_url: str, settings: Settings) -> Iterator[Hand]:
    """The worker of both."""
    with Hand(store_url, settings) as worker:
        worker.plays.update(PLAYS)
        yield worker


@pytest.fixture(scope="module")
def real(settings: Settings, hand: Hand) -> Iterator[Served]:
    """The front end as hosts meet it."""
    with a_front(settings, word_seconds=0.2) as front, serving(front, settings) as url:
        yield Served(front, hand, url)


@pytest.fixture(scope="module")
def fixtured(settings: Settings, hand: Hand) -> Iterator[Served]:
    """The same with the tools of the scenarios instead of Infoblox's."""
    options: dict[str, Any] = {
        "catalog": TOOLS,
        "extras": EXTRAS,
        "word_seconds": 0.05,
        "task_after_seconds": 0.3,
    }
    with a_front(settings, **options) as front, serving(front, settings) as url:
        yield Served(front, hand, url)
