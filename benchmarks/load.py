"""Load: many callers, cached and not, equal questions, an outage, a service that hangs.

The stack runs as a user starts it, without a rate limit and with 32 threads for each worker; the
sandbox answers after 100 ms. Every caller is a real MCP client with a session of its own over HTTP;
all of them live in this one process. What is compared is measured in turns within one run.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import anyio
import anyio.to_thread
import requests
from mcp.client import Client
from redis import Redis

from benchmarks.cache_hit import Inside, no_op
from benchmarks.crowd import Ask, Block, block, called, cpu_seconds, sessions
from benchmarks.no_op import NAME
from benchmarks.report import Report
from benchmarks.stage import Stage, stage
from infoblox_mq.control import Control
from shared.catalog import Queue
from shared.guards import GuardStates
from shared.ledger import FINAL, Ledger, Terms
from shared.logs import configure
from shared.settings import Settings
from shared.stores import connect

THREADS = 32
LATENCY_SECONDS = 0.1
MOST_CALLERS = 200
SUBNETS = "/api/ddi/v1/ipam/subnet"
CACHED = "list_address_blocks"
_SETTLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Hall:
    """Everything the measurements use."""

    here: Stage
    sandbox: Control
    client: "Redis"
    ledger: Ledger
    ours: list[Client]
    report: Report
    times: int

    def read(self, first: int) -> Ask:
        """Return what asks a question that nobody has asked before; numbered from `first`."""

        async def ask(caller: int, call: int) -> str:
            arguments = {"limit": 10, "offset": first + call}
            return await called(self.ours[caller], "list_subnets", arguments)

        return ask

    def raw(self, first: int) -> Ask:
        """Return what asks the sandbox the same over plain HTTP."""
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=MOST_CALLERS))
        session.headers["Authorization"] = f"Token {self.here.api_key}"
        limiter = anyio.CapacityLimiter(MOST_CALLERS)

        async def ask(_caller: int, call: int) -> str:
            url = f"{self.here.api_url}{SUBNETS}?_limit=10&_offset={first + call}"
            answer = await anyio.to_thread.run_sync(
                lambda: session.get(url, timeout=30), limiter=limiter
            )
            return "done" if answer.ok else str(answer.status_code)

        return ask

    def slow(self) -> None:
        """Let the API answer after its latency."""
        self.sandbox.clear_faults()
        self.sandbox.faults("slow", match={"path": "/api/"}, seconds=LATENCY_SECONDS)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait for something in the store."""
        until = time.monotonic() + _SETTLE_SECONDS
        while not seen():
            if time.monotonic() > until:
                raise SystemExit("the stack did not settle")
            await anyio.sleep(0.05)


async def stored(hall: Hall) -> None:
    """One write to the store, which is on disk before it is answered: what the machine allows."""

    async def ask(_caller: int, call: int) -> str:
        hall.client.set("benchmark", call)
        return "done"

    hall.report.add("one write to the store", 1, [await block(ask, callers=1, calls=200)])
    hall.client.delete("benchmark")


async def cached(hall: Hall) -> None:
    """Cached answers by callers, in turns with a no-op tool that returns the same bytes."""
    await hall.ours[0].call_tool(CACHED, {})
    hit = await hall.ours[0].call_tool(CACHED, {})
    if not (hit.structured_content or {})["meta"]["cached"]:
        raise SystemExit("the second call was no hit")

    async def ask_ours(caller: int, _call: int) -> str:
        return await called(hall.ours[caller], CACHED, {})

    with no_op(hit) as (url, pid):
        async with sessions(url, MOST_CALLERS) as theirs:

            async def ask_theirs(caller: int, _call: int) -> str:
                await theirs[caller].call_tool(NAME, {})
                return "done"

            ways = {"hit": (ask_ours, hall.here.pids["front"]), "no-op": (ask_theirs, pid)}
            for callers, bar in ((1, 1.3), (10, 2.0), (50, None), (100, 2.0), (200, None)):
                await _in_turns(hall, callers, ways=ways, bar=bar)


async def _in_turns(
    hall: Hall, callers: int, *, ways: dict[str, tuple[Ask, int]], bar: float | None
) -> None:
    calls = max(100, 2 * callers)
    blocks: dict[str, list[Block]] = {name: [] for name in ways}
    cpu = dict.fromkeys(ways, 0.0)
    turns = (2 if callers == MOST_CALLERS else 4) * hall.times
    for turn in range(turns + 1):
        # The other one begins each time, and the first turn only warms up.
        for name, (ask, pid) in list(ways.items())[:: 1 if turn % 2 else -1]:
            before = cpu_seconds(pid)
            found = await block(ask, callers=callers, calls=calls)
            if turn:
                blocks[name].append(found)
                cpu[name] += cpu_seconds(pid) - before
    for name, listed in blocks.items():
        spent = cpu[name] * 1000 / (turns * calls)
        hall.report.add(name, callers, listed, cpu_ms={"front": round(spent, 2)})
    ratios = [
        ours.seconds / none.seconds
        for ours, none in zip(blocks["hit"], blocks["no-op"], strict=True)
    ]
    said = f"a cached call against a no-op tool, {callers} callers"
    hall.report.says(said, median(ratios), at_most=bar, unit="x", spread=ratios)


async def uncached(hall: Hall) -> None:
    """Reads that reach the API, by callers, in turns with plain HTTP."""
    first = 10_000
    pids = {**hall.here.pids, "client": os.getpid()}
    for callers, calls in ((1, 40), (10, 150), (50, 300), (MOST_CALLERS, 400)):
        ours: list[Block] = []
        raw: list[Block] = []
        for _ in range((1 if callers == MOST_CALLERS else 2) * hall.times):
            raw.append(await block(hall.raw(first), callers=callers, calls=calls))
            before = {name: cpu_seconds(pid) for name, pid in pids.items()}
            ours.append(await block(hall.read(first), callers=callers, calls=calls))
            first += calls
            # Of the last turn; the sandbox is beside the point but uses the same cores.
            spent = {
                name: round((cpu_seconds(pid) - before[name]) * 1000 / calls, 2)
                for name, pid in pids.items()
            }
        hall.report.add("uncached", callers, ours, cpu_ms=spent)
        hall.report.add("raw HTTP", callers, raw)
        answered = sum(one.statuses.get("done", 0) for one in ours) / (calls * len(ours))
        if callers == 1:
            over = [a.p50 - b.p50 for a, b in zip(ours, raw, strict=True)]
            hall.report.says("an uncached read over plain HTTP", median(over), at_most=8, unit="ms")
        if callers == 50:
            most = median(one.per_second for one in ours)
            hall.report.says("uncached, 50 callers", most, at_least=150, unit="calls/s")
        if callers == MOST_CALLERS:
            hall.report.says("answered of 200 callers", answered * 100, at_least=100, unit="%")
    hits, misses = hall.report.p50("hit", 1), hall.report.p50("uncached", 1)
    hall.report.says("speed-up of a hit, 1 caller", misses / hits, unit="x")


async def equal(hall: Hall) -> None:
    """Fifty callers with the same question at once.

    Asking takes this process longer than 100 ms, and who asks after the answer asks anew: so the
    API takes a second here.
    """
    hall.sandbox.clear_faults()
    hall.sandbox.faults("slow", match={"path": SUBNETS}, seconds=1)
    before = len(hall.sandbox.journal(path=SUBNETS))

    async def ask(caller: int, _call: int) -> str:
        return await called(hall.ours[caller], "list_subnets", {"limit": 7, "offset": 3})

    hall.report.add("50 identical, API 1 s", 50, [await block(ask, callers=50, calls=50)])
    asked = len(hall.sandbox.journal(path=SUBNETS)) - before
    hall.report.says("API requests for 50 identical reads", asked, at_most=1, unit="")


async def outage(hall: Hall) -> None:
    """Refusals while a breaker is open: as a client sees them, and inside the front end."""
    hall.sandbox.clear_faults()
    hall.sandbox.faults("status", match={"path": SUBNETS}, status=503)
    states, tag = GuardStates(hall.client), hall.ledger.account("default")
    failing = await block(hall.read(50_000), callers=6, calls=12)
    await hall.until(lambda: states.breaker(tag, Queue.INFOBLOX).state == "open")
    seen = len(hall.sandbox.journal(path=SUBNETS))
    hall.report.add("outage begins", 6, [failing])
    hall.report.add("refusal", 1, [await block(hall.read(51_000), callers=1, calls=100)])
    hall.report.add("refusal", 50, [await block(hall.read(52_000), callers=50, calls=200)])
    async with Inside(hall.here) as front:

        async def inside(_caller: int, call: int) -> str:
            answer = await front.call("list_subnets", {"limit": 10, "offset": 53_000 + call})
            return str(answer.envelope["error"]["code"])

        found = await block(inside, callers=1, calls=300 * hall.times)
    hall.report.add("refusal, inside", 1, [found])
    hall.report.says("a refusal inside the front end, p50", found.p50, at_most=5, unit="ms")
    sent = len(hall.sandbox.journal(path=SUBNETS)) - seen
    hall.report.says("API requests while it is open", sent, at_most=0, unit="")
    states.reset(tag, Queue.INFOBLOX)


async def hanging(hall: Hall) -> None:
    """Reads of one queue while another's service answers nothing, in turns with a quiet time."""
    ways: dict[str, list[Block]] = {"quiet": [], "beside a hang": []}
    first = 60_000
    hall.slow()
    await block(hall.read(59_000), callers=10, calls=50)
    for _ in range(3 * hall.times):
        ways["quiet"].append(await block(hall.read(first), callers=10, calls=150))
        # The oldest rule counts, so the hang comes before the latency.
        hall.sandbox.clear_faults()
        hall.sandbox.faults("hang", match={"path": "/api/atcfw/"})
        hall.sandbox.faults("slow", match={"path": "/api/"}, seconds=LATENCY_SECONDS)
        async with anyio.create_task_group() as group:
            for number in range(40):
                arguments = {"limit": 10, "offset": first + number}
                client = hall.ours[20 + number]
                group.start_soon(called, client, "list_threat_named_lists", arguments)
            await hall.until(lambda: hall.ledger.counts()[Queue.ATCFW]["running"] >= THREADS)
            ways["beside a hang"].append(await block(hall.read(first + 500), callers=10, calls=150))
            hall.report.check(
                "the service still hung", hall.ledger.counts()[Queue.ATCFW]["running"] > 0
            )
            hall.slow()
            group.cancel_scope.cancel()
        await hall.until(lambda: not _open(hall, Queue.ATCFW))
        first += 1000
    for name, listed in ways.items():
        hall.report.add(name, 10, listed)
    pairs = zip(ways["beside a hang"], ways["quiet"], strict=True)
    ratios = [beside.p95 / quiet.p95 for beside, quiet in pairs]
    said = "p95 of another queue beside a hang, against quiet"
    hall.report.says(said, median(ratios), at_most=1.2, unit="x", spread=ratios)


def _open(hall: Hall, queue: Queue) -> int:
    states = hall.ledger.counts()[queue]
    return sum(count for state, count in states.items() if state not in FINAL)


async def measure(here: Stage, report: Report, times: int) -> None:
    """Take every measurement."""
    client = connect(here.redis_url, patient=True)
    ledger = Ledger(client, Terms.from_settings(Settings.from_env({})))
    async with sessions(here.mcp_url, MOST_CALLERS) as ours:
        hall = Hall(here, Control(here.api_url), client, ledger, ours, report, times)
        hall.slow()
        for part in (stored, cached, uncached, equal, outage, hanging):
            begun = time.perf_counter()
            await part(hall)
            report.took(part.__name__, time.perf_counter() - begun)
    client.connection_pool.disconnect()


def main(out: Path, times: int = 1) -> None:
    """Measure, print and write."""
    configure(json_lines=False, level="ERROR")
    machine: dict[str, Any] = {"cpus": os.cpu_count(), "load_before": os.getloadavg()}
    report = Report(machine)
    # Short, so that what hangs ends between two turns.
    with stage(threads=THREADS, read_timeout_seconds=4) as here:
        anyio.run(measure, here, report, times)
    report.machine["load_after"] = os.getloadavg()
    report.print()
    report.write(out)
