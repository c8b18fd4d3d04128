"""`infoblox-mq demo`: the whole product with the sandbox, driven by a real MCP client.

Everything is temporary: free ports, a directory that is removed, no setting of the user's.
"""

import argparse
import asyncio
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from infoblox_mq import ports
from infoblox_mq.control import Control
from infoblox_mq.demo_story import Story
from infoblox_mq.plan import LOOPBACK, Plan
from infoblox_mq.processes import PREFIXES, environment
from infoblox_mq.screen import console
from infoblox_mq.stack import Stack
from infoblox_mq.teller import Teller
from shared.clock import SystemClock
from shared.errors import CallError
from shared.settings import PREFIX, Settings

# Short enough that a killed worker is noticed while somebody watches.
TERMS = {
    f"{PREFIX}LEASE_SECONDS": "3",
    f"{PREFIX}SWEEP_SECONDS": "0.5",
    f"{PREFIX}VPN_BACKOFF_BASE_SECONDS": "1",
}
STORY_SECONDS = 80.0
_TICK_SECONDS = 0.1
_KEPT_LINES = 2000


def demo(args: argparse.Namespace, env: MutableMapping[str, str]) -> int:
    """Play the story; 0 only when all of it was seen."""
    # Our own client must not look for this machine behind a proxy either.
    env["NO_PROXY"] = env["no_proxy"] = LOOPBACK
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    logs: deque[str] = deque(maxlen=_KEPT_LINES)
    teller = Teller(console(), SystemClock())
    with tempfile.TemporaryDirectory(prefix="imq-demo-", ignore_cleanup_errors=True) as place:
        stack = Stack(
            plan(Path(place), env),
            output=lambda name, line: logs.append(f"{name:<8} | {line}"),
            notice=lambda text: teller.say(f"supervisor: {text}"),
        )
        try:
            _play(stack, teller)
        finally:
            stack.stop(hurry=lambda: True)
    if teller.missing or args.keep_logs:
        teller.say("")
        for line in logs:
            teller.raw(line)
    teller.verdict()
    return 1 if teller.missing else 0


def plan(directory: Path, env: Mapping[str, str]) -> Plan:
    """Plan a stack that shares nothing with one of the user's."""
    theirs = (*PREFIXES, "OTEL_", "LOG_LEVEL", "STRUCTLOG_JSON")
    ours = environment(env, without=theirs) | TERMS | {f"{PREFIX}DATA_DIR": str(directory)}
    settings = Settings.from_env(ours)
    return Plan(
        settings=settings,
        env=ours,
        directory=directory,
        mcp_port=ports.chosen(LOOPBACK, 0, remedy=""),
        ops_port=ports.chosen(LOOPBACK, 0, remedy=""),
        sandbox_port=ports.chosen(LOOPBACK, 0, remedy=""),
    )


def _play(stack: Stack, teller: Teller) -> None:
    sandbox = stack.plan.sandbox
    assert sandbox  # noqa: S101 - the plan above has one
    teller.chapter("Start: a store, a pretend Infoblox, four workers, a front end, ops")
    stack.start(stopped=lambda: False)
    teller.say(f"MCP server: {stack.mcp_url}    pretend Infoblox: {sandbox.url}")
    teller.check("everything answers", good=True)
    story = Story(stack, Control(sandbox.url), teller)
    with _kept_alive(stack):
        try:
            asyncio.run(asyncio.wait_for(story.play(), STORY_SECONDS))
        except TimeoutError:
            teller.check(f"the story ended within {STORY_SECONDS:.0f} s", good=False)
        except CallError as error:
            teller.check(error.problem.message, good=False)


@contextmanager
def _kept_alive(stack: Stack) -> Iterator[None]:
    """Let the supervisor do its work beside the story."""
    over = threading.Event()

    def supervise() -> None:
        while not over.wait(_TICK_SECONDS):
            stack.tick()

    thread = threading.Thread(target=supervise)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
