"""The commands that serve: worker, stdio, http, ops, sandbox."""

import argparse
from collections.abc import Mapping, MutableMapping

from infoblox_mq import ROOT, attach, ports
from infoblox_mq.keeper import kept
from infoblox_mq.processes import WORKER_SHUTDOWN_SECONDS
from shared import tracing
from shared.settings import PREFIX, Settings
from shared.stores import refuse_unfit

FRONT = "infoblox-mq-front"


def worker(args: argparse.Namespace, env: MutableMapping[str, str]) -> int:
    """Run dramatiq's own command line with the modules of these queues."""
    settings = attach.attached(Settings.from_env(env))
    from workers.accounts import required

    required(settings)
    # The process that works would say so in a traceback.
    refuse_unfit(settings.redis_url or "")
    # The worker processes are forked from this one and read the environment again.
    attach.export(settings, env)
    threads = args.threads or settings.threads
    env[f"{PREFIX}THREADS"] = str(threads)
    from dramatiq import cli

    queues = list(dict.fromkeys(args.queues))
    options = cli.make_argument_parser().parse_args(
        [
            *(f"workers.{queue}" for queue in queues),
            *("--path", str(ROOT)),
            *("--processes", str(args.processes)),
            *("--threads", str(threads)),
            *("--worker-shutdown-timeout", str(WORKER_SHUTDOWN_SECONDS * 1000)),
            "--skip-logging",
            *("--queues", *queues),
        ]
    )
    return int(cli.main(options) or 0)


def stdio(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Serve MCP on standard input and output; starts the stack beside, unless REDIS_URL is set."""
    chosen_ones = Settings.from_env(chosen(args, env))
    settings, keeper = kept(chosen_ones, env, sandbox=args.sandbox, listing=True)
    from mcp_front import run
    from shared.logs import configure

    configure(json_lines=settings.structlog_json, level=settings.log_level)
    with tracing.running(env, service=FRONT):
        run.stdio(settings, keeper)
    return 0


def http(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Serve MCP over HTTP; starts the stack beside, unless REDIS_URL is set."""
    settings, keeper = kept(Settings.from_env(chosen(args, env)), env, sandbox=args.sandbox)
    port = settings.mcp_port if args.port is None else args.port
    port = ports.chosen(
        settings.mcp_host, port, remedy="Choose another with --port or MCP_PORT, or free that one."
    )
    from mcp_front import run
    from shared.logs import configure

    configure(json_lines=settings.structlog_json, level=settings.log_level)
    with tracing.running(env, service=FRONT):
        run.http(
            settings.model_copy(update={"mcp_port": port}),
            keeper,
            announce=_announce,
            stateless=args.stateless,
        )
    return 0


def ops(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Serve probes, health, metrics and pages."""
    settings = attach.attached(Settings.from_env(env))
    port = settings.metrics_port if args.port is None else args.port
    port = ports.chosen(
        settings.metrics_host,
        port,
        remedy="Choose another with --port or METRICS_PORT, or free that one.",
    )
    from dashboard import run
    from shared.logs import configure

    configure(json_lines=settings.structlog_json, level=settings.log_level)
    run.serve(settings.model_copy(update={"metrics_port": port}), announce=_announce)
    return 0


def sandbox(args: argparse.Namespace, _env: Mapping[str, str]) -> int:
    """Serve the pretend API on this machine."""
    port = ports.chosen(
        "127.0.0.1", args.port, remedy="Choose another with --port, or stop what listens there."
    )
    from sandbox import serve

    keys = tuple(args.key or ("sandbox-key",))
    serve(
        port=port,
        keys=keys,
        seed=args.seed,
        latency_ms=args.latency_ms,
        objects=args.objects,
        announce=lambda url: _announce(f"{url} (INFOBLOX_API_KEY: {', '.join(keys)})"),
    )
    return 0


def chosen(args: argparse.Namespace, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the flags that choose tools in the place of their variables."""
    names = ("toolsets", "tools", "exclude_tools")
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.read_only:
        given["read_only"] = "true"
    return {**env, **{f"{PREFIX}{name.upper()}": text for name, text in given.items()}}


def _announce(url: str) -> None:
    print(f"listening on {url}", flush=True)
