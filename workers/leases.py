"""Keeping what this process works on: one thread renews every lease at a third of its length."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from shared.ledger import Job, Ledger
from shared.logs import get_logger

log = get_logger(__name__)


class Leases:
    """The jobs this process holds."""

    def __init__(self, ledger: Ledger, lease_seconds: float) -> None:
        self._ledger = ledger
        self._every = lease_seconds / 3
        self._held: dict[str, Job] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()

    @contextmanager
    def held(self, job: Job) -> Iterator[None]:
        """Renew the lease of this job for as long as the block runs."""
        with self._guard:
            self._held[job.id] = job
        try:
            yield
        finally:
            with self._guard:
                self._held.pop(job.id, None)

    def start(self) -> None:
        """Begin renewing."""
        threading.Thread(target=self._run, daemon=True, name="leases").start()

    def stop(self) -> None:
        """Stop renewing; leases that are left run out by themselves."""
        self._stop.set()

    def renew(self) -> None:
        """Renew every lease once."""
        with self._guard:
            jobs = list(self._held.values())
        if not jobs:
            return
        for job_id in self._ledger.renew(jobs):
            log.warning("lease_lost", job_id=job_id)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.renew()
            except redis.RedisError as error:
                log.warning("lease_not_renewed", reason=str(error))
