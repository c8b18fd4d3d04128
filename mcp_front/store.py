"""The front end's way to the store: few threads, short time-outs, and a gate while it is away."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

import redis

from mcp_front.upkeep import Keeper, Tell, Upkeep
from shared.broker import build_broker, hint
from shared.catalog import Queue
from shared.clock import Clock
from shared.errors import CallError, NotConfigured, Unavailable
from shared.ledger import UNPUBLISHED, Ledger, Terms
from shared.logs import get_logger
from shared.settings import Settings
from shared.stores import broker_url, connect
from shared.submitting import store_full

_THREADS = 8
_PROBE_SECONDS = 0.25
# How long a tag may be out of date after the workers were given another credential.
_ACCOUNT_SECONDS = 5.0
_AWAY_RETRY_SECONDS = 2.0

P = ParamSpec("P")
T = TypeVar("T")
log = get_logger(__name__)


class StoreAway(Unavailable):
    """The store does not answer: nothing can be accepted or looked up."""

    advice = (
        "Nothing was sent to Infoblox. Try again in a few seconds; if it stays away, check that "
        "Redis or Valkey runs and that REDIS_URL is right."
    )


class Gate:
    """While the store is away one call probes it now and then, and the others fail at once.

    Without it two hundred calls would queue for eight threads that all wait for a time-out.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shut = False
        self._next_probe = 0.0

    @property
    def shut(self) -> bool:
        """Tell whether the store was away when it was last asked."""
        return self._shut

    def enter(self) -> bool:
        """Let a call through; True means that it is the probe. Raises StoreAway."""
        if not self._shut:
            return False
        now = self._clock.steady()
        if now < self._next_probe:
            raise away()
        self._next_probe = now + _PROBE_SECONDS
        return True

    def failed(self) -> None:
        """Note that the store did not answer."""
        if not self._shut:
            log.warning("store_away")
            self._next_probe = self._clock.steady() + _PROBE_SECONDS
        self._shut = True

    def worked(self) -> None:
        """Note that the store answered."""
        if self._shut:
            log.info("store_back")
        self._shut = False


class Store:
    """The ledger and the queues, for use from the event loop."""

    def __init__(self, url: str, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self.client = connect(url, patient=False)
        self.ledger = Ledger(self.client, Terms.from_settings(settings))
        self._broker = build_broker(broker_url(url, settings.broker_db), patient=False)
        self.gate = Gate(clock)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")
        self._accounts: dict[str, tuple[float, str]] = {}
        self._upkeep: Upkeep | None = None

    def keep(self, keeper: Keeper, *, seconds: float) -> Upkeep:
        """Have the store started when it is asked and does not run, for so many seconds at most."""
        self._upkeep = Upkeep(keeper, seconds=seconds, on_open=self.gate.worked)
        return self._upkeep

    async def ready(self, tell: Tell | None = None) -> None:
        """Wait for a store that is being started, telling so; raises CallError when it is not."""
        if self._upkeep is not None:
            await self._upkeep.wait(tell)

    def watched(self) -> AbstractAsyncContextManager[None]:
        """Return what keeps the store up while a call waits for its job without asking."""
        return nullcontext() if self._upkeep is None else self._upkeep.watched()

    async def ask(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Run work that talks to the store in a thread; errors come back as CallErrors."""
        if self._upkeep is None:
            return await self._asked(work, *args, **options)
        async with self._upkeep.inside():
            return await self._asked(work, *args, **options)

    async def _asked(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        probe = self.gate.enter()
        guarded = partial(self._guarded, partial(work, *args, **options), probe=probe)
        # With the context of the call: its span, and what its log lines say.
        run = partial(copy_context().run, guarded)
        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    def _guarded(self, work: Callable[[], T], *, probe: bool) -> T:
        if self.gate.shut and not probe:
            # It was let in before others found the store away.
            raise away()
        try:
            result = work()
        except StoreAway:
            self.gate.failed()
            raise
        except redis.RedisError as error:
            problem = translated(error)
            if problem is None:
                raise
            if isinstance(problem, StoreAway):
                self.gate.failed()
            raise problem from error
        self.gate.worked()
        return result

    def hint(self, queue: Queue, job_id: str) -> None:
        """Wake a worker. A lost hint is healed by the sweepers, so it is no reason to fail."""
        try:
            hint(self._broker, queue, job_id)
        except redis.RedisError as error:
            log.warning("hint_lost", job_id=job_id, queue=queue, reason=str(error))

    def account(self, name: str) -> str:
        """Return the tag of an account; it rarely changes, so it is asked for now and then."""
        now = self._clock.steady()
        since, tag = self._accounts.get(name, (0.0, ""))
        if not tag or now - since > _ACCOUNT_SECONDS:
            tag = self.ledger.account(name)
            # A stand-in lasts only until a worker publishes the tag, so it is not kept.
            if not tag.startswith(UNPUBLISHED):
                self._accounts[name] = (now, tag)
        return tag

    def close(self) -> None:
        """Let go of threads and connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.client.close()
        self._broker.client.close()


def away() -> StoreAway:
    """Return the error of a store that does not answer."""
    return StoreAway(
        "The job store (Redis) does not answer.",
        retry_after_seconds=_AWAY_RETRY_SECONDS,
    )


def translated(error: redis.RedisError) -> CallError | None:
    """Return what an error of the store means to a caller; None is a bug of ours."""
    text = str(error)
    match error:
        case redis.AuthenticationError() | redis.exceptions.NoPermissionError():
            return NotConfigured("REDIS_URL: the job store refuses this user or password")
        case redis.ConnectionError() | redis.TimeoutError():
            return away()
        case redis.exceptions.OutOfMemoryError():
            return store_full()
        case redis.ReadOnlyError():
            return Unavailable(
                "The job store takes no writes: it is a replica. Nothing was accepted.",
                retry_after_seconds=_AWAY_RETRY_SECONDS,
            )
        case redis.ResponseError() if "MISCONF" in text:
            return Unavailable(
                "The job store cannot write to its disk. Nothing was accepted.",
                advice="Look at the log and the disk of Redis or Valkey.",
            )
    return None


def maybe_sent(error: redis.RedisError) -> bool:
    """Tell whether the store may have done what it was asked, although no answer came.

    Only a connection that was never made is proof of the contrary.
    """
    return (
        isinstance(error, redis.ConnectionError | redis.TimeoutError)
        and not isinstance(error, redis.AuthenticationError)
        and "connecting to" not in str(error)
    )
