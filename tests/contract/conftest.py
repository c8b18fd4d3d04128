"""What the contract tests share: a store, a worker by hand, and clients of both eras."""

import base64
import contextlib
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from pydantic import SecretStr

from mcp_front.run import HttpServer, listener_of
from mcp_front.server import Front
from shared import logs
from shared.settings import Settings, variable_of
from tests.contract.hand import Hand
from tests.contract.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
SEAL_KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
ERAS = ("legacy", "auto")
Open = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """Log as the product does: the library's default would print local variables."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure(json_lines=True, level="INFO")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def valkey(_server: Valkey) -> Valkey:
    """An empty store that stays up. Only the reply streams stay: their front ends live on."""
    with contextlib.closing(_server.client()) as client:
        gone = [key for key in client.scan_iter("*") if not str(key).startswith("imq:replies:")]
        if gone:
            client.delete(*gone)
    with contextlib.closing(_server.client(database=1)) as client:
        client.flushdb()
    return _server


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Valkey]:
    """A store of the test's own, to be killed and frozen."""
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


def settings_for(url: str, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "redis_url": url,
        "wait_seconds": 5,
        "sweep_seconds": 0.5,
        "lease_seconds": 5,
        "seal_key": SecretStr(SEAL_KEY),
        "mcp_port": 0,
    }
    return Settings(**given | changes)


@pytest.fixture(scope="session")
def settings(_server: Valkey) -> Settings:
    return settings_for(_server.url)


@pytest.fixture
def hand(valkey: Valkey, settings: Settings) -> Iterator[Hand]:
    with Hand(valkey.url, settings) as worker:
        yield worker


@contextmanager
def a_front(settings: Settings, **options: Any) -> Iterator[Front]:
    front = Front(settings, **options)
    try:
        yield front
    finally:
        front.close()


@pytest.fixture(scope="session")
def _front(settings: Settings) -> Iterator[Front]:
    with a_front(settings, word_seconds=0.2) as made:
        yield made


@pytest.fixture
def front(valkey: Valkey, _front: Front) -> Front:
    """A front end over an empty store."""
    return _front


@pytest.fixture(scope="session")
def _address(_front: Front, settings: Settings) -> Iterator[str]:
    with serving(_front, settings) as address:
        yield address


@pytest.fixture
def url(valkey: Valkey, _address: str) -> str:
    """Where the front end listens."""
    return _address


@contextmanager
def serving(front: Front, settings: Settings, *, stateless: bool = False) -> Iterator[str]:
    """Serve a front by a real uvicorn in a thread; yield its address."""
    listener = listener_of(settings)
    told = threading.Event()
    urls: list[str] = []

    def announce(url: str) -> None:
        urls.append(url)
        told.set()

    server = HttpServer(front, settings, announce, stateless=stateless)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert told.wait(10)
        yield urls[0]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def stdio_parameters(settings: Settings, **env: str) -> StdioServerParameters:
    """Return how to start the stdio front end; the settings go along as variables."""
    given = {
        variable_of(name): getattr(settings, name)
        for name in settings.model_fields_set
        if name != "seal_key"
    }
    code = (
        "import os; from mcp_front.run import stdio; from shared.settings import Settings; "
        "stdio(Settings.from_env(os.environ))"
    )
    return StdioServerParameters(
        command=sys.executable,
        args=["-c", code],
        env={
            **{name: str(value) for name, value in given.items()},
            "INFOBLOX_MQ_SEAL_KEY": SEAL_KEY,
            "PYTHONPATH": str(ROOT),
            **env,
        },
    )


# The newer era in memory is what every other test uses.
@pytest.fixture(params=[("memory", "legacy"), ("http", "legacy"), ("http", "auto")], ids="-".join)
def opened(request: pytest.FixtureRequest, front: Front, url: str) -> Open:
    """How to open a client of this transport and era; HTTP is a real server."""
    transport, era = request.param
    target: Any = front.server if transport == "memory" else url

    @asynccontextmanager
    async def connected(**options: Any) -> AsyncIterator[Client]:
        async with Client(target, mode=era, **options) as client:
            yield client

    return connected


@asynccontextmanager
async def over_stdio(settings: Settings, era: str, **env: str) -> AsyncIterator[Client]:
    async with Client(stdio_client(stdio_parameters(settings, **env)), mode=era) as client:
        yield client
