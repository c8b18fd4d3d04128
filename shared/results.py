"""Dramatiq's result interface over the ledger: it reads the envelope and stores nothing."""

from collections.abc import Callable
from typing import Any

from dramatiq import Message
from dramatiq.results import ResultBackend
from dramatiq.results.errors import ResultFailure, ResultMissing, ResultTimeout

from shared.clock import Clock
from shared.ledger import Job, Ledger

_POLL_SECONDS = 0.1
_DEFAULT_TIMEOUT_MS = 10_000


class LedgerResults(ResultBackend):
    """Answers `message.get_result()` from the job's record.

    A parked attempt returns None as far as dramatiq can see; storing that would be a lie.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, opened: Callable[[Job], Job] = lambda job: job
    ) -> None:
        """`opened` puts the secrets of an answer in clear where the reader may see them."""
        super().__init__()
        self._ledger = ledger
        self._clock = clock
        self._opened = opened

    def get_result(
        self, message: Message[Any], *, block: bool = False, timeout: int | None = None
    ) -> Any:
        """Return the result; raises ResultMissing, ResultTimeout (ms) or ResultFailure."""
        milliseconds = _DEFAULT_TIMEOUT_MS if timeout is None else timeout
        until = self._clock.steady() + milliseconds / 1000
        while True:
            job = self._ledger.read(message.message_id)
            if job is not None and job.final:
                return _result(self._opened(job))
            if not block:
                raise ResultMissing(message)
            left = until - self._clock.steady()
            if left <= 0:
                raise ResultTimeout(message)
            self._clock.sleep(min(_POLL_SECONDS, left))

    def store_result(self, message: Message[Any], result: Any, ttl: int) -> None:
        """Do nothing: the worker has finished the job in the ledger."""

    def store_exception(self, message: Message[Any], exception: Exception, ttl: int) -> None:
        """Do nothing: the worker has finished the job in the ledger."""


def _result(job: Job) -> Any:
    outcome = job.outcome
    if outcome is not None and outcome.state == "done":
        return outcome.result
    problem = outcome.problem if outcome else None
    text = f"{problem.message} {problem.advice}" if problem else job.state
    raise ResultFailure(text, orig_exc_type=problem.code if problem else job.state)
