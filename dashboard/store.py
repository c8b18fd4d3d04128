"""The ops server's way to the store: the ledger's own readers, in a few threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from redis import RedisError

from shared.audit import Audit
from shared.broker import build_broker, hint
from shared.clock import Clock
from shared.errors import Unavailable
from shared.figures import Figures
from shared.guards import GuardStates
from shared.ledger import Freed, Ledger, Operator, Shelves, Terms
from shared.settings import Settings
from shared.stores import broker_url, connect, connect_async

# A page asks for a few things at once; more threads would only wait for the same store.
_THREADS = 4
_AWAY_RETRY_SECONDS = 2.0
_ANSWER_SECONDS = 2.0

P = ParamSpec("P")
T = TypeVar("T")


class StoreAway(Unavailable):
    """The store does not answer: nothing can be looked up."""

    advice = "Check that Redis or Valkey runs and that REDIS_URL is right; `infoblox-mq doctor`."


class Store:
    """What the ops server reads and acts on, from the event loop by `ask`: ledger, guards, queues.

    `events` is an asynchronous client, for pages that follow what happens. `patient` and what is
    made with it are for deeds: one that was begun is not given up after half a second.
    """

    def __init__(self, url: str, settings: Settings, clock: Clock) -> None:
        self.clock = clock
        # A scrape that waits a moment is better than one that is missing.
        self.client = connect(url, patient=False, socket_timeout=_ANSWER_SECONDS)
        self.events = connect_async(url)
        self.ledger = Ledger(self.client, Terms.from_settings(settings))
        self.figures = Figures(self.client, Terms.from_settings(settings))
        self.patient = connect(url, patient=True)
        self.acting = Ledger(self.patient, Terms.from_settings(settings))
        self.operator = Operator(self.patient, Terms.from_settings(settings))
        self.audit = Audit(self.patient)
        self.guards = GuardStates(self.client)
        self.shelves = Shelves(self.client)
        self.broker = build_broker(broker_url(url, settings.broker_db), patient=False)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="ops")

    async def ask(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Run work that talks to the store in a thread; raise StoreAway when it does not answer."""
        found = partial(work, *args, **options)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, found)
        except RedisError as error:
            raise StoreAway(
                f"The job store (Redis) does not answer: {type(error).__name__}.",
                retry_after_seconds=_AWAY_RETRY_SECONDS,
            ) from error

    def wake(self, freed: Freed) -> None:
        """Hint at jobs that may go on; in a thread. A lost hint is healed by the sweepers."""
        with suppress(RedisError):
            for queue, job_id in freed:
                hint(self.broker, queue, job_id)

    async def close(self) -> None:
        """Let go of everything."""
        await self.events.aclose()
        self.disconnect()

    def disconnect(self) -> None:
        """Let go of threads and connections, where no event loop has used it."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.client.connection_pool.disconnect()
        self.patient.connection_pool.disconnect()
        self.broker.client.connection_pool.disconnect()
