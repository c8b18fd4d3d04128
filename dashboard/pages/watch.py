"""One reader for all open pages: whatever they show is read at most once a second.

Reading everything takes 16 commands for the queues and the totals and 27 for each account, a script
being one of them, however many pages are open. A page of a list adds two for each of its rows, and
a filter one for each record that it looks at: 200 for the VPN operations of the overview, each
second, 500 for what ended badly, each five seconds.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from redis import Redis

from dashboard.pages.samples import EVERY_SECONDS, Hour, Sample
from dashboard.parts import Json, Ops
from dashboard.snapshot import Snapshot, take
from shared.catalog import Queue
from shared.errors import CallError
from shared.ledger import PREFIX
from shared.ledger.glances import Glances

FRESH_SECONDS = 1.0
# Different questions that are remembered: pages of lists, jobs.
_MOST = 64
_MOST_WORKERS = 200
T = TypeVar("T")


class Beat(NamedTuple):
    """A worker process of a queue, how long ago it said that it lives, and what else it tells."""

    name: str
    seconds: float
    facts: Json


@dataclass(frozen=True, slots=True)
class View:
    """Everything that is not a list of jobs, at one moment of the store's clock."""

    at: float
    snapshot: Snapshot
    sample: Sample
    workers: dict[Queue, tuple[Beat, ...]]
    paused: dict[Queue, Json]
    seconds: float


class Watch:
    """What the pages ask; from the event loop only."""

    def __init__(self, ops: Ops) -> None:
        self.ops = ops
        self.hour = Hour()
        self.glances = Glances(ops.store.client)
        # The server says when it stops: it waits for streams that do not end.
        self.leaving: Callable[[], bool] = ops.leaving
        self._answers: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    async def view(self) -> View:
        """Return everything, at most a second old; raise StoreAway."""
        return await self._once("view", self._look, fresh_seconds=FRESH_SECONDS)

    async def ask(
        self, question: Hashable, work: Callable[[], T], *, fresh_seconds: float = FRESH_SECONDS
    ) -> T:
        """Return what work in a thread brings, asked once for all pages in so many seconds."""
        ask = partial(self.ops.store.ask, work)
        return await self._once(question, ask, fresh_seconds=fresh_seconds)

    async def _once(
        self, question: Hashable, ask: Callable[[], Awaitable[T]], *, fresh_seconds: float
    ) -> T:
        now = self.ops.clock.steady()
        asked, task = self._answers.get(question, (float("-inf"), None))
        if task is None or (task.done() and now - asked >= fresh_seconds):
            task = asyncio.ensure_future(ask())
            # A question whose askers have gone is not reported as one that nobody answered.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._answers.pop(question, None)
            self._answers[question] = (now, task)
            if len(self._answers) > _MOST:
                self._answers.pop(next(iter(self._answers)))
        # One page that is closed must not end the reading of the others.
        return cast(T, await asyncio.shield(task))

    async def sample(self) -> None:
        """Keep the hour, whether or not a page is open; runs until it is cancelled."""
        while True:
            # The pages say so themselves.
            with suppress(CallError):
                await self.view()
            await asyncio.sleep(EVERY_SECONDS)

    async def _look(self) -> View:
        clock, store = self.ops.clock, self.ops.store
        began = clock.steady()
        snapshot = await store.ask(take, store)
        at, workers, paused = await store.ask(_workers, store.client)
        steady = clock.steady()
        sample = self.hour.note(snapshot, steady=steady, at=at)
        return View(at, snapshot, sample, workers, paused, steady - began)


Workers = dict[Queue, tuple[Beat, ...]]


def _workers(client: "Redis") -> tuple[float, Workers, dict[Queue, Json]]:
    pipeline = client.pipeline(transaction=False)
    pipeline.time()
    pipeline.hgetall(f"{PREFIX}paused")
    for queue in Queue:
        pipeline.zrevrange(f"{PREFIX}workers:{queue}", 0, _MOST_WORKERS - 1, withscores=True)
    (seconds, micros), paused, *listed = pipeline.execute()
    at = seconds + micros / 1e6
    names = sorted({name for entries in listed for name, _ in entries})
    told = client.mget([f"{PREFIX}worker:{name}" for name in names]) if names else []
    facts = {name: json.loads(text) for name, text in zip(names, told, strict=True) if text}
    found = {
        queue: tuple(
            Beat(name, max(0.0, at - score / 1000), facts.get(name, {})) for name, score in entries
        )
        for queue, entries in zip(Queue, listed, strict=True)
    }
    return at, found, {Queue(queue): json.loads(text) for queue, text in paused.items()}
