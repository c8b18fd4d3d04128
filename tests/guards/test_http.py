"""What the guarded client does to the wire: connections, and retries in an outage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.clock import SystemClock
from shared.wire import Request
from workers.backoff import full_jitter
from workers.budget import RetryBudget
from workers.caller import Caller
from workers.csp import Answer, Csp, Limits

GET = Request("GET", "/api/x", "/api/x")
POST = Request("POST", "/api/x", "/api/x", body={"name": "n"}, safe=False)
LIMITS = Limits(connect=2.0, read=5.0, total=9.0)
THREADS = 8


class Counting(ThreadingHTTPServer):
    """Answers everything, keeps connections open and counts them."""

    daemon_threads = True
    connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "14")
        self.end_headers()
        self.wfile.write(b'{"results":[]}')

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Counting(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_thousand_calls_need_as_many_connections_as_threads(server: Counting) -> None:
    csp = Csp(
        base_url=f"http://127.0.0.1:{server.server_port}",
        api_key=SecretStr("key"),
        clock=SystemClock(),
        pool_size=THREADS,
    )
    caller = Caller(csp, LIMITS)

    def call(number: int) -> bool:
        reply = caller(POST if number % 10 == 0 else GET)
        return isinstance(reply, Answer) and reply.ok

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(call, range(1000)))
    csp.close()
    assert server.connections <= THREADS


@given(st.integers(0, 1000))
def test_one_request_in_ten_may_be_a_retry(requests: int) -> None:
    budget = RetryBudget()
    while budget.spend():
        pass
    for _ in range(requests):
        budget.earn()
    retries = 0
    while budget.spend():
        retries += 1
    assert retries <= min(10, requests / 10 + 0.001)
    assert retries >= min(10, requests // 10) - 1


def test_a_process_that_has_done_little_may_retry_a_few_times() -> None:
    budget = RetryBudget()
    assert [budget.spend() for _ in range(12)] == [True] * 10 + [False] * 2


@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0.1, 10), st.floats(0.1, 60))
def test_a_jittered_wait_lies_between_nothing_and_its_longest(
    attempt: int, jitter: float, base: float, cap: float
) -> None:
    wait = full_jitter(attempt, base=base, cap=cap, jitter=jitter)
    assert 0 <= wait <= cap
    assert full_jitter(1, base=base, cap=cap, jitter=1.0) == min(base, cap)
