"""Dramatiq's Redis broker, with consumers that are woken instead of polling.

A message is a hint that carries a job id, nothing more: losing or doubling one is harmless.
Fetching and acknowledging stay dramatiq's own script. What is ours is *when* a consumer looks: a
publish wakes an idle one within a millisecond, where the stock back-off sleeps up to a second.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import redis
from dramatiq import Message
from dramatiq.broker import Broker, MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import Middleware
from dramatiq.results import Results
from redis.client import PubSub

from shared.catalog import Queue
from shared.faults import fault_point
from shared.logs import get_logger
from shared.results import LedgerResults
from shared.stores import connect

WAKE = "imq:wake:"
_AWAY_SECONDS = 0.25
_HEARTBEAT_SECONDS = 10.0
# Out of a million commands: a killed process's messages are put back within a few hundred.
_MAINTENANCE = 30_000

log = get_logger(__name__)


class WokenBroker(RedisBroker):
    """A Redis broker whose enqueue rings."""

    def __init__(self, client: "redis.Redis", *, middleware: list[Middleware]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # dramatiq is typed in part
            client=client, middleware=middleware, maintenance_chance=_MAINTENANCE
        )

    @property
    def consumer_class(self) -> type["WokenConsumer"]:
        return WokenConsumer

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueue and wake whoever waits for this queue."""
        sent = super().enqueue(message, delay=delay)
        self.client.publish(f"{WAKE}{message.queue_name}", "")
        return sent

    def waiting(self, queue: Queue) -> int:
        """Return how many messages wait to be fetched.

        Dramatiq's own count includes what was fetched, so the messages of a killed process would
        hide for a minute that its jobs have no hint left.
        """
        return int(self.client.llen(f"{self.namespace}:{queue}"))


class WokenConsumer(_RedisConsumer):
    """Fetches when woken, survives a store that is away, and puts stranded messages back.

    It listens in its own thread: handing the wake-up over from another one cost half a millisecond.
    """

    broker: WokenBroker

    # dramatiq calls it with these four.
    def __init__(  # noqa: PLR0917
        self, broker: WokenBroker, queue_name: str, prefetch: int, timeout: int
    ) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]
        self._ears: PubSub | None = None
        # Rung when a full consumer gets room.
        self._room = threading.Event()
        self._stranded = False
        # The last fetch took all there was: whatever came since rings.
        self._emptied = False
        self._heard_of = 0.0

    def __next__(self) -> Any:
        try:
            if not self.message_cache and not self._emptied:
                self._fetch()
            if not self.message_cache:
                self._rest()
                return None
        except redis.RedisError as error:
            self._lost_touch(error)
            return None
        data = self.message_cache.pop(0)
        if data is None:
            # An id whose message is gone; dramatiq steps over it too.
            return None
        message = Message.decode(data.encode() if isinstance(data, str) else data)
        self.queued_message_ids.add(message.message_id)
        return MessageProxy(message)

    def ack(self, message: Any) -> None:
        """Acknowledge; when the store is away, leave the message to be put back later.

        Dramatiq would hold the thread for five seconds at a time until the store is back.
        """
        self._settle(super().ack, message)

    def nack(self, message: Any) -> None:
        """Reject; see `ack`."""
        self._settle(super().nack, message)

    def close(self) -> None:
        """Stop listening."""
        if self._ears is not None:
            self._ears.close()
            self._ears = None

    def _settle(self, settle: Callable[[Any], None], message: Any) -> None:
        fault_point("ack.before")
        try:
            settle(message)
        except (redis.RedisError, ConnectionClosed) as error:
            self._stranded = True
            log.warning("hint_not_acknowledged", queue=self.queue_name, reason=str(error))
        fault_point("ack.after")
        self._room.set()

    def _fetch(self) -> None:
        self._room.clear()
        room = self.prefetch - self.outstanding_message_count
        if room > 0:
            if self._stranded:
                self._put_back()
            self.message_cache = self.broker.do_fetch(self.queue_name, room)
            self._emptied = len(self.message_cache) < room
            self._heard_of = monotonic()
        elif monotonic() - self._heard_of > _HEARTBEAT_SECONDS:
            # Any command is a heartbeat; without one our messages would be given to others.
            self.broker.do_qsize(self.queue_name)
            self._heard_of = monotonic()

    def _rest(self) -> None:
        seconds = self.timeout / 1000
        self._emptied = False
        if self.outstanding_message_count >= self.prefetch:
            self._room.wait(seconds)
        elif self._ears is None:
            # Look once more after this: what was enqueued before it was not heard.
            self._ears = self.broker.client.pubsub(ignore_subscribe_messages=True)
            self._ears.subscribe(f"{WAKE}{self.queue_name}")
            self._ears.get_message(timeout=seconds)
        elif self._ears.get_message(timeout=seconds) is not None:
            # One fetch answers every ring so far.
            while self._ears.get_message(timeout=0) is not None:
                pass

    def _lost_touch(self, error: Exception) -> None:
        if not self._stranded:
            log.warning("store_away", queue=self.queue_name, reason=str(error))
        self._stranded, self._emptied = True, False
        with suppress(redis.RedisError):
            self.close()
        self._room.clear()
        self._room.wait(_AWAY_SECONDS)

    def _put_back(self) -> None:
        """Requeue what this process fetched but never saw, or finished but could not say so.

        A hint that comes twice is refused by the ledger, so too many are better than one too few.
        """
        acks = f"{self.broker.namespace}:__acks__.{self.broker.broker_id}.{self.queue_name}"
        if not self.queued_message_ids:
            ids = self.broker.client.smembers(acks)
            if ids:
                self.broker.do_requeue(self.queue_name, *ids)
            self._stranded = False


class ThreadWidePrefetch(Middleware):
    """Fetch no more than there are threads: a prefetched job would wait behind a slow one here
    while another process is idle. Dramatiq reads its own variable for this before we run."""

    def before_worker_boot(self, broker: Broker, worker: Any) -> None:
        """Clamp the prefetch before the consumers are made."""
        worker.queue_prefetch = worker.worker_threads


def build_broker(
    url: str, results: LedgerResults | None = None, *, patient: bool = True
) -> WokenBroker:
    """Return a broker on its own database, with the queues declared and nothing that retries.

    A front end only sends hints: it is not patient, and needs no results.
    """
    middleware: list[Middleware] = [ThreadWidePrefetch()]
    if results is not None:
        middleware.append(Results(backend=results))
    broker = WokenBroker(connect(url, patient=patient), middleware=middleware)
    for queue in Queue:
        broker.declare_queue(queue)
    return broker


def hint(broker: WokenBroker, queue: Queue, job_id: str) -> Message[Any]:
    """Tell the workers of a queue that a job wants attention."""
    return broker.enqueue(message(queue, job_id))


def message(queue: Queue, job_id: str) -> Message[Any]:
    """Return the message of a job: its id is the job's, its actor has the queue's name."""
    return Message(
        queue_name=str(queue),
        actor_name=str(queue),
        args=(job_id,),
        kwargs={},
        options={},
        message_id=job_id,
    )
