"""The stack in the background: started by the first host that needs it, shared by all, and ended
when nobody has called for a while and no job is open."""

import os
from collections.abc import Mapping
from logging import Formatter, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

from redis import RedisError

from infoblox_mq import attach, ports
from infoblox_mq.idle import Idle
from infoblox_mq.plan import LOOPBACK, Plan
from infoblox_mq.processes import Output
from infoblox_mq.stack import Stack
from infoblox_mq.stops import Stops
from shared.clock import SystemClock
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect

_TICK_SECONDS = 0.25
_LOG_BYTES = 2_000_000


def supervise(home: Path, lock: int, env: Mapping[str, str], *, sandbox: bool) -> None:
    """Run the stack of a home until it is idle or asked to end; raises CallError."""
    settings = Settings.from_env(env)
    write = log_to(attach.log_file(home))
    stops = Stops()
    stops.listen()
    stack = Stack(
        Plan(
            settings=settings,
            env=env,
            directory=home,
            mcp_port=None,
            ops_port=None,
            sandbox_port=ports.chosen(LOOPBACK, 0, remedy="") if sandbox else None,
            lock=lock,
        ),
        output=write,
        notice=lambda text: write("stack", text),
    )
    leaves = None
    try:
        if stack.start(stopped=stops.wished):
            write("stack", f"runs as process {os.getpid()}")
            leaves = _idle(stack, settings, stops)
        write("stack", "ends: nobody needs it" if leaves else "ends: it was asked to")
    finally:
        stack.stop(hurry=stops.hurry)
        if leaves is not None:
            os.close(leaves)


def _idle(stack: Stack, settings: Settings, stops: Stops) -> int | None:
    """Keep the stack alive until it is asked to stop (None) or idle (the lock on its uses)."""
    client = connect(stack.redis_url, patient=False)
    ledger = Ledger(client, Terms.from_settings(settings))

    def open_jobs() -> bool:
        try:
            return bool(ledger.open_jobs(limit=1))
        except RedisError:
            # It cannot be known, so it has to be feared.
            return True

    path = attach.uses_file(stack.plan.directory)
    path.touch(mode=0o600)
    idle = Idle(path, seconds=settings.stack_idle_seconds, open_jobs=open_jobs, clock=SystemClock())
    try:
        while not stops.wait(_TICK_SECONDS):
            stack.tick()
            if (lock := idle.leave()) is not None:
                return lock
        return None
    finally:
        client.connection_pool.disconnect()


def log_to(path: Path) -> Output:
    """Return what writes the lines of all processes to one file, which never grows large."""
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(Formatter("%(asctime)s %(message)s"))

    def write(name: str, line: str) -> None:
        handler.handle(makeLogRecord({"msg": f"{name:<9}| {line}"}))

    return write
