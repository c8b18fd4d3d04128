"""A sandbox on a free port, and callers with a key."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.app import Config, create_app
from sandbox.serving import listener, make_server

TIMEOUT = 10
DDI = "/api/ddi/v1"
INFRA = "/api/universalinfra/v1"


class Caller:
    """Sends requests to the sandbox, with a key unless told otherwise."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url
        self.session = requests.Session()
        if key:
            self.session.headers["Authorization"] = f"Token {key}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        more.setdefault("timeout", TIMEOUT)
        return self.session.request(method, self.url + path, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self("GET", path, params=query)

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    def post(self, path: str, body: object) -> requests.Response:
        return self("POST", path, json=body)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    bound = listener("127.0.0.1", 0)
    server = make_server(create_app(Config(keys=("first", "second"), provisioning_seconds=0)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.stop()
    thread.join(TIMEOUT)
    bound.close()


@pytest.fixture
def api(url: str) -> Iterator[Caller]:
    caller = Caller(url, "first")
    caller.post("/_sandbox/reset", {})
    yield caller
    caller.session.close()


@pytest.fixture
def other(url: str) -> Iterator[Caller]:
    caller = Caller(url, "second")
    yield caller
    caller.session.close()


@pytest.fixture
def stranger(url: str) -> Iterator[Caller]:
    caller = Caller(url, None)
    yield caller
    caller.session.close()
