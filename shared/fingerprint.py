"""When two calls are the same call, and which writes must not overlap."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from shared.catalog import MANNERS, Operation

_HEX = 40


def derived_key(seal_key: SecretStr | None, purpose: str) -> bytes:
    """Return a key of its own for each purpose.

    Without a seal key no secret argument is accepted, and an API key is too long to be guessed, so
    a fixed key is good enough there.
    """
    first = seal_key.get_secret_value().split(",")[0].strip() if seal_key else ""
    return hmac.digest(first.encode(), f"infoblox-mq {purpose}".encode(), "sha256")


def account_tag(key: bytes, api_key: SecretStr, base_url: str) -> str:
    """Return the public stand-in of a credential at an address."""
    return _mac(key, [api_key.get_secret_value(), base_url])


def fingerprint(key: bytes, *, account: str, tool: str, arguments: Mapping[str, Any]) -> str:
    """Return the same text for the same call."""
    counted = {name: value for name, value in arguments.items() if name not in MANNERS}
    return _mac(key, [account, tool, counted])


def targets(
    key: bytes, operation: Operation, arguments: Mapping[str, Any], *, account: str
) -> tuple[str, ...]:
    """Return what a write touches: one write per target at a time.

    An id that is a secret could be guessed from its bare digest, so that one is keyed. The others
    are not: writes must keep their order while front ends are given another seal key.
    """
    if operation.touches:
        touched = operation.touches(arguments)
    else:
        touched = ("|".join(str(arguments[name]) for name in operation.targets),)
    used = key if operation.secret_path else b""
    return tuple(_mac(used, [account, operation.queue, name]) for name in touched if name)


def _mac(key: bytes, value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode(), "sha256").hex()[:_HEX]
