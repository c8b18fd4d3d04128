"""A steady stream of calls through one front end, beside whatever a test does meanwhile."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import anyio

from mcp_front.server import Front
from shared.settings import Settings
from tests.support.calls import Json

Call = tuple[str, Json]


@dataclass(frozen=True, slots=True)
class Answered:
    """A call, its envelope, and how long the caller waited."""

    call: Call
    envelope: Json
    seconds: float


class Load:
    """Makes the next call every so often until the block ends; then waits for all answers."""

    def __init__(self, settings: Settings, calls: Iterator[Call], *, every_seconds: float) -> None:
        self.answers: list[Answered] = []
        self._settings = settings
        self._calls = calls
        self._every = every_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: anyio.run(self._play), name="load")

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _play(self) -> None:
        front = Front(self._settings)
        try:
            async with front.running(), anyio.create_task_group() as group:
                while not self._over.is_set():
                    group.start_soon(self._one, front, next(self._calls))
                    await anyio.sleep(self._every)
        finally:
            front.close()

    async def _one(self, front: Front, call: Call) -> None:
        begun = time.monotonic()
        name, arguments = call
        envelope = dict((await front.call(name, arguments)).envelope)
        self.answers.append(Answered(call, envelope, time.monotonic() - begun))


def p95(seconds: Sequence[float]) -> float:
    """Return what 95 of 100 stay within."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]


def counted(make: Callable[[int], Call]) -> Iterator[Call]:
    """Return endless calls, each made from its number, from 1 on."""
    number = 0
    while True:
        number += 1
        yield make(number)
