"""A worker by hand: says that it lives, claims what it is given and answers as the test wants."""

import contextlib
import threading
from collections.abc import Callable, Iterable

import redis

from shared.catalog import Queue
from shared.errors import Problem
from shared.ledger import Claim, Job, Ledger, Outcome, Terms
from shared.settings import Settings
from shared.stores import connect

Play = Callable[["Hand", Job], Outcome | None]
_DEAD = Outcome("dead", problem=Problem("poisoned", "It took its worker down.", "Read the log."))
_UNKNOWN = Outcome("unknown", problem=Problem("unknown_outcome", "Nobody knows.", "Look."))
_ROUND_SECONDS = 0.005


def done(**result: object) -> Play:
    return lambda _hand, _job: Outcome("done", result=dict(result))


def failed(code: str, message: str) -> Play:
    problem = Problem.from_dict({"code": code, "message": message, "advice": "Read it."})
    return lambda _hand, _job: Outcome("failed", problem=problem)


def keep(_hand: "Hand", _job: Job) -> None:
    """Claim a job and never end it."""


class Hand:
    """The worker. What a tool answers is in `plays`; without an entry it is an empty list."""

    def __init__(self, url: str, settings: Settings, queues: Iterable[Queue] = Queue) -> None:
        self._client = connect(url, patient=True)
        self.ledger = Ledger(self._client, Terms.from_settings(settings))
        self.plays: dict[str, Play] = {}
        self.seen: list[Job] = []
        self.idle = threading.Event()
        self._queues = tuple(queues)
        self._stop = threading.Event()
        # An alarm that outlived its test would fail another one.
        self._alarms: list[threading.Timer] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Hand":
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for alarm in self._alarms:
            alarm.cancel()
            alarm.join()
        self._client.close()

    def later(self, seconds: float, job: Job, outcome: Outcome) -> None:
        """End a job after a while; the worker goes on with others meanwhile."""
        alarm = threading.Timer(seconds, self.ledger.finish, (job, outcome))
        alarm.daemon = True
        self._alarms.append(alarm)
        alarm.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(redis.RedisError):
                self._beat()
                for queue in self._queues:
                    self._work(queue)
            self._stop.wait(_ROUND_SECONDS)

    def _beat(self) -> None:
        for queue in self._queues:
            self.ledger.sweep(queue, worker="hand", queued=10**6)

    def _work(self, queue: Queue) -> None:
        for job_id in self._client.zrange(f"imq:due:{queue}", 0, -1):
            if self.idle.is_set():
                return
            claim = self.ledger.claim(str(job_id), owner="hand", dead=_DEAD, unknown=_UNKNOWN)
            if isinstance(claim, Claim):
                self._play(claim.job)

    def _play(self, job: Job) -> None:
        self.seen.append(job)
        play = self.plays.get(job.tool, done(items=[], next_offset=None, total=None))
        outcome = play(self, job)
        if outcome is not None:
            self.ledger.finish(job, outcome)
