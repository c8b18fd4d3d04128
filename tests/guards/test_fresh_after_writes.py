"""After a write through one front end the next read through another is fresh, however it ended."""

from __future__ import annotations

import http.client
import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

from infoblox_mq.processes import ourselves
from mcp_front.server import Front
from tests.guards.fronts import call, running
from tests.support.calls import front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
PAIRS = 1_000 if SOAK else 100
# An unknown outcome takes until the deadline, so only some of the writes end so.
UNKNOWNS = 20 if SOAK else 3
LISTS = "/api/atcfw/v1/named_lists"
DEADLINE_SECONDS = 1.5


def in_the_portal(sandbox: Sandbox, name: str) -> None:
    """Make a named list behind our back."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    body = json.dumps({"name": name, "type": "custom_list", "items": ["a.example"]})
    connection.request(
        "POST",
        LISTS,
        body,
        {"Authorization": f"Token {sandbox.key}", "Content-Type": "application/json"},
    )
    assert connection.getresponse().status == 201
    connection.close()


class Pair:
    """One front end writes, the other reads."""

    def __init__(self, writer: Front, reader: Front, sandbox: Sandbox) -> None:
        self.ended: Counter[str] = Counter()
        self.stale: list[str] = []
        self.hits = 0
        self._writer = writer
        self._reader = reader
        self._sandbox = sandbox

    async def names(self) -> set[str]:
        """Return what the reader sees; the second time it must be a hit."""
        answer = await call(
            self._reader, "list_threat_named_lists", {"name_filter": "pair", "limit": 1000}
        )
        assert answer["status"] == "done", answer
        self.hits += answer["meta"]["cached"]
        return {row["name"] for row in answer["result"]["items"]}

    async def write(self, name: str) -> str:
        """Make a list and return how that ended."""
        wanted = {"name": name, "items": ["b.example"]}
        answer = await call(self._writer, "create_threat_named_list", wanted)
        return str(answer["status"])

    async def done(self, name: str) -> str:
        """A write that does what it should."""
        return await self.write(name)

    async def failed(self, name: str) -> str:
        """A write that fails, and so shows that there is something new."""
        in_the_portal(self._sandbox, name)
        return await self.write(name)

    async def unknown(self, name: str) -> str:
        """A write that was carried out, and nobody can tell."""
        self._sandbox.faults("reset_after_apply", match={"path": LISTS, "method": "POST"}, times=1)
        self._sandbox.faults("status", status=403, match={"path": LISTS, "method": "GET"})
        try:
            return await self.write(name)
        finally:
            self._sandbox.clear_faults()

    async def play(self, number: int, kind: str) -> None:
        """Fill the cache, write, and look whether the reader sees it."""
        name = f"pair-{number}"
        await self.names()
        await self.names()
        ended = await getattr(self, kind)(name)
        assert ended == kind
        self.ended[ended] += 1
        if name not in await self.names():
            self.stale.append(f"{name} after {ended}")


def kinds(pairs: int, unknowns: int) -> list[str]:
    """Return how the writes are to end, one after the other."""
    found = ["done" if number % 2 else "failed" for number in range(pairs)]
    for number in range(unknowns):
        found[number * pairs // unknowns] = "unknown"
    return found


@pytest.mark.slow
@pytest.mark.timeout(3_600 if SOAK else 120)
def test_no_read_is_stale_after_a_write_elsewhere(stack: Begin, sandbox: Sandbox) -> None:
    here = stack(write_deadline_seconds=DEADLINE_SECONDS, join_after_seconds=0.001)
    # Two processes share the queue, so that a read and a write meet in neither.
    here.launch("atcfw", ourselves("worker", "atcfw", "--processes", "2"))
    workers: Any = here.valkey.client()
    until(lambda: workers.zcard("imq:workers:atcfw") == 2, seconds=30, what="two workers")

    async def pairs() -> Pair:
        async with running(front_settings(here.env), 2) as (writer, reader):
            pair = Pair(writer, reader, sandbox)
            for number, kind in enumerate(kinds(PAIRS, UNKNOWNS)):
                await pair.play(number, kind)
            return pair

    pair = anyio.run(pairs)
    assert pair.stale == []
    assert pair.ended["unknown"] == UNKNOWNS
    # Each pair had a hit to be stale.
    assert pair.hits >= PAIRS
