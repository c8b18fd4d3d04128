"""`infoblox-mq up`: the whole product on this machine, until Ctrl-C."""

import argparse
import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infoblox_mq import attach, homes, ports
from infoblox_mq.commands import servers
from infoblox_mq.parser import SANDBOX_PORT, read
from infoblox_mq.plan import LOOPBACK, Plan
from infoblox_mq.stack import Stack
from infoblox_mq.stops import Stops
from shared.settings import Settings

_TICK_SECONDS = 0.1
_COLOURS = {
    "store": "magenta",
    "sandbox": "yellow",
    "front": "green",
    "ops": "bright_green",
    "infoblox": "cyan",
    "niosxaas": "blue",
    "atcfw": "bright_cyan",
    "insights": "bright_blue",
}
_WIDTH = max(map(len, _COLOURS))


def up(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Run the stack, or a front end for the one that runs in the background."""
    plan = planned(args, env)
    if (running := attach.running(plan.directory)) and running.background:
        print(f"A stack runs in the background as process {running.pid}: this adds a front end.")
        sandbox = ["--sandbox"] if args.sandbox else []
        return servers.http(read(["http", "--port", str(plan.mcp_port), *sandbox]), env)
    stops = Stops()
    stops.listen()
    console = Console(stderr=True, highlight=False)
    stack = Stack(plan, output=printer(console), notice=notice(console))
    try:
        if stack.start(stopped=stops.wished):
            Console(highlight=False).print(summary(stack))
            while not stops.wait(_TICK_SECONDS):
                stack.tick()
        console.print("stopping; once more stops at once", style="dim")
    finally:
        stack.stop(hurry=stops.hurry)
    return 0


def planned(args: argparse.Namespace, env: Mapping[str, str]) -> Plan:
    """Check the settings and choose the ports."""
    settings = attach.checked(Settings.from_env(env))
    if not args.sandbox:
        from workers.accounts import required

        required(settings)
    return Plan(
        settings=settings,
        env=env,
        directory=homes.made(settings, sandbox=args.sandbox),
        mcp_port=ports.chosen(
            settings.mcp_host,
            settings.mcp_port if args.port is None else args.port,
            remedy="Choose another with --port, or stop what listens there.",
        ),
        ops_port=_ops_port(settings, args.ops_port),
        sandbox_port=_sandbox_port(args.sandbox_port) if args.sandbox else None,
    )


def _ops_port(settings: Settings, wanted: int | None) -> int:
    host = settings.metrics_host
    if wanted is None:
        # Prometheus itself listens on 9090 by default; its place is left to it.
        wanted = settings.metrics_port if ports.free(host, settings.metrics_port) else 0
    return ports.chosen(
        host, wanted, remedy="Choose another with --ops-port, or stop what listens there."
    )


def _sandbox_port(wanted: int | None) -> int:
    if wanted is None:
        wanted = SANDBOX_PORT if ports.free(LOOPBACK, SANDBOX_PORT) else 0
    return ports.chosen(
        LOOPBACK,
        wanted,
        remedy="Choose another with --sandbox-port, or stop what listens there.",
    )


def printer(console: Console) -> Callable[[str, str], None]:
    """Return what prints a line of a process, with its name before it."""

    def show(name: str, line: str) -> None:
        prefix = Text(f"{name:<{_WIDTH}} | ", style=_COLOURS.get(name, ""))
        console.print(prefix + Text.from_ansi(line), soft_wrap=True)

    return show


def notice(console: Console) -> Callable[[str], None]:
    """Return what prints a line of our own."""

    def show(text: str) -> None:
        console.print(Text(f"{'up':<{_WIDTH}} | {text}", style="bold"), soft_wrap=True)

    return show


def summary(stack: Stack) -> Table:
    """Return where everything is."""
    table = Table(title="infoblox-mq is up", title_justify="left", show_header=False)
    table.add_row("give to an MCP host", Text(stack.mcp_url, style="bold"))
    table.add_row("or as a command", f"{sys.executable} -m infoblox_mq stdio")
    table.add_row("health, metrics", stack.plan.ops)
    table.add_row("to act on its pages", "infoblox-mq ops login")
    sandbox = stack.plan.sandbox
    if sandbox:
        table.add_row("sandbox", f"{sandbox.url}  (key: {sandbox.key})")
    else:
        table.add_row("Infoblox", stack.plan.settings.infoblox_base_url)
    table.add_row("store", shown_url(stack.redis_url))
    table.add_row("state", str(stack.plan.directory))
    pids = ", ".join(f"{name} {child.pid}" for name, child in stack.children.items())
    table.add_row("processes", pids)
    return table


def shown_url(url: str) -> str:
    """Return a URL without the password it may hold."""
    head, at, tail = url.rpartition("@")
    if not at:
        return url
    scheme, _, user = head.partition("://")
    return f"{scheme}://{user.partition(':')[0]}:[set]@{tail}"
