"""A cached answer through a real MCP client, against a tool that returns the same bytes at once."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import anyio
import mcp_types as types
import requests
from mcp.client import Client

from benchmarks.no_op import NAME
from benchmarks.stage import Stage, stage
from mcp_front.server import Front
from shared.logs import configure
from shared.settings import Settings

ROUNDS = 500
TOOL = "list_address_blocks"


async def measure(here: Stage, rounds: int) -> tuple[dict[str, list[float]], int]:
    """Return the milliseconds of each way, round by round, and the bytes of the answer."""
    async with Client(here.mcp_url) as ours:
        await ours.call_tool(TOOL, {})
        hit = await ours.call_tool(TOOL, {})
        if not (hit.structured_content or {})["meta"]["cached"]:
            raise SystemExit("the second call was no hit")
        with no_op(hit) as (url, _):
            async with Client(url) as theirs, Inside(here) as front:
                times: dict[str, list[float]] = {"hit": [], "no-op": [], "hit, inside": []}
                for _ in range(rounds):
                    started = time.perf_counter()
                    await ours.call_tool(TOOL, {})
                    times["hit"].append((time.perf_counter() - started) * 1000)
                    started = time.perf_counter()
                    await theirs.call_tool(NAME, {})
                    times["no-op"].append((time.perf_counter() - started) * 1000)
                    started = time.perf_counter()
                    await front.call(TOOL, {})
                    times["hit, inside"].append((time.perf_counter() - started) * 1000)
    return times, len(hit.content[0].text)  # type: ignore[union-attr]  # ours is always a text


class Inside:
    """A front end in this process, to leave the protocol out."""

    def __init__(self, here: Stage) -> None:
        self._front = Front(Settings.from_env({"REDIS_URL": here.redis_url}))

    async def __aenter__(self) -> Front:
        self._running = self._front.running()
        await self._running.__aenter__()
        return self._front

    async def __aexit__(self, *error: object) -> None:
        await self._running.__aexit__(None, None, None)
        self._front.close()


@contextmanager
def no_op(result: types.CallToolResult) -> Iterator[tuple[str, int]]:
    """Serve a tool that gives this result at once; yield its address and process."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        answer = Path(folder) / "answer.json"
        answer.write_text(result.model_dump_json(by_alias=True))
        port = free.getsockname()[1]
        free.close()
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.no_op"],
            env={**os.environ, "NO_OP_ANSWER": str(answer), "NO_OP_PORT": str(port)},
        )
        try:
            _until_it_listens(port)
            yield f"http://127.0.0.1:{port}/mcp", process.pid
        finally:
            process.terminate()
            process.wait(30)


def _until_it_listens(port: int) -> None:
    for _ in range(1000):
        try:
            requests.get(f"http://127.0.0.1:{port}/mcp", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("the server without an effect did not start")


def main(rounds: int = ROUNDS) -> None:
    """Measure and print."""
    configure(json_lines=False, level="WARNING")
    with stage() as here:
        times, size = anyio.run(measure, here, rounds)
    print(f"cached answer of {size} bytes, {rounds} rounds")
    print(f"{'ms':24}{'p50':>8}{'p99':>8}")
    for name, found in times.items():
        print(f"{name:24}{median(found):8.2f}{quantiles(found, n=100)[98]:8.2f}")
    over = median(hit - none for hit, none in zip(times["hit"], times["no-op"], strict=True))
    print(f"a hit over a no-op tool, p50 of the rounds: {over:.2f} ms")


if __name__ == "__main__":
    main()
