"""The queues' door for any program: a tool and its arguments in, a Dramatiq message out.

message = shared.submit("list_subnets", {"limit": 5})
message.get_result(block=True)      # dramatiq's own call; the ledger is its result backend
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

import dramatiq
import redis

from shared import spans, tracing
from shared.arguments import Form
from shared.broker import WokenBroker, build_broker, hint, message
from shared.clock import SystemClock
from shared.errors import InvalidArguments, NotConfigured
from shared.ledger import Ledger, Terms
from shared.operations import CATALOG
from shared.results import LedgerResults
from shared.settings import Settings
from shared.stores import broker_url, connect
from shared.submitting import Submitter, refuse


@dataclass(frozen=True, slots=True)
class Door:
    """A program's own way in: one ledger, one broker."""

    ledger: Ledger
    results: LedgerResults
    broker: WokenBroker
    submitter: Submitter

    @classmethod
    def open(cls, settings: Settings) -> "Door":
        """Connect to the store that the settings name."""
        if settings.redis_url is None:
            raise NotConfigured("REDIS_URL: name the store that the workers use")
        ledger = Ledger(connect(settings.redis_url, patient=True), Terms.from_settings(settings))
        submitter = Submitter.from_settings(settings)
        results = LedgerResults(
            ledger, SystemClock(), lambda job: submitter.opened(CATALOG.get(job.tool), job)
        )
        broker = build_broker(
            broker_url(settings.redis_url, settings.broker_db), results, patient=False
        )
        return cls(ledger, results, broker, submitter)

    def submit(
        self, tool: str, arguments: Mapping[str, Any], *, client: str, account: str = "default"
    ) -> dramatiq.Message[Any]:
        """Hand a call in and return the message of its job, or of the job that it joined.

        Raises CallError: unknown tool, wrong arguments, no room, no worker for a read.
        """
        row = CATALOG.get(tool)
        if row is None:
            raise InvalidArguments(
                f"there is no tool {tool}", advice="`infoblox-mq tools` lists them."
            )
        job_id = uuid4().hex
        with spans.send(row.queue, job_id) as sending:
            submission = self.submitter(
                row,
                Form(row.name, row.args, row.input_schema).read(arguments),
                account=self.ledger.account(account),
                client=client,
                job_id=job_id,
                asked_by="shared.submit",
                trace=sending.trace,
            )
            accepted = self.ledger.accept(submission)
            if accepted.verdict != "new":
                sending.drop()
                refuse(row, accepted)
                return message(row.queue, accepted.job_id or job_id)
            with suppress(redis.RedisError):  # a worker's sweep finds a job without a hint
                return hint(self.broker, row.queue, job_id)
        return message(row.queue, job_id)


def submit(
    tool: str, arguments: Mapping[str, Any] | None = None, *, client: str = "dramatiq"
) -> dramatiq.Message[Any]:
    """Hand a call in from any program; the settings are the environment's.

    The message is dramatiq's: `get_result(block=True, timeout=milliseconds)` waits for the answer
    and raises ResultFailure for a job that failed or whose outcome is unknown. A program with a
    global broker of its own passes `backend=shared.result_backend()`.
    """
    return _door().submit(tool, arguments or {}, client=client)


def result_backend() -> LedgerResults:
    """Return the result backend of submitted jobs."""
    return _door().results


@lru_cache(maxsize=1)
def _door() -> Door:
    door = Door.open(Settings.from_env(os.environ))
    tracing.follow()
    if dramatiq.broker.global_broker is None:
        dramatiq.set_broker(door.broker)
    return door
