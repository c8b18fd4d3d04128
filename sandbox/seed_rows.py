"""How the seed writes its rows."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.schema import Row

STARTED = "2025-03-03T08:00:00.000000Z"
STAMPS: Row = {"created_at": STARTED, "updated_at": STARTED}


def stamped(account: Account, path: str, row: Row) -> Row:
    """Complete a row as a create would have done."""
    resource = account[path].resource
    known = resource.fields
    stamps = STAMPS if "created_at" in known else {}
    tags: Row = {"tags": {}} if "tags" in known else {}
    return {"comment": "", **tags, **stamps, **resource.blank(), **row}


def add(account: Account, path: str, row: Row) -> Row:
    """Store a row, prepared and settled as a create would have done."""
    resource = account[path].resource
    full = stamped(account, path, row)
    if resource.prepare:
        full = resource.prepare(account, full, None)
    made = account.add(path, full)
    if resource.settled:
        resource.settled(account, None, made)
    return made
