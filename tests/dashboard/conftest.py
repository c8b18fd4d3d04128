"""A real Chromium that looks at a real ops server; what it complains about fails the test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from redis import Redis
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.parts import Ops
from dashboard.store import Store
from shared.clock import SystemClock
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect
from tests.support.tools import missing

Look = Callable[..., "Looked"]


class Looked:
    """A page, and everything it complained about or asked other hosts for."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.foreign.append(request.url)

    def open(self, path: str) -> Page:
        """Go to a path and wait until the page is live."""
        self.page.goto(self.base + path)
        return self.page


# Not for the whole run: its event loop is in the way of tests that start one of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        missing("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Look]:
    """Open a window on a server: `look(url, scheme="dark")`."""
    with ExitStack() as opened:

        def one(base: str, **options: Any) -> Looked:
            given = {"viewport": {"width": 1360, "height": 900}, **options}
            context = browser.new_context(**given)
            opened.callback(context.close)
            return Looked(context.new_page(), base)

        yield one


@pytest.fixture
def url(module_store: str) -> Iterator[str]:
    """REDIS_URL of a store that is empty."""
    client: Redis = connect(module_store, patient=True)
    client.flushall()
    yield module_store
    client.connection_pool.disconnect()


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    """The ops server in this process."""
    settings = Settings(redis_url=url, trace_url="https://traces.example/{trace_id}")
    clock = SystemClock()
    ops = Ops(settings, Store(url, settings, clock), clock, clock.steady())
    with TestClient(create_app(ops), base_url="http://127.0.0.1:9090") as found:
        yield found


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """The ledger of the same store."""
    redis = connect(url, patient=True)
    yield Ledger(redis, Terms.from_settings(Settings(redis_url=url)))
    redis.connection_pool.disconnect()
