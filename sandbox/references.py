"""References from one object to another: they must be ids, and what they name must exist."""

from __future__ import annotations

import re
from typing import Any

from sandbox.account import Account, last
from sandbox.errors import Refused, invalid
from sandbox.schema import Field, Fields, Row

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_references(account: Account, table: Fields, row: Row) -> None:
    """Refuse references that are no ids; complete those that are bare, also inside objects."""
    for name, value in row.items():
        field = table[name]
        if value is None:
            continue
        if field.of is not None:
            for one in value if isinstance(value, list) else [value]:
                check_references(account, field.of, one)
        elif field.ref is not None:
            row[name] = _completed(account, field, value)


def _completed(account: Account, field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_complete(account, field, one) for one in value]
    return _complete(account, field, value)


def _complete(account: Account, field: Field, value: str) -> str:
    if not _UUID.fullmatch(last(value)):
        # A name instead of an id reaches the database of the real service.
        raise Refused(500, f'invalid input syntax for type uuid: "{value}"')
    for target in str(field.ref).split("|"):
        full = f"{target}/{last(value)}"
        if value in {last(value), full} and last(value) in account[target]:
            return full
    raise invalid(f"{field.ref} '{value}' referenced by '{field.name}' is not found")
