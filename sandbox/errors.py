"""Refusals of the pretend API, and the shapes in which each service writes them."""

from __future__ import annotations

import json
from collections.abc import Callable

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "NOT_IMPLEMENTED",
    502: "BAD_GATEWAY",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

ErrorShape = Callable[[int, str], bytes]


class Refused(Exception):
    """The API says no: a status and the sentence that goes with it."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both for the envelope of the service."""
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> Refused:
    """Answer 400."""
    return Refused(400, message)


def missing(message: str) -> Refused:
    """Answer 404."""
    return Refused(404, message)


def conflict(message: str) -> Refused:
    """Answer 409."""
    return Refused(409, message)


def listed(status: int, message: str) -> bytes:
    """Write an error as the DDI services do: an array even for one."""
    return json.dumps({"error": [{"message": message}]}).encode()


def named(status: int, message: str) -> bytes:
    """Write an error as the DNS security service does: one object."""
    name = STATUS_NAMES.get(status, "UNKNOWN")
    return json.dumps({"error": {"status": name, "code": str(status), "message": message}}).encode()


def plain(status: int, message: str) -> bytes:
    """Write an error as the insight service does: a bare text."""
    return json.dumps({"error": message}).encode()
