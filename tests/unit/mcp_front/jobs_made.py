"""Job records for tests, without a store."""

from dataclasses import replace
from typing import Any

from shared.ledger import Job
from shared.ledger.records import Attempt

RECORD = {
    "id": "0" * 32,
    "tool": "delete_subnet",
    "queue": "infoblox",
    "kind": "write",
    "fingerprint": "f",
    "targets": "[]",
    "changes": "[]",
    "account": "a",
    "client": "local",
    "arguments": "{}",
    "state": "accepted",
    "accepted": "1000000",
    "deadline": "2000000",
    "fence": "0",
    "starts": "1",
    "tries": "0",
    "resends": "0",
}


def job(**changes: Any) -> Job:
    return replace(Job.from_record(RECORD, 1001.5), **changes)


def attempt(number: int, **changes: Any) -> Attempt:
    return Attempt(number=number, started=1000.0, **changes)
