"""Many callers at once, each with a session of its own, and how long each call took."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import anyio
import httpx2
from mcp import MCPError
from mcp.client import Client

Json = dict[str, Any]
# The caller's number and the number of the call among all, from 0 on.
Ask = Callable[[int, int], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Block:
    """What calls made side by side came to: milliseconds of each, and seconds for all."""

    times: tuple[float, ...]
    seconds: float
    statuses: Mapping[str, int]

    @property
    def per_second(self) -> float:
        """Return calls a second."""
        return len(self.times) / self.seconds

    @property
    def p50(self) -> float:
        """Return the milliseconds of a call in the middle."""
        return median(self.times)

    @property
    def p95(self) -> float:
        """Return the milliseconds that 95 of 100 calls stay within."""
        return sorted(self.times)[ceil(0.95 * len(self.times)) - 1]


async def block(ask: Ask, *, callers: int, calls: int) -> Block:
    """Let so many callers make so many calls in all; each makes its next when it has an answer."""
    times: list[float] = []
    statuses: dict[str, int] = {}
    left = iter(range(calls))

    async def caller(number: int) -> None:
        for call in left:
            begun = time.perf_counter()
            try:
                status = await ask(number, call)
            except (MCPError, OSError, httpx2.HTTPError) as error:
                status = type(error).__name__
            times.append((time.perf_counter() - begun) * 1000)
            statuses[status] = statuses.get(status, 0) + 1

    started = time.perf_counter()
    async with anyio.create_task_group() as group:
        for number in range(callers):
            group.start_soon(caller, number)
    return Block(tuple(times), time.perf_counter() - started, statuses)


@asynccontextmanager
async def sessions(url: str, count: int) -> AsyncIterator[list[Client]]:
    """Open so many sessions over HTTP."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Client(url)) for _ in range(count)]


async def called(client: Client, tool: str, arguments: Json) -> str:
    """Call a tool and return what became of it: a status, or an error's code."""
    answer = (await client.call_tool(tool, arguments)).structured_content or {}
    return str(answer["error"]["code"] if answer.get("error") else answer.get("status"))


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process and its children have used so far."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _own_seconds(pid) + sum(_own_seconds(int(child)) for child in listed)


def _own_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
