"""How far the cloud has come with what a VPN change asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import CloudClock

Row = dict[str, Any]

# Shares of the whole time after which each sign of life shows.
STARTED = 0.25
FIRST_CNAME = 0.5
IDENTITY = 0.6
SECOND_CNAME = 0.75
READY = 1.0
CNAMES_APPEAR = (FIRST_CNAME, SECOND_CNAME)


@dataclass(slots=True)
class VpnSettings:
    """What a test may change about the pretend cloud."""

    busy_tries: int = 0
    busy_seconds: float = 0.0
    applying_seconds: float = 0.0
    configure_status: int = 200
    provisioning_seconds: float = 60.0


@dataclass(slots=True)
class Birth:
    """When an object was asked for, and how long the cloud takes to bring it up."""

    at: float
    takes: float


@dataclass(slots=True)
class Busy:
    """How often and since when a change has been turned away."""

    tries: int
    since: float


@dataclass(slots=True)
class VpnState:
    """What an account knows beside its rows: births, running changes, change log."""

    cloud: CloudClock
    settings: VpnSettings = field(default_factory=VpnSettings)
    births: dict[str, Birth] = field(default_factory=dict)
    busy: dict[str, Busy] = field(default_factory=dict)
    applying: dict[str, float] = field(default_factory=dict)
    changes: list[Row] = field(default_factory=list)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """Credentials and locations that go with a service, by (service, their id)."""

    def born(self, token: str) -> None:
        """Start the provisioning of an object."""
        self.births[token] = Birth(self.cloud.now(), self.settings.provisioning_seconds)

    def progress(self, token: str) -> float:
        """Tell how far an object is, from 0 to 1."""
        birth = self.births.get(token)
        if birth is None or birth.takes <= 0:
            return READY
        return min(READY, (self.cloud.now() - birth.at) / birth.takes)

    def turned_away(self, key: str) -> bool:
        """Tell whether this try of a change meets another operation, and count it."""
        wanted = self.settings
        if key not in self.busy:
            self.busy[key] = Busy(0, self.cloud.now())
        seen = self.busy[key]
        waited = self.cloud.now() - seen.since
        if seen.tries < wanted.busy_tries or waited < wanted.busy_seconds:
            seen.tries += 1
            return True
        del self.busy[key]
        return False

    def is_applying(self, key: str) -> bool:
        """Tell whether a change that was accepted still runs."""
        return self.applying.get(key, 0.0) > self.cloud.now()

    def started(self, *keys: str) -> None:
        """Note that a change was accepted."""
        until = self.cloud.now() + self.settings.applying_seconds
        self.applying.update(dict.fromkeys(keys, until))
