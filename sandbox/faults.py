"""Misbehaviour on demand: which requests go wrong, how often, and in which way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from sandbox.errors import invalid

KINDS = frozenset(
    {
        "status",
        "hang",
        "reset_before",
        "reset_after_apply",
        "status_after_apply",
        "slow",
        "drip",
        "html",
        "truncate",
    }
)
BEFORE = frozenset({"status", "hang", "reset_before", "html"})
"""Kinds that keep the request from being processed."""
NAMES = frozenset({"match", "times", "kind", "status", "headers", "body", "seconds"})
DEFAULT_STATUS = {"html": 502, "status_after_apply": 504}


@dataclass(slots=True)
class Fault:
    """One rule of misbehaviour."""

    ident: int
    kind: str
    method: str | None
    path: re.Pattern[str]
    times: int | None
    status: int
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: object = None
    seconds: float | None = None
    used: int = 0

    def hits(self, method: str, path: str) -> bool:
        """Tell whether this request goes wrong."""
        if self.times is not None and self.used >= self.times:
            return False
        return self.method in {None, method} and self.path.search(path) is not None

    def response_headers(self, now: float) -> dict[str, str]:
        """Write the headers; `{"date_in": 5}` becomes a date five seconds ahead."""
        return {name: _header(value, now) for name, value in self.headers.items()}

    def shown(self) -> dict[str, Any]:
        """Describe the rule and how often it was used."""
        return {"id": self.ident, "kind": self.kind, "times": self.times, "used": self.used}


def _header(value: object, now: float) -> str:
    if isinstance(value, dict):
        moment = datetime.fromtimestamp(now, UTC) + timedelta(seconds=float(value["date_in"]))
        return format_datetime(moment, usegmt=True)
    return str(value)


class Faults:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        """Start with none."""
        self._rules: list[Fault] = []
        self._made = 0

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Read a rule and put it in force."""
        unknown = set(wish) - NAMES
        if unknown or wish.get("kind") not in KINDS:
            raise invalid(f"not a fault: kind {wish.get('kind')!r}, unknown {sorted(unknown)}")
        match = wish.get("match") or {}
        kind = str(wish["kind"])
        self._made += 1
        rule = Fault(
            ident=self._made,
            kind=kind,
            method=match.get("method"),
            path=_pattern(match.get("path", "")),
            times=wish.get("times"),
            status=int(wish.get("status", DEFAULT_STATUS.get(kind, 503))),
            headers=wish.get("headers") or {},
            body=wish.get("body"),
            seconds=wish.get("seconds"),
        )
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Behave again."""
        self._rules.clear()

    def shown(self) -> list[dict[str, Any]]:
        """Describe all rules."""
        return [rule.shown() for rule in self._rules]

    def take(self, method: str, path: str) -> Fault | None:
        """Find the first rule for this request and count its use."""
        for rule in self._rules:
            if rule.hits(method, path):
                rule.used += 1
                return rule
        return None


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise invalid(f"not a pattern: {error}") from None
