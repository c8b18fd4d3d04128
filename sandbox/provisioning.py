"""How far the cloud has come with what a VPN change asked for."""

from __future__ import annotations

import math
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
BGP_UP = 1.25
CNAMES_APPEAR = (FIRST_CNAME, SECOND_CNAME)


@dataclass(slots=True)
class VpnSettings:
    """What a test may change about the pretend cloud."""

    busy_tries: int = 0
    busy_seconds: float = 0.0
    applying_seconds: float = 0.0
    configure_status: int = 200
    provisioning_seconds: float = 60.0
    tunnel_pool_seconds: float = 120.0
    """How long the ids of deleted tunnels rest before the same tunnels can be made again."""
    bgp_down_after_update: int = 1
    """1: tunnels whose address is changed in place never bring BGP up again."""


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
    freed: dict[tuple[str, str], float] = field(default_factory=dict)
    """When tunnels were deleted, by (endpoint, access location)."""
    moved: set[str] = field(default_factory=set)
    """Access locations whose tunnel addresses were changed in place."""

    def born(self, token: str) -> None:
        """Start the provisioning of an object."""
        self.births[token] = Birth(self.cloud.now(), self.settings.provisioning_seconds)

    def progress(self, token: str) -> float:
        """Tell how far an object is: 1 is ready; what never was on its way is far beyond."""
        birth = self.births.get(token)
        if birth is None or birth.takes <= 0:
            return math.inf
        return (self.cloud.now() - birth.at) / birth.takes

    def has_bgp(self, site: str) -> bool:
        """Tell whether the tunnels of an access location exchange routes."""
        broken = site in self.moved and self.settings.bgp_down_after_update
        return not broken and self.progress(site) >= BGP_UP

    def free_tunnels(self, endpoint: str, site: str) -> None:
        """Put the ids of deleted tunnels into the pool."""
        self.freed[endpoint, site] = self.cloud.now()

    def are_resting(self, endpoint: str, site: str) -> bool:
        """Tell whether the ids of the same tunnels still rest in the pool."""
        since = self.freed.get((endpoint, site))
        return since is not None and self.cloud.now() < since + self.settings.tunnel_pool_seconds

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
