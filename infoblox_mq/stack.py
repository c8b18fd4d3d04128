"""The whole product on one machine: starts it, keeps it alive, ends it in order."""

import os
from collections.abc import Callable
from typing import Any

from redis import Redis, RedisError

from infoblox_mq import __version__, attach, ports
from infoblox_mq.embedded import Embedded
from infoblox_mq.guard import Guard
from infoblox_mq.locks import Lock
from infoblox_mq.plan import Plan, front_environment, ops_token, worker_environment
from infoblox_mq.processes import (
    PREFIXES,
    WORKER_SHUTDOWN_SECONDS,
    Child,
    Output,
    environment,
    ourselves,
    stop,
)
from infoblox_mq.revival import Revival
from infoblox_mq.store import require_store
from shared.catalog import Queue
from shared.clock import Clock, SystemClock
from shared.errors import CallError, Unavailable
from shared.ledger import Ledger, Terms
from shared.stores import connect

FRONT, WORKERS, SANDBOX = range(3)
FRONT_GRACE_SECONDS = 10.0
SANDBOX_GRACE_SECONDS = 5.0
START_SECONDS = 60.0
# What a killed supervisor left behind sees a running call through before it ends.
LEAVING_SECONDS = WORKER_SHUTDOWN_SECONDS + 30.0
_PAUSE_SECONDS = 0.05


class Stack:
    """The processes of one plan. `start` them, `tick` now and then, `stop` them."""

    def __init__(
        self,
        plan: Plan,
        *,
        output: Output,
        notice: Callable[[str], None],
        clock: Clock | None = None,
    ) -> None:
        self.plan = plan
        self.restarts: dict[str, int] = {}
        self._clock = clock or SystemClock()
        self._output = output
        self._notice = notice
        self._embedded: Embedded | None = None
        self._revivals: list[Revival] = []
        self._waiting: set[str] = set()
        self._ready = False
        self.redis_url = plan.settings.redis_url or ""
        self._lock = Lock(attach.stack_lock(plan.directory), clock=self._clock, taken=plan.lock)
        self._guard = Guard(environment(plan.env, without=PREFIXES))

    @property
    def mcp_url(self) -> str:
        """Return what a host has to be given; empty in the background."""
        return "" if self.plan.background else f"{self.plan.web}/mcp"

    @property
    def children(self) -> dict[str, Child]:
        """Return the processes by name."""
        return {revival.child.name: revival.child for revival in self._revivals}

    def start(self, *, stopped: Callable[[], bool]) -> bool:
        """Start everything and return True when all of it answers; False when stopped before."""
        until = self._clock.steady() + START_SECONDS
        self._start_store()
        # All at once: each waits for the others by itself, and importing is what takes long.
        for child in self._planned():
            self._revive(child)
        self._waiting = set(self.children) - {"store"}
        client = connect(self.redis_url, patient=False)
        ledger = Ledger(client, Terms.from_settings(self.plan.settings))
        self._say_where()
        while self._not_ready(ledger):
            if stopped():
                break
            self._fail_if_one_ended(until, client)
            self._clock.sleep(_PAUSE_SECONDS)
        client.connection_pool.disconnect()
        self._ready = not self._waiting
        self._say_where()
        return not stopped()

    def tick(self) -> None:
        """Start again what has died, when its time has come."""
        changed = False
        for revival in self._revivals:
            if (what := revival.tick()) is not None:
                self._notice(what)
                self.restarts[revival.child.name] = revival.restarts
                changed = True
        if changed:
            self._say_where()

    def stop(self, *, hurry: Callable[[], bool]) -> None:
        """End front end, workers, sandbox and store, in this order."""
        attach.stack_file(self.plan.directory).unlink(missing_ok=True)
        try:
            stop(list(self.children.values()), clock=self._clock, hurry=hurry)
        finally:
            self._guard.close()
            if self._embedded:
                self._embedded.release()
            self._lock.release()

    def tail(self, name: str) -> str:
        """Return the last lines that a process has written."""
        return " / ".join(self.children[name].tail) or "it wrote nothing"

    def _start_store(self) -> None:
        if self.redis_url:
            require_store(self.redis_url)
            return
        directory = attach.store_directory(self.plan.directory)
        self._embedded = Embedded(
            directory,
            guard=self._guard,
            env=self.plan.env,
            clock=self._clock,
            leaving_seconds=LEAVING_SECONDS if self.plan.background else None,
        )
        self._revivals.append(Revival(self._embedded.child, self._clock))
        self._embedded.start()
        self.redis_url = self._embedded.url

    def _revive(self, child: Child) -> None:
        child.start()
        self._revivals.append(Revival(child, self._clock))

    def _planned(self) -> list[Child]:
        plan = self.plan
        sandbox = plan.sandbox
        found = []
        if sandbox:
            found.append(
                self._child(
                    "sandbox",
                    ourselves("sandbox", "--port", str(plan.sandbox_port), "--key", sandbox.key),
                    env=environment(plan.env, without=PREFIXES),
                    stage=SANDBOX,
                    grace_seconds=SANDBOX_GRACE_SECONDS,
                )
            )
        found += [
            self._child(
                str(queue),
                ourselves("worker", str(queue)),
                env=worker_environment(plan, self.redis_url),
                stage=WORKERS,
                grace_seconds=WORKER_SHUTDOWN_SECONDS + 5.0,
            )
            for queue in Queue
        ]
        if plan.background:
            return found
        servers = [
            self._child(
                name,
                ourselves(command),
                env=front_environment(plan, self.redis_url) | more,
                stage=FRONT,
                grace_seconds=FRONT_GRACE_SECONDS,
            )
            for name, command, more in (("front", "http", {}), ("ops", "ops", ops_token(plan)))
        ]
        return [*servers, *found]

    def _child(self, name: str, command: list[str], **how: Any) -> Child:
        return Child(name, command, guard=self._guard, output=self._output, **how)

    def _not_ready(self, ledger: Ledger) -> set[str]:
        """Return the names of those that do not answer yet."""
        queues = {str(queue) for queue in Queue}
        if self._waiting & queues:
            try:
                live = {str(queue) for queue, count in ledger.workers().items() if count}
            except RedisError:
                live = set()
            self._waiting -= live
        urls = {}
        if not self.plan.background:
            urls = {"front": f"{self.plan.web}/livez", "ops": f"{self.plan.ops}/livez"}
        if self.plan.sandbox:
            urls["sandbox"] = f"{self.plan.sandbox.url}/_sandbox/health"
        for name, url in urls.items():
            if name in self._waiting and ports.answers(url):
                self._waiting.discard(name)
        return self._waiting

    def _fail_if_one_ended(self, until: float, client: "Redis") -> None:
        for name, child in self.children.items():
            if (code := child.ended()) is not None:
                raise Unavailable(
                    f"{name} ended with code {code}: {self.tail(name)}",
                    advice="Correct what it complains about and start again.",
                )
        if self._clock.steady() > until:
            names = sorted(self._waiting)
            raise CallError(
                f"not ready after {START_SECONDS:.0f} s: {', '.join(names)}; "
                + "; ".join(f"{name}: {self.tail(name)}" for name in names),
                advice="Correct what they complain about and start again.",
            )

    def _say_where(self) -> None:
        attach.Stack(
            version=__version__,
            pid=os.getpid(),
            redis_url=self.redis_url,
            mcp_url=self.mcp_url,
            base_url=self.plan.settings.infoblox_base_url,
            sandbox=self.plan.sandbox,
            background=self.plan.background,
            ready=self._ready,
            pids={name: child.pid for name, child in self.children.items() if child.pid},
            ops_url="" if self.plan.background else self.plan.ops,
        ).write(self.plan.directory)
