"""What a real browser sends: cookies, origins and forms as Chromium makes them."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from shared.catalog import Queue
from shared.serving import HttpServer, listen, web_address
from tests.ops.acting import Browser, Jobs
from tests.ops.conftest import Open
from tests.support.tools import missing
from tests.support.waiting import until

pytestmark = pytest.mark.slow
FORM = """([address, csrf]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address + "/dashboard/actions/pause";
  for (const [name, value] of [["csrf", csrf], ["queue", "atcfw"]]) {
    const field = document.createElement("input");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def page() -> Iterator[Page]:
    program = shutil.which("chromium") or missing("chromium is not installed: apt-get install it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_a_browser_logs_in_and_acts_and_a_neighbour_cannot(
    opened: Open, url: str, page: Page
) -> None:
    jobs = Jobs(url)
    client = opened()
    with served(client.app) as address, neighbour() as elsewhere:
        page.goto(f"{address}/dashboard/login?code={jobs.link()}")
        page.click("main form button")
        page.wait_for_url(f"{address}/dashboard")
        (cookie,) = page.context.cookies(f"{address}/dashboard")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        client.cookies.set("imq_session", cookie["value"], path="/dashboard")
        csrf = Browser(client).seen_csrf()
        assert csrf

        # The same site to the browser, which sends the cookie: only the port is another.
        page.goto(elsewhere)
        submit(page, address, csrf)
        assert "may not ask" in page.content() or "from elsewhere" in page.content()
        assert jobs.ledger.pauses() == {}

        page.goto(f"{address}/dashboard/login")
        submit(page, address, csrf)
        until(lambda: Queue.ATCFW in jobs.ledger.pauses())
        assert jobs.ledger.pauses()[Queue.ATCFW].by == "shell:somebody"


def submit(page: Page, address: str, csrf: str) -> None:
    with page.expect_navigation():
        page.evaluate(FORM, [address, csrf])


@contextmanager
def served(app: object) -> Iterator[str]:
    """Serve an application on a free port."""
    listener = listen("127.0.0.1", 0, variables="none")
    server: uvicorn.Server = HttpServer(app, lambda _url: None)
    server.config.lifespan = "off"
    with running(lambda: server.run(sockets=[listener])):
        try:
            yield web_address(listener)
        finally:
            server.should_exit = True
    listener.close()


class Neighbour(BaseHTTPRequestHandler):
    """Another program of this machine, with a page of its own."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<body>hello</body>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def neighbour() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Neighbour)
    with running(server.serve_forever):
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
    server.server_close()


@contextmanager
def running(work: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()
