"""The options of every command. Nothing is imported here that a command may not need."""

import argparse
from collections.abc import Sequence
from typing import TypeAlias

from infoblox_mq import __version__
from infoblox_mq.numbers import count, port, positive

QUEUES = ("infoblox", "niosxaas", "atcfw", "insights")
SANDBOX_PORT = 8088

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="infoblox-mq",
        description="A queue-backed MCP server for Infoblox.",
        epilog="`infoblox-mq config show` lists the environment variables that are read.",
    )
    parser.add_argument("--version", action="version", version=f"infoblox-mq {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _stack(commands)
    _servers(commands)
    _calls(commands)
    _bulk(commands)
    _looks(commands)
    _health(commands)
    _queues(commands)
    _caches(commands)
    _background(commands)
    _setup(commands)
    return parser


def read(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what a command line says; the values of a call may stand after options too."""
    parser = make_parser()
    args, rest = parser.parse_known_args(argv)
    if rest and "arguments" in args and not any(word.startswith("-") for word in rest):
        # argparse gives `TOOL --json NAME=VALUE` no values at all.
        args.arguments += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return args


def _add(commands: _Commands, name: str, runs: str, *, about: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(command=f"infoblox_mq.{runs}")
    return parser


def _stack(commands: _Commands) -> None:
    up = _add(
        commands,
        "up",
        "commands.up:up",
        about="run all of it on this machine: store, workers, front end, ops; Ctrl-C stops it",
    )
    up.add_argument(
        "--sandbox", action="store_true", help="pretend Infoblox; needs no account and no key"
    )
    up.add_argument("--port", type=port, help="port of the front end (0: a free one)")
    up.add_argument(
        "--ops-port",
        type=port,
        help="port of the ops server (default: METRICS_PORT, or a free one)",
    )
    up.add_argument(
        "--sandbox-port",
        type=port,
        help=f"port of the sandbox (default: {SANDBOX_PORT}, or a free one)",
    )
    demo = _add(
        commands,
        "demo",
        "demo:demo",
        about="play the main job against the sandbox, with a worker killed in the middle",
    )
    demo.add_argument("--keep-logs", action="store_true", help="show what the processes logged")


def _servers(commands: _Commands) -> None:
    worker = _add(
        commands, "worker", "commands.servers:worker", about="run the workers of these queues"
    )
    worker.add_argument("queues", nargs="+", choices=QUEUES, metavar="QUEUE", help=" ".join(QUEUES))
    worker.add_argument("--processes", type=positive, default=1, help="default 1")
    worker.add_argument(
        "--threads", type=positive, help="of each process (default: INFOBLOX_MQ_THREADS)"
    )
    stdio = _add(
        commands, "stdio", "commands.servers:stdio", about="run the front end on standard in/out"
    )
    http = _add(commands, "http", "commands.servers:http", about="run the front end over HTTP")
    for front in (stdio, http):
        front.add_argument(
            "--sandbox", action="store_true", help="pretend Infoblox; needs no account and no key"
        )
    http.add_argument("--port", type=port, help="default: MCP_PORT; 0 takes a free one")
    http.add_argument(
        "--stateless",
        action="store_true",
        help="keep no sessions: several front ends can stand behind one address",
    )
    for front in (stdio, http):
        _choice(front)
    ops = _add(
        commands, "ops", "commands.servers:ops", about="run the ops server: health, metrics, pages"
    )
    ops.add_argument("--port", type=port, help="default: METRICS_PORT; 0 takes a free one")
    doors = ops.add_subparsers(metavar="login")
    login = _add(
        doors,
        "login",
        "commands.login:login",
        about="print a link that logs one browser in to the pages, once, within a minute",
    )
    login.add_argument("--url", help="address of the ops server (default: where it should be)")
    sandbox = _add(
        commands, "sandbox", "commands.servers:sandbox", about="run the pretend Infoblox API"
    )
    sandbox.add_argument("--port", type=port, default=SANDBOX_PORT, help="0 takes a free one")
    sandbox.add_argument(
        "--key", action="append", help="API key it takes; repeat for more accounts"
    )
    sandbox.add_argument("--seed", type=int, default=1, help="what the data is made from")
    sandbox.add_argument("--objects", type=count, default=0, help="how many to add to the data")
    sandbox.add_argument("--latency-ms", type=float, default=0, help="delay of every answer")


def _choice(front: argparse.ArgumentParser) -> None:
    """Add the flags that choose tools; each stands for a variable and goes before it."""
    for flag, about in (
        ("--toolsets", "the toolsets there are for hosts, or all"),
        ("--tools", "single tools beside them"),
        ("--exclude-tools", "tools that hosts neither see nor call"),
    ):
        front.add_argument(flag, metavar="NAME,NAME", help=about)
    front.add_argument("--read-only", action="store_true", help="no tool that changes anything")


def _calls(commands: _Commands) -> None:
    tools = _add(commands, "tools", "commands.tools:tools", about="list the tools")
    tools.add_argument("--json", action="store_true", help="with their schemas, as JSON")
    call = _add(commands, "call", "commands.calls:call", about="call a tool and show its progress")
    call.add_argument("tool", metavar="TOOL")
    call.add_argument("arguments", nargs="*", metavar="NAME=VALUE", help="value: JSON, else text")
    call.add_argument("--args", metavar="JSON", help="arguments as one JSON object")
    call.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    call.add_argument(
        "--detach", action="store_true", help="print the job's id at once and do not wait"
    )
    jobs = commands.add_parser("jobs", help="look at jobs, cancel one, or do one again")
    actions = jobs.add_subparsers(metavar="ACTION", required=True)
    listed = _add(actions, "list", "commands.jobs:listed", about="list the newest jobs")
    listed.add_argument("--queue", choices=QUEUES)
    listed.add_argument("--state", help="only jobs in this state")
    listed.add_argument("--limit", type=positive, default=20)
    listed.add_argument("--cursor", help="where the page before ended")
    show = _add(actions, "show", "commands.jobs:show", about="show one job and its attempts")
    cancel = _add(actions, "cancel", "commands.jobs:cancel", about="cancel a job")
    replay = _add(
        actions,
        "replay",
        "commands.jobs:replayed",
        about="do a job again that is dead, exhausted or expired",
    )
    for action in (show, cancel, replay):
        action.add_argument("id", metavar="ID")
    watch = _add(
        actions, "watch", "commands.jobs:watch", about="show each change of a job until it ends"
    )
    watch.add_argument("id", nargs="?", metavar="ID", help="default: all open jobs, until Ctrl-C")
    for action in (listed, show, cancel, replay):
        action.add_argument("--json", action="store_true", help="print JSON")
    watch.add_argument("--json", action="store_true", help="print one JSON object a line")


def _bulk(commands: _Commands) -> None:
    bulk = _add(
        commands, "bulk", "commands.bulk:bulk", about="call a tool for every line of a CSV file"
    )
    bulk.add_argument("tool", metavar="TOOL")
    bulk.add_argument(
        "arguments",
        nargs="*",
        metavar="NAME=VALUE",
        help="{column} stands for a cell; without any, columns are named as arguments are",
    )
    bulk.add_argument("--csv", required=True, metavar="FILE", help="names first; - reads stdin")
    bulk.add_argument("--dry-run", action="store_true", help="check all, show the first plans")
    bulk.add_argument("--stop-on-error", action="store_true", help="keep the rest back")
    bulk.add_argument("--key", help="makes it safe to repeat: the same key is the same job")
    bulk.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    bulk.add_argument("--detach", action="store_true", help="print the job's id, do not wait")


def _looks(commands: _Commands) -> None:
    status = _add(
        commands, "status", "commands.status:status", about="show queues, rates, breakers, caches"
    )
    status.add_argument("--account", help="only this account (default: all)")
    status.add_argument("--json", action="store_true", help="print JSON")
    status.add_argument(
        "--reset-breaker",
        choices=QUEUES,
        metavar="SERVICE",
        help=f"close the breaker of a service by hand first: {' '.join(QUEUES)}",
    )


def _health(commands: _Commands) -> None:
    health = _add(
        commands, "health", "commands.health:health", about="say in one word how everything is"
    )
    health.add_argument(
        "--worker", choices=QUEUES, help="only: does a worker of this queue live on this machine?"
    )


def _queues(commands: _Commands) -> None:
    queue = commands.add_parser("queue", help="let queues rest, or go on")
    actions = queue.add_subparsers(metavar="ACTION", required=True)
    for name, about in (
        ("pause", "begin nothing more of these queues; what runs finishes"),
        ("resume", "let these queues go on, at once"),
        ("drain", "pause them and wait until nothing of them runs"),
    ):
        action = _add(actions, name, f"commands.queues:{name}", about=about)
        action.add_argument(
            "queues", nargs="+", choices=(*QUEUES, "all"), metavar="QUEUE", help=" ".join(QUEUES)
        )


def _caches(commands: _Commands) -> None:
    cache = commands.add_parser("cache", help="look at kept answers, or forget them")
    actions = cache.add_subparsers(metavar="ACTION", required=True)
    show = _add(
        actions, "show", "commands.caches:show", about="show answers, bytes, hits and misses"
    )
    show.add_argument("--json", action="store_true", help="print JSON")
    drop = _add(actions, "drop", "commands.caches:drop", about="forget one cache, or all of them")
    drop.add_argument("cache", nargs="?", metavar="CACHE", help="default: all")
    for action in (show, drop):
        action.add_argument("--account", default="default", help="default: default")


def _background(commands: _Commands) -> None:
    stack = commands.add_parser("stack", help="look at what runs in the background, or end it")
    actions = stack.add_subparsers(metavar="ACTION", required=True)
    status = _add(actions, "status", "commands.stack:status", about="show every stack that runs")
    status.add_argument("--json", action="store_true", help="print JSON")
    stop = _add(
        actions, "stop", "commands.stack:stop", about="end the stack; the next call starts it again"
    )
    stop.add_argument("--force", action="store_true", help="although jobs are open; they wait")
    stop.add_argument("--sandbox", action="store_true", help="the one with the sandbox")
    stop.add_argument("--all", action="store_true", help="every one of this user")
    # Not listed: the supervisor, which the first host starts.
    run = actions.add_parser("run")
    run.set_defaults(command="infoblox_mq.commands.stack:run")
    run.add_argument("--home", required=True)
    run.add_argument("--lock", type=int, required=True)
    run.add_argument("--sandbox", action="store_true")


def _setup(commands: _Commands) -> None:
    doctor = _add(
        commands, "doctor", "commands.doctor:doctor", about="check the set-up and say what to do"
    )
    doctor.add_argument("--queue", choices=QUEUES, help="only: does this queue have a live worker?")
    doctor.add_argument(
        "--api", action="store_true", help="try each API key too, with one small read"
    )
    doctor.add_argument("--quiet", action="store_true", help="print problems only")
    config = commands.add_parser("config", help="look at the settings")
    actions = config.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "show", "commands.config:show", about="show every variable and its value")
    init = _add(
        commands, "init", "commands.init:init", about="write the files that docker compose needs"
    )
    init.add_argument("--dir", default="deploy/local", help="where to (default deploy/local)")
    init.add_argument("--force", action="store_true", help="replace files that are there")
