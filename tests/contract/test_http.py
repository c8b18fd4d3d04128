"""HTTP: who may reach it, who may call what, and how it starts and stops."""

import asyncio
import hashlib
import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest
from mcp import Client

from mcp_front import run
from mcp_front.auth import read_tokens
from mcp_front.run import http
from shared.errors import NotConfigured
from shared.ledger import Outcome
from tests.contract.conftest import ERAS, ROOT, a_front, serving, settings_for
from tests.contract.hand import Hand, keep
from tests.contract.test_answers import ask
from tests.contract.valkey import Valkey, black_hole

pytestmark = pytest.mark.anyio
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    },
}


def status(url: str, body: object = None, **headers: str) -> int:
    """Return the status of one plain request."""
    parts = urlsplit(url)
    given = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    } | headers
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    with closing(connection):
        data = None if body is None else json.dumps(body).encode()
        connection.request("GET" if data is None else "POST", parts.path, data, given)
        return connection.getresponse().status


def tokens_file(folder: Path, **clients: list[str]) -> Path:
    """Write a tokens file; the token of a client is its name with `-token`."""
    path = folder / "tokens.toml"
    path.write_text(
        "".join(
            f'[[tokens]]\nsha256 = "{hashlib.sha256(f"{client}-token".encode()).hexdigest()}"\n'
            f'client = "{client}"\nscopes = {json.dumps(scopes)}\n'
            for client, scopes in clients.items()
        )
    )
    return path


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("localhost:{port}", None, 200),
        ("127.0.0.1:{port}", "http://localhost:6274", 200),
        ("[::1]:{port}", "http://127.0.0.1:{port}", 200),
        ("localhost", None, 200),
        ("evil.example", None, 421),
        ("evil.example:{port}", None, 421),
        ("localhost.evil.example:{port}", None, 421),
        ("127.0.0.1:{port}", "http://evil.example", 403),
        ("127.0.0.1:{port}", "https://localhost:{port}", 403),
        ("127.0.0.1:{port}", "null", 403),
    ],
)
async def test_host_and_origin_on_loopback(
    url: str, host: str, origin: str | None, expected: int
) -> None:
    port = str(urlsplit(url).port)
    headers = {"Host": host.format(port=port)}
    if origin:
        headers["Origin"] = origin.format(port=port)
    assert await asyncio.to_thread(status, url, HELLO, **headers) == expected


async def test_host_and_origin_elsewhere_are_those_of_the_settings(
    valkey: Valkey, tmp_path: Path
) -> None:
    settings = settings_for(
        valkey.url,
        mcp_host="0.0.0.0",  # noqa: S104 - the case that needs the lists
        tokens_file=tokens_file(tmp_path, me=["read"]),
        allowed_hosts=("front.example",),
        allowed_origins=("https://app.example",),
    )
    assert settings.tokens_file
    token = {"Authorization": "Bearer me-token"}
    tokens = read_tokens(settings.tokens_file)
    with a_front(settings, tokens=tokens) as front, serving(front, settings) as address:
        port = urlsplit(address).port
        here = f"http://127.0.0.1:{port}/mcp"
        for host, origin, expected in (
            ("front.example", "https://app.example", 200),
            (f"front.example:{port}", None, 200),
            (f"127.0.0.1:{port}", None, 421),
            ("front.example", "http://localhost:6274", 403),
        ):
            headers = token | {"Host": host} | ({"Origin": origin} if origin else {})
            assert await asyncio.to_thread(status, here, HELLO, **headers) == expected


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, ["INFOBLOX_MQ_TOKENS_FILE", "INFOBLOX_MQ_ALLOWED_HOSTS"]),
        ({"tokens_file": Path("/x")}, ["INFOBLOX_MQ_ALLOWED_HOSTS"]),
        ({"allowed_hosts": ("a",)}, ["INFOBLOX_MQ_TOKENS_FILE"]),
    ],
)
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "front.example"])  # noqa: S104
def test_open_address_needs_tokens_and_hosts(
    host: str, changes: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(NotConfigured) as caught:
        http(settings_for("redis://127.0.0.1:1/0", mcp_host=host, **changes))
    assert [name for name in ("TOKENS_FILE", "ALLOWED_HOSTS") if name in str(caught.value)] == [
        name.removeprefix("INFOBLOX_MQ_") for name in named
    ]


def test_port_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotConfigured, match=f"cannot listen on 127.0.0.1, port {port}"):
            http(settings_for("redis://127.0.0.1:1/0", mcp_port=port))


def test_address_is_logged_where_nobody_else_tells_it(caplog: pytest.LogCaptureFixture) -> None:
    run._log_address("http://127.0.0.1:1/mcp")
    assert "http://127.0.0.1:1/mcp" in caplog.text


async def test_big_body_is_refused(url: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 5000000\r\n\r\n"
    )
    assert (await reader.readline()).split()[1] == b"413"
    writer.close()
    await writer.wait_closed()


async def test_probes_tell_alive_from_ready(url: str) -> None:
    base = url.removesuffix("/mcp")
    assert await asyncio.to_thread(status, f"{base}/livez") == 200
    assert await asyncio.to_thread(status, f"{base}/readyz") == 200


async def test_store_away_is_alive_but_not_ready() -> None:
    with black_hole() as store:
        settings = settings_for(store)
        with a_front(settings) as front, serving(front, settings) as url:
            base = url.removesuffix("/mcp")
            begun = time.perf_counter()
            assert await asyncio.to_thread(status, f"{base}/livez") == 200
            assert await asyncio.to_thread(status, f"{base}/readyz") == 503
            assert time.perf_counter() - begun < 1.5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_process_in_order(valkey: Valkey, number: signal.Signals) -> None:
    code = (
        "import os; from mcp_front.run import http; from shared.settings import Settings; "
        "http(Settings.from_env(os.environ), announce=lambda url: print(url, flush=True)); "
        "print('ended')"
    )
    environment = {"REDIS_URL": valkey.url, "MCP_PORT": "0", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        assert not url.endswith(":0/mcp")
        assert status(url.replace("/mcp", "/livez")) == 200
        process.send_signal(number)
        assert process.stdout.read() == "ended\n"
        assert process.wait(5) == 0


@pytest.mark.parametrize("era", ERAS)
async def test_stopping_answers_waiting_calls_with_their_job(valkey: Valkey, era: str) -> None:
    settings = settings_for(valkey.url, wait_seconds=20)
    answers: list[dict[str, Any]] = []
    with Hand(valkey.url, settings) as hand, a_front(settings) as front:
        hand.plays["delete_subnet"] = keep
        stack = serving(front, settings)
        url = stack.__enter__()
        async with Client(url, mode=era) as client, anyio.create_task_group() as tasks:
            # The client lists the tools to check a first answer; here there will be nobody to ask.
            await client.list_tools()

            async def call() -> None:
                answers.append(await ask(client, "delete_subnet", subnet_id="1"))

            tasks.start_soon(call)
            while not hand.seen:
                await anyio.sleep(0.01)
            await asyncio.to_thread(stack.__exit__, None, None, None)
        hand.ledger.finish(hand.seen[0], Outcome("done", result={}))
    assert answers[0]["status"] == "running"
    assert answers[0]["job_id"] == hand.seen[0].id
