"""The ops server in this process, over a real store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.parts import Ops
from dashboard.store import Store
from shared.clock import Clock, SystemClock
from shared.settings import Settings
from shared.stores import connect
from shared.tokens import Tokens, own_token, read_tokens

Open = Callable[..., TestClient]


@pytest.fixture
def url(module_store: str) -> Iterator[str]:
    """REDIS_URL of a store that is empty."""
    client: Redis = connect(module_store, patient=True)
    client.flushall()
    yield module_store
    client.connection_pool.disconnect()


@pytest.fixture
def opened(url: str) -> Iterator[Open]:
    """Open the ops server with these settings: `opened(metrics_host="0.0.0.0", tokens=path)`."""
    with ExitStack() as opened_ones:

        def open_one(
            *,
            tokens: Path | None = None,
            store: str = url,
            own: Path | None = None,
            clock: Clock | None = None,
            **settings: object,
        ) -> TestClient:
            given = Settings.model_validate({"redis_url": store, "tokens_file": tokens} | settings)
            clock = clock or SystemClock()
            known: Tokens | None = read_tokens(tokens) if tokens else None
            ops = Ops(
                given,
                Store(store, given, clock),
                clock,
                clock.steady(),
                known,
                own_token(own) if own else None,
            )
            client = TestClient(create_app(ops), base_url="http://127.0.0.1:9090")
            return opened_ones.enter_context(client)

        yield open_one
