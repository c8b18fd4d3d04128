"""`infoblox-mq queue`: let queues rest, and go on."""

import argparse
from collections.abc import Mapping

from infoblox_mq.attach import attached
from infoblox_mq.processes import shell_user
from infoblox_mq.store import note, store, wake
from shared.catalog import Queue
from shared.clock import SystemClock
from shared.ledger import Operator, Terms
from shared.settings import Settings

_LOOK_EVERY_SECONDS = 0.5


def pause(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Begin nothing more of these queues."""
    return _paused(args, env, drain=False)


def drain(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Do the same and return when nothing runs; Ctrl-C ends the waiting, not the pause."""
    _paused(args, env, drain=True)
    before: dict[Queue, int] | None = None
    with store(env) as (_, ledger):
        while True:
            at_work = {queue: ledger.at_work(queue) for queue in _queues(args)}
            if at_work != before:
                before = at_work
                busy = ", ".join(f"{count} of {queue}" for queue, count in at_work.items() if count)
                print(f"still running: {busy}" if busy else "nothing runs", flush=True)
            if not any(at_work.values()):
                return 0
            SystemClock().sleep(_LOOK_EVERY_SECONDS)


def resume(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Let these queues go on."""
    settings = attached(Settings.from_env(env))
    with store(env) as (client, _):
        rested, freed = Operator(client, Terms.from_settings(settings)).resume(_queues(args))
        wake(settings, freed)
        for queue in _queues(args):
            result = "resumed" if queue in rested else "was not paused"
            note(client, "resume", queue, result=result)
            print(f"{queue}: {result}")
    return 0


def _paused(args: argparse.Namespace, env: Mapping[str, str], *, drain: bool) -> int:
    terms = Terms.from_settings(attached(Settings.from_env(env)))
    with store(env) as (client, _):
        changed = Operator(client, terms).pause(_queues(args), by=shell_user(), drain=drain)
        for queue in _queues(args):
            result = "paused" if queue in changed else "was paused already"
            note(client, "drain" if drain else "pause", queue, result=result)
            print(f"{queue}: {result}", flush=True)
    return 0


def _queues(args: argparse.Namespace) -> list[Queue]:
    return list(Queue) if "all" in args.queues else list(dict.fromkeys(map(Queue, args.queues)))
