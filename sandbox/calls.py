"""One call that reached the API, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.account import Account, encode
from sandbox.resource import Service

JSON = "application/json"


@dataclass(slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """A checked request on its way to an operation, and what became of it."""

    account: Account
    query: Mapping[str, str]
    body: dict[str, Any]
    ident: str
    request_id: str
    applied: bool = False
    natural_key: str | None = None

    def wrote(self, natural_key: str) -> None:
        """Note that the state was changed, for the journal."""
        self.applied = True
        self.natural_key = natural_key


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path: the function, and what it takes."""

    run: Callable[[Call], Answer]
    service: Service
    query: frozenset[str] = frozenset()
    has_body: bool = False


def answer(status: int, value: object) -> Answer:
    """Answer with JSON."""
    return Answer(status, encode(value))
