"""What the tests of the guards share: guards on a real store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.stores import connect
from tests.guards.world import World


@pytest.fixture
def world(module_store: str) -> Iterator[World]:
    """Guards under a prefix nobody else uses."""
    world = World(connect(module_store, patient=True))
    yield world
    world.client.connection_pool.disconnect()
