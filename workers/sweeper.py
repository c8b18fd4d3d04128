"""Finding what got lost: jobs whose hint vanished, whose owner died, or that have become due."""

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from secrets import SystemRandom

import redis

from shared.catalog import Queue
from shared.clock import Clock
from shared.faults import fault_point
from shared.ledger import Ledger
from shared.logs import get_logger

_SHORTEST_SECONDS = 0.02
_jitter = SystemRandom().random

log = get_logger(__name__)


class Alarm:
    """Wakes the sweeper early: a job that was parked here may be due before its next round."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._rings_at = math.inf

    def ring_in(self, seconds: float) -> None:
        """End the wait after so many seconds, if it would last longer."""
        with self._changed:
            self._rings_at = min(self._rings_at, self._clock.steady() + seconds)
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or when it rings."""
        ends = self._clock.steady() + seconds
        with self._changed:
            while (left := min(ends, self._rings_at) - self._clock.steady()) > 0:
                self._changed.wait(left)
            self._rings_at = math.inf


class Sweeper:
    """Reports this worker alive and sends missing hints, every few seconds and when one is due."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        queues: Iterable[Queue],
        worker: str,
        every_seconds: float,
        queued: Callable[[Queue], int],
        hint: Callable[[Queue, str], object],
        introduce: Callable[[], None],
        alarm: "Alarm",
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self._ledger = ledger
        self._queues = tuple(queues)
        self._worker = worker
        self._every = every_seconds
        self._queued = queued
        self._hint = hint
        self._introduce = introduce
        self._alarm = alarm
        self._facts = facts
        self._stop = threading.Event()

    def start(self) -> None:
        """Introduce the worker and sweep from now on, in a thread of its own."""
        threading.Thread(target=self._run, daemon=True, name="sweeper").start()

    def stop(self) -> None:
        """Stop sweeping and leave the list of the living."""
        self._stop.set()
        self._alarm.ring_in(0)
        for queue in self._queues:
            try:
                self._ledger.leave(queue, worker=self._worker)
            except redis.RedisError as error:
                log.warning("worker_not_signed_off", reason=str(error))

    def sweep(self) -> float:
        """Sweep every queue once; return seconds until it is worth doing again."""
        pause = self._every * (0.75 + 0.5 * _jitter())
        for queue in self._queues:
            found = self._ledger.sweep(
                queue, worker=self._worker, queued=self._queued(queue), facts=self._facts
            )
            fault_point("sweep.after_claim")
            for job_id in found.job_ids:
                log.info("job_hinted_again", job_id=job_id, queue=queue)
                self._hint(queue, job_id)
            if found.next_due_seconds is not None:
                pause = min(pause, found.next_due_seconds)
        return max(_SHORTEST_SECONDS, pause)

    def _stopped_after(self, pause: float) -> bool:
        self._alarm.wait(pause)
        return self._stop.is_set()

    def _run(self) -> None:
        pause, introduced = 0.0, False
        while not self._stopped_after(pause):
            try:
                if not introduced:
                    self._introduce()
                    introduced = True
                pause = self.sweep()
            except redis.RedisError as error:
                log.warning("store_away", reason=str(error))
                pause = min(self._every, 0.5)
