"""An idle read through a real MCP client over HTTP, against raw HTTP and against bare dramatiq.

All ways ask the same question, in turn, with a pause before each, so that everything is idle and
the noise of the machine hits all alike.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import anyio
import dramatiq
import requests
from mcp.client import Client

from benchmarks import bare
from benchmarks.stage import Stage, stage
from shared.stores import broker_url

ROUNDS = 150
PAUSE_SECONDS = 0.05
BARE_DATABASE = 9
PATH = "/api/ddi/v1/ipam/ip_space"
Ask = Callable[[int], Awaitable[object]]


async def measure(here: Stage, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each way, round by round."""
    session = requests.Session()
    head = {"Authorization": f"Token {here.api_key}"}

    def url(offset: int) -> str:
        return f"{here.api_url}{PATH}?_limit=100&_offset={offset}"

    async def raw(offset: int) -> None:
        session.get(url(offset), headers=head, timeout=30).raise_for_status()

    with _bare_worker(broker_url(here.redis_url, BARE_DATABASE)) as fetch:

        async def dramatiq(offset: int) -> None:
            fetch.send(url(offset), here.api_key).get_result(block=True, timeout=20_000)

        async with Client(here.mcp_url) as client:

            async def call(name: str, *, refused: bool = False, **arguments: object) -> None:
                answer = await client.call_tool(name, arguments)
                if answer.is_error != refused:
                    raise SystemExit(f"not what was expected: {answer.structured_content}")

            ways: dict[str, Ask] = {
                "raw HTTP": raw,
                # Its arguments are wrong: what is left is the protocol, its client and server.
                "MCP alone": lambda _turn: call("list_ip_spaces", refused=True, limit=0),
                "infoblox-mq": lambda turn: call("list_ip_spaces", offset=turn),
                "bare dramatiq": dramatiq,
            }
            await dramatiq(0)
            return await _rounds(ways, rounds)


@contextmanager
def _bare_worker(address: str) -> Iterator["dramatiq.Actor[[str, str], object]"]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "dramatiq", "benchmarks.bare", "-p", "1", "-t", "8"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, bare.VARIABLE: address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield bare.declared(address)
    finally:
        worker.terminate()
        worker.wait(30)


async def _rounds(ways: dict[str, Ask], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 10):
        for name, ask in ways.items():
            await anyio.sleep(PAUSE_SECONDS)
            started = time.perf_counter()
            # Another offset each time: an equal question would be joined.
            await ask(turn + 1)
            times[name].append((time.perf_counter() - started) * 1000)
    return {name: found[10:] for name, found in times.items()}


async def listed_bytes(here: Stage) -> tuple[int, int]:
    """Return how many tools there are, and the size of tools/list in bytes."""
    async with Client(here.mcp_url) as client:
        tools = (await client.list_tools()).tools
        shown = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
        return len(tools), len(json.dumps(shown, separators=(",", ":")).encode())


def memory(here: Stage) -> dict[str, float]:
    """Return MiB of resident memory per process of the stack, children added."""
    found = {}
    for name, pid in here.pids.items():
        pids = [pid, *_children(pid)]
        found[name] = round(sum(_resident(one) for one in pids) / 1024, 1)
    return found


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def main(rounds: int = ROUNDS) -> None:
    """Measure and print."""
    with stage() as here:
        times = anyio.run(measure, here, rounds)
        tools, size = anyio.run(listed_bytes, here)
        resident = memory(here)
    print(f"start to everything answering: {here.start_seconds:.1f} s")
    print(f"tools/list: {tools} tools, {size} bytes")
    print(f"resident MiB (masters and children): {resident}")
    print(f"{'ms':24}{'p50':>8}{'p99':>8}")
    for name, found in times.items():
        print(f"{name:24}{median(found):8.2f}{quantiles(found, n=100)[98]:8.2f}")
    rows = list(zip(times["infoblox-mq"], times["raw HTTP"], times["MCP alone"], strict=True))
    over, ours = median(all_ - raw for all_, raw, _ in rows), median(a - r - m for a, r, m in rows)
    print(f"over raw HTTP, p50 of the rounds: {over:.2f} ms; without MCP, ours: {ours:.2f} ms")
    ratio = median(times["bare dramatiq"]) / median(times["infoblox-mq"])
    print(f"bare dramatiq / infoblox-mq, p50: {ratio:.1f}")
