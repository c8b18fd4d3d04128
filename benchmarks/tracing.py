"""What traces cost: the same calls to a stack that is traced and to one that is not, in turn."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median, quantiles
from typing import Any

import anyio
from mcp.client import Client

from benchmarks.crowd import called, cpu_seconds
from benchmarks.stage import Stage, stage

ROUNDS = 400
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SAMPLER = "OTEL_TRACES_SAMPLER"
WAYS = ("untraced", "traced", "sampled out")
CACHED, UNCACHED = "list_address_blocks", "list_ip_spaces"
Json = dict[str, Any]


async def measure(stages: dict[str, Stage], rounds: int) -> tuple[dict[str, list[float]], Json]:
    """Return milliseconds of each call by way and kind, and milliseconds of CPU of all calls."""
    times: dict[str, list[float]] = {}
    cpu: Json = {}
    async with (
        Client(stages["untraced"].mcp_url) as untraced,
        Client(stages["traced"].mcp_url) as traced,
        Client(stages["sampled out"].mcp_url) as sampled_out,
    ):
        clients = dict(zip(WAYS, (untraced, traced, sampled_out), strict=True))
        for kind, tool in (("cached", CACHED), ("uncached", UNCACHED)):
            for turn in range(20):
                for client in clients.values():
                    await called(client, tool, {"offset": turn} if kind == "uncached" else {})
            before = {way: used(stages[way]) for way in WAYS}
            for turn in range(rounds):
                # Another order each time: whoever is second finds warmer caches.
                for way in (*WAYS[turn % 3 :], *WAYS[: turn % 3]):
                    arguments = {"offset": turn + 100} if kind == "uncached" else {}
                    started = time.perf_counter()
                    status = await called(clients[way], tool, arguments)
                    ms = (time.perf_counter() - started) * 1000
                    times.setdefault(f"{kind}, {way}", []).append(ms)
                    if status != "done":
                        raise SystemExit(f"not what was expected: {status}")
            for way in WAYS:
                now = used(stages[way])
                cpu[f"{kind}, {way}"] = {
                    name: (now[name] - before[way][name]) * 1000 / rounds
                    for name in ("front", "infoblox")
                }
    return times, cpu


def used(here: Stage) -> dict[str, float]:
    """Return seconds of CPU so far of the two processes that a call keeps busy."""
    return {name: cpu_seconds(here.pids[name]) for name in ("front", "infoblox")}


@contextmanager
def sink() -> Iterator[str]:
    """Take spans in a process of its own and throw them away; yield the endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        process.terminate()
        process.join()
        server.server_close()


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def stages() -> Iterator[dict[str, Stage]]:
    """Start one stack for each way."""
    with sink() as endpoint, stage() as untraced:
        os.environ[ENDPOINT] = endpoint
        try:
            with stage() as traced:
                os.environ[SAMPLER] = "always_off"
                with stage() as sampled_out:
                    yield dict(zip(WAYS, (untraced, traced, sampled_out), strict=True))
        finally:
            os.environ.pop(ENDPOINT)
            os.environ.pop(SAMPLER, None)


def main(rounds: int = ROUNDS) -> None:
    """Measure and print."""
    with stages() as running:
        times, cpu = anyio.run(measure, running, rounds)
    print(f"traces, {rounds} rounds")
    print(f"{'ms':28}{'p50':>8}{'p99':>8}{'CPU front':>11}{'CPU worker':>11}")
    for name, found in times.items():
        p99 = quantiles(found, n=100)[98]
        spent = cpu[name]
        print(
            f"{name:28}{median(found):8.2f}{p99:8.2f}"
            f"{spent['front']:11.2f}{spent['infoblox']:11.2f}"
        )
    for kind in ("cached", "uncached"):
        for way in WAYS[1:]:
            pairs = zip(times[f"{kind}, {way}"], times[f"{kind}, untraced"], strict=True)
            print(f"{kind}, {way}: {median(on - off for on, off in pairs):+.2f} ms, p50 of pairs")


if __name__ == "__main__":
    main()
