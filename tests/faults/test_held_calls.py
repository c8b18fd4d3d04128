"""Many calls held open at once in one front-end process, and what each of them weighs.

SOAK=1 holds a thousand and bounds their weight; with a hundred the noise would weigh more.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import redis

from shared.catalog import Queue
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect

ROOT = Path(__file__).resolve().parents[2]
SOAK = bool(os.environ.get("SOAK"))
CALLS = 1000 if SOAK else 100
WAIT_SECONDS = 45 if SOAK else 8
# With sessions the library's part alone is 79; without, 49.
MOST_KILOBYTES_EACH = {"2025-11-25": 100, "2026-07-28": 60}
WARM_UP = 30
MODERN = "2026-07-28"


class Front(NamedTuple):
    """A front end of its own process."""

    host: str
    port: int
    pid: int

    @property
    def kilobytes(self) -> int:
        """Return the memory it has in use."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1])


@contextmanager
def fronting(store: str) -> Iterator[Front]:
    environment = {
        "REDIS_URL": store,
        "PYTHONPATH": str(ROOT),
        "INFOBLOX_MQ_QUEUE_LIMIT": "10000",
        "INFOBLOX_MQ_WAIT_SECONDS": str(WAIT_SECONDS),
        "LOG_LEVEL": "error",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "infoblox_mq", "http", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        parts = urlsplit(process.stdout.readline().split()[-1])
        assert parts.hostname
        assert parts.port
        try:
            yield Front(parts.hostname, parts.port, process.pid)
        finally:
            process.terminate()


def body(number: int, era: str, tool: str = "delete_subnet") -> dict[str, Any]:
    meta: dict[str, Any] = {"progressToken": number}
    if era == MODERN:
        meta |= {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    given = {"subnet_id": str(number)} if tool == "delete_subnet" else {}
    params = {"name": tool, "arguments": given, "_meta": meta}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


async def post(front: Front, sent: dict[str, Any], **headers: str) -> tuple[str, Any]:
    """Send one request on a connection of its own; return its head, and its last message."""
    reader, writer = await asyncio.open_connection(front.host, front.port)
    data = json.dumps(sent).encode()
    head = {
        "Host": f"{front.host}:{front.port}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Content-Length": str(len(data)),
        "Connection": "close",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + data)
    answer = (await reader.read()).decode()
    writer.close()
    found = re.findall(r'(\{"jsonrpc".*?\})\r?\n', answer + "\n")
    return answer, json.loads(found[-1]) if found else None


async def session(front: Front, era: str) -> dict[str, str]:
    """Return the headers of a client's calls, after its handshake where there is one."""
    if era == MODERN:
        return {
            "MCP-Protocol-Version": era,
            "Mcp-Method": "tools/call",
            "Mcp-Name": "delete_subnet",
        }
    hello = {
        "protocolVersion": era,
        "capabilities": {},
        "clientInfo": {"name": "many", "version": "1"},
    }
    answer, _ = await post(
        front, {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
    )
    found = re.search(r"mcp-session-id: (\w+)", answer)
    assert found, answer
    headers = {"MCP-Protocol-Version": era, "Mcp-Session-Id": found[1]}
    await post(front, {"jsonrpc": "2.0", "method": "notifications/initialized"}, **headers)
    return headers


async def hold(front: Front, era: str, ledger: Ledger) -> tuple[int, list[Any]]:
    """Hold the calls at once; return what they weigh, in kB together, and their answers."""
    headers = await session(front, era)
    # A read ends at once, for there is no worker: what is made once is there after some of them.
    reading = {**headers, "Mcp-Name": "list_subnets"} if era == MODERN else headers
    for _ in range(3):
        await asyncio.gather(
            *(
                post(front, body(number, era, "list_subnets"), **reading)
                for number in range(WARM_UP)
            )
        )
    idle = front.kilobytes
    calls = [
        asyncio.create_task(post(front, body(number, era), **headers)) for number in range(CALLS)
    ]
    while ledger.depth(Queue.INFOBLOX) < CALLS:
        assert not any(call.done() for call in calls)
        await asyncio.sleep(0.1)
    # Until each has said once how it goes.
    await asyncio.sleep(5.5 if SOAK else 1.5)
    assert not any(call.done() for call in calls)
    held = front.kilobytes
    return held - idle, [message for _, message in await asyncio.gather(*calls)]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("era", MOST_KILOBYTES_EACH)
def test_many_calls_are_held_open_at_once(store: str, era: str) -> None:
    client: redis.Redis = connect(store, patient=True)
    ledger = Ledger(client, Terms.from_settings(Settings.from_env({"REDIS_URL": store})))
    with fronting(store) as front:
        weight, answers = asyncio.run(hold(front, era, ledger))
    client.close()
    envelopes = [answer["result"]["structuredContent"] for answer in answers]
    assert {envelope["status"] for envelope in envelopes} == {"running"}
    assert len({envelope["job_id"] for envelope in envelopes}) == CALLS
    sys.stdout.write(f"{era}: {weight / CALLS:.1f} kB for each of {CALLS} held calls\n")
    if SOAK:
        assert weight <= MOST_KILOBYTES_EACH[era] * CALLS
