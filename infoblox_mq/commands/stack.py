"""`infoblox-mq stack`: what runs in the background, how to end it, and the supervisor itself."""

import argparse
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from redis import RedisError

from infoblox_mq import attach, homes
from infoblox_mq.guard import alive
from infoblox_mq.locks import owner
from infoblox_mq.screen import console, table
from shared.clock import SystemClock
from shared.errors import CallError, NotConfigured
from shared.settings import Settings

Json = dict[str, Any]
_PAUSE_SECONDS = 0.05
# Workers see a running call through.
_STOP_SECONDS = 100.0


def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Be the supervisor. Ends at once for whoever started it; its child is nobody's child."""
    if os.fork():
        # A host that ends all descendants of its server does not find the stack among them.
        os._exit(0)
    from infoblox_mq.supervisor import supervise

    os.umask(0o077)
    supervise(Path(args.home), args.lock, env, sandbox=args.sandbox)
    return 0


def status(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Show every stack of this user."""
    settings = Settings.from_env(env)
    found = [described(settings, home, stack) for home, stack in _all(settings).items()]
    if args.json:
        print(json.dumps(found, indent=2))
        return 0
    rows = table("process", "for", "state", "open jobs", "idle", "home")
    for one in found:
        jobs, idle = one["open_jobs"], one["idle_seconds"]
        rows.add_row(
            str(one["pid"]),
            one["for"],
            one["state"],
            "unknown" if jobs is None else str(jobs),
            "-" if idle is None else f"{idle:.0f} s",
            one["home"],
        )
    console().print(rows if found else "No stack runs. A host or `infoblox-mq up` starts one.")
    return 0


def stop(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """End stacks; the exit code is 1 when one goes on because jobs are open."""
    settings = Settings.from_env(env)
    code = 0
    for home, stack in _chosen(settings, args).items():
        jobs = open_jobs(settings, stack)
        if jobs and not args.force:
            plural = "job is" if jobs == 1 else "jobs are"
            print(f"{jobs} {plural} open: process {stack.pid} goes on. --force stops it all the")
            print("same; the jobs wait then, and go on when the stack is started again.")
            code = 1
        elif ended(home, stack.pid):
            print(f"process {stack.pid} has ended; a call starts the stack again")
        else:
            print(f"process {stack.pid} still sees a request through")
            code = 1
    return code


def described(settings: Settings, home: Path, stack: attach.Stack) -> Json:
    """Return what there is to know about a stack."""
    return {
        **asdict(stack),
        "home": str(home),
        "for": "sandbox" if stack.sandbox else stack.base_url,
        "state": _state(stack),
        "open_jobs": open_jobs(settings, stack),
        "idle_seconds": _idle_seconds(home) if stack.background else None,
    }


def open_jobs(settings: Settings, stack: attach.Stack) -> int | None:
    """Return how many jobs of a stack have not ended; None when its store does not say."""
    from shared.ledger import Ledger, Terms
    from shared.stores import connect

    client = connect(stack.redis_url, patient=False)
    try:
        return len(Ledger(client, Terms.from_settings(settings)).open_jobs(limit=10_000))
    except RedisError:
        return None
    finally:
        client.connection_pool.disconnect()


def ended(home: Path, pid: int) -> bool:
    """Ask a supervisor to end and tell whether it did, with all that it had started."""
    clock = SystemClock()
    if owner(attach.stack_lock(home)) != pid:
        # Only who holds the lock is a supervisor; its number may be another's by now.
        return True
    os.kill(pid, signal.SIGTERM)
    until = clock.steady() + _STOP_SECONDS
    while alive(pid):
        if clock.steady() > until:
            return False
        clock.sleep(_PAUSE_SECONDS)
    return True


def _all(settings: Settings) -> dict[Path, attach.Stack]:
    return attach.stacks(homes.root(settings))


def _chosen(settings: Settings, args: argparse.Namespace) -> dict[Path, attach.Stack]:
    running = _all(settings)
    if args.all:
        return running
    if args.sandbox:
        running = {home: stack for home, stack in running.items() if stack.sandbox}
        if not running:
            raise NotConfigured("no stack with the sandbox runs", advice=attach.OTHERS)
        return running
    try:
        home, stack = attach.find(settings)
    except CallError:
        # The only one there is must be meant, whoever's it is.
        if len(running) != 1:
            raise
        return running
    return {home: stack}


def _state(stack: attach.Stack) -> str:
    if not stack.ready:
        return "starting"
    return "in the background" if stack.background else "up"


def _idle_seconds(home: Path) -> float | None:
    try:
        return max(0.0, SystemClock().now() - attach.uses_file(home).stat().st_mtime)
    except OSError:
        return None
