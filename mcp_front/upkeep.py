"""Waiting for a store that is started when it is needed: once for all calls that wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from shared.errors import Unavailable

_PAUSE_SECONDS = 0.05
_AGAIN_SECONDS = 5.0
_FIRST_WORD_SECONDS = 1.0
_WORD_SECONDS = 5.0
_LOOK_SECONDS = 1.0
Tell = Callable[[float, str], Awaitable[None]]


class Keeper(Protocol):
    """Sees to it that there is a store. None of it blocks."""

    def enter(self) -> bool:
        """Begin to use the store; False when it is not known to run, or leaves just now."""

    def leave(self) -> None:
        """End what `enter` began."""

    def look(self) -> bool:
        """Tell whether the store runs, and have it started when it does not; raises CallError."""


class Upkeep:
    """Opens the store for whoever asks for it; the first of them all has it started."""

    def __init__(
        self, keeper: Keeper, *, seconds: float, on_open: Callable[[], None] = lambda: None
    ) -> None:
        """Wait at most so many seconds for the store; `on_open` is called when it is there."""
        self._keeper = keeper
        self._seconds = seconds
        self._on_open = on_open
        self._opening: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._watched = 0

    def begin(self) -> None:
        """Have the store started without waiting for it; whoever asks for it is told of errors."""
        self._task()

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[None]:
        """Keep the store while somebody is inside; raises CallError when it cannot be had."""
        while not self._keeper.enter():
            # A call that was cancelled leaves the start to the others.
            await asyncio.shield(self._task())
        try:
            yield
        finally:
            self._keeper.leave()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Have the store started again should it end while a call waits for its job."""
        self._watched += 1
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            self._watched -= 1
            if not self._watched:
                self._watching.cancel()
                self._watching = None

    async def wait(self, tell: Tell | None) -> None:
        """Wait until the store is there, and say from time to time that it is started."""
        if self._keeper.enter():
            self._keeper.leave()
            return
        task = self._task()
        pause, waited = _FIRST_WORD_SECONDS, 0.0
        while not (await asyncio.wait({task}, timeout=pause))[0]:
            waited += pause
            pause = _WORD_SECONDS
            if tell is not None:
                await tell(waited, "the store and the workers are being started")
        task.result()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._keeper.enter():
                self._keeper.leave()
            else:
                self.begin()

    def _task(self) -> "asyncio.Task[None]":
        if self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().create_task(self._open())
            # Whoever waited for it may have gone; then its error is nobody's.
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._opening

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        while not self._keeper.look():
            if loop.time() > until:
                raise Unavailable(
                    "The store and the workers are still being started. Nothing was accepted.",
                    retry_after_seconds=_AGAIN_SECONDS,
                    advice="Call again; `infoblox-mq stack status` says more.",
                )
            await asyncio.sleep(_PAUSE_SECONDS)
        self._on_open()
