"""One reply stream per process: calls wait for their jobs here, a thousand as cheaply as one.

Every transition of a job is written to the streams of the front ends that wait for it. One thread
reads ours, fetches the records and hands them to the calls. After a broken connection it fetches
the record of every waiting call once, so that no wake-up is lost.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import redis

from mcp_front.tally import Tally
from shared.clock import Clock
from shared.ledger import PREFIX, Job, Ledger, Terms
from shared.logs import get_logger
from shared.settings import Settings
from shared.stores import connect

# A silent connection is given up after block and socket time-out together: a store that froze, or
# a network that swallows packets, is noticed soon enough to be back within three seconds.
_BLOCK_MS = 1000
_SOCKET_SECONDS = 1.5
_RETRY_SECONDS = 0.25
_STREAM_TTL_SECONDS = 60
_TOUCH_SECONDS = 5.0
_CARRY_SECONDS = 1.0
_BATCH = 100

log = get_logger(__name__)


class Watch:
    """One call's view of its job; lives in the call's event loop."""

    # A thousand calls may wait at once: what each holds on to counts.
    __slots__ = ("_fresh", "_waiter", "job", "job_id", "leaving", "loop")

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.job: Job | None = None
        self.leaving = False
        self.loop = asyncio.get_running_loop()
        self._fresh = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def over(self) -> bool:
        """Tell whether there is nothing left to wait for."""
        return self.leaving or (self.job is not None and self.job.final)

    async def changed(self, seconds: float) -> bool:
        """Wait for news; False when there were none in so many seconds."""
        if not self._fresh and not self.leaving:
            self._waiter = self.loop.create_future()
            alarm = self.loop.call_later(seconds, self._ring)
            try:
                await self._waiter
            finally:
                alarm.cancel()
                self._waiter = None
        fresh, self._fresh = self._fresh, False
        return fresh

    def show(self, job: Job) -> None:
        """Note a newer record. A final one is never replaced: an older read may come late."""
        if self.job is None or not self.job.final:
            self.job = job
            self._fresh = True
            self._ring()

    def forget(self) -> None:
        """Let go of a record that was told of and is not the last one."""
        if self.job is not None and not self.job.final:
            self.job = None

    def leave(self) -> None:
        """Stop waiting: the process is about to end."""
        self.leaving = True
        self._ring()

    def _ring(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Waiting:
    """Hands records to the calls that wait for them."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        clock: Clock,
        *,
        on_contact: Callable[[], None],
        tally: Tally,
    ) -> None:
        self._front = ""
        self._url = url
        self._terms = Terms.from_settings(settings)
        self._clock = clock
        self._on_contact = on_contact
        self.tally = tally
        self._watches: dict[str, set[Watch]] = {}
        self._guard = threading.Lock()
        self._reader: _Reader | None = None
        self._users = 0
        self._draining = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Read the stream while at least one user is inside."""
        with self._guard:
            self._users += 1
            if self._reader is None:
                # A new name each time: an earlier reader may still be about to delete its stream.
                self._front = uuid4().hex
                client = connect(self._url, patient=False, socket_timeout=_SOCKET_SECONDS)
                self._reader = _Reader(
                    self, client, ledger=Ledger(client, self._terms), clock=self._clock
                )
                self._reader.start()
        try:
            yield
        finally:
            with self._guard:
                self._users -= 1
                reader = self._reader
                if self._users == 0:
                    self._reader = None
            if self._users == 0 and reader is not None:
                reader.stop()

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Watch]:
        """Watch a job. Enter before the job is accepted, so that no transition is missed."""
        with self.attended(Watch(job_id)) as watch:
            yield watch

    @contextmanager
    def attended(self, watch: Watch) -> Iterator[Watch]:
        """Show a watch every change of its job."""
        watch.leaving = self._draining
        self._add(watch)
        try:
            yield watch
        finally:
            self._drop(watch)

    def turn(self, watch: Watch, job_id: str) -> None:
        """Watch another job instead: the call became part of it."""
        self._drop(watch)
        watch.job_id = job_id
        self._add(watch)

    def drain(self) -> None:
        """Let every call answer now with what is known; their jobs go on."""
        self._draining = True
        for watch in self._all():
            watch.leave()

    @property
    def front(self) -> str:
        """Return the id under which workers know this process."""
        return self._front

    def waited_for(self) -> list[str]:
        """Return the ids of all jobs somebody waits for."""
        with self._guard:
            return list(self._watches)

    def show(self, jobs: Sequence[Job]) -> None:
        """Hand records to the calls that wait for them; from any thread."""
        for job in jobs:
            with self._guard:
                watches = list(self._watches.get(job.id, ()))
            for watch in watches:
                # A loop that closed in between has nobody left who waits.
                with suppress(RuntimeError):
                    watch.loop.call_soon_threadsafe(watch.show, job)

    def contact(self) -> None:
        """Say that the store answers again."""
        self._on_contact()

    def _all(self) -> list[Watch]:
        with self._guard:
            return [watch for watches in self._watches.values() for watch in watches]

    def _add(self, watch: Watch) -> None:
        with self._guard:
            self._watches.setdefault(watch.job_id, set()).add(watch)

    def _drop(self, watch: Watch) -> None:
        with self._guard:
            watches = self._watches[watch.job_id]
            watches.discard(watch)
            if not watches:
                del self._watches[watch.job_id]


class _Reader(threading.Thread):
    """The thread that reads the reply stream, on a connection of its own."""

    def __init__(
        self, waiting: Waiting, client: "redis.Redis", *, ledger: Ledger, clock: Clock
    ) -> None:
        super().__init__(name="replies", daemon=True)
        self._waiting = waiting
        self._stream = f"{PREFIX}replies:{waiting.front}"
        self._client = client
        self._ledger = ledger
        self._clock = clock
        self._last = "0-0"
        self._touched = self._carried = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end; it does within the time it blocks."""
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._open()
                while not self._stopped.is_set():
                    self._turn()
            except redis.RedisError as error:
                log.debug("reply_stream_interrupted", reason=str(error))
                self._stopped.wait(_RETRY_SECONDS)
        with suppress(redis.RedisError):
            self._waiting.tally.carry(self._client)
            self._client.delete(self._stream)
        self._client.close()

    def _open(self) -> None:
        """Make the stream, which the workers' scripts never do, and look at every waiting job."""
        self._last = str(self._client.xadd(self._stream, {"id": ""}, maxlen=2000))
        self._touch()
        self._waiting.contact()
        self._fetch(self._waiting.waited_for())

    def _turn(self) -> None:
        reply: Any = self._client.xread({self._stream: self._last}, count=1000, block=_BLOCK_MS)
        ids = dict.fromkeys(self._ids(reply))
        if ids:
            wanted = set(self._waiting.waited_for())
            self._fetch([job_id for job_id in ids if job_id in wanted])
        if self._clock.steady() - self._carried > _CARRY_SECONDS:
            self._carried = self._clock.steady()
            self._waiting.tally.carry(self._client)
        if self._clock.steady() - self._touched > _TOUCH_SECONDS and not self._touch():
            self._open()

    def _ids(self, reply: Any) -> Iterator[str]:
        listed = reply.values() if isinstance(reply, dict) else (pair[1] for pair in reply)
        for entries in listed:
            # Protocol 3 wraps the entries of a stream once more.
            for entry_id, fields in entries[0] if isinstance(entries[0], list) else entries:
                self._last = entry_id
                yield fields["id"]

    def _touch(self) -> bool:
        self._touched = self._clock.steady()
        return bool(self._client.expire(self._stream, _STREAM_TTL_SECONDS))

    def _fetch(self, job_ids: list[str]) -> None:
        for start in range(0, len(job_ids), _BATCH):
            batch = job_ids[start : start + _BATCH]
            try:
                self._waiting.show(self._ledger.read_all(batch))
            except (KeyError, ValueError):
                # Not fatal: a call that gets no news looks at its own record at the end.
                log.exception("records_unreadable", jobs=len(batch))
