"""Everything that is remembered: accounts by key, journal, faults, settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sandbox.account import Account, Planted
from sandbox.clock import Clock, CloudClock
from sandbox.errors import invalid
from sandbox.faults import Faults
from sandbox.journal import KEPT, Journal
from sandbox.provisioning import VpnSettings
from sandbox.routing import RESOURCES
from sandbox.seed import plant
from sandbox.vpn_views import connections


@dataclass(frozen=True, slots=True)
class Config:
    """How a sandbox is started."""

    keys: Sequence[str] = ("sandbox-key",)
    seed: int = 1
    latency_ms: float = 0.0
    provisioning_seconds: float = 60.0
    journal_size: int = KEPT
    objects: int = 0


class World:
    """The whole state; a reset makes it anew."""

    def __init__(self, config: Config, clock: Clock) -> None:
        """Build the accounts of all keys."""
        self.config = config
        self.clock = clock
        self._keys = {
            _digest(key): f"account-{number}" for number, key in enumerate(config.keys, start=1)
        }
        self._planted: dict[str, Planted] = {}
        self.reset()

    def reset(self) -> None:
        """Go back to the seed."""
        config = self.config
        self.cloud = CloudClock(self.clock)
        self.journal = Journal(self.clock, kept=config.journal_size)
        self.faults = Faults()
        self.vpn = VpnSettings(provisioning_seconds=config.provisioning_seconds)
        self._accounts: dict[str, Account] = {}

    def _account(self, name: str) -> Account:
        if name not in self._accounts:
            self._accounts[name] = self._made(name)
            self._accounts[name].peers = self._everyone
        return self._accounts[name]

    def _everyone(self) -> Iterable[Account]:
        return map(self._account, self._keys.values())

    def _made(self, name: str) -> Account:
        account = Account(
            name,
            resources=RESOURCES,
            clock=self.clock,
            cloud=self.cloud,
            seed=self.config.seed,
        )
        account.vpn.settings = self.vpn
        before = self._planted.get(name)
        self._planted[name] = plant(account, objects=self.config.objects, before=before)
        return account

    def account(self, authorization: str | None) -> Account | None:
        """Find the account of an Authorization header; the first to ask has it planted."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "token":
            return None
        name = self._keys.get(_digest(key.strip()))
        return self._account(name) if name else None

    def set_vpn(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Change the settings of the pretend cloud; `speed` is that of its clock."""
        known = {one.name: one.type for one in fields(VpnSettings)}
        for name, value in wish.items():
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
            if (name not in known and name != "speed") or not fits:
                raise invalid(f"not a setting: {name}={value!r}")
        for name, value in wish.items():
            if name == "speed":
                self.cloud.set_speed(float(value))
            else:
                setattr(self.vpn, name, value)
        return self.shown_vpn()

    def tunnels(self) -> list[dict[str, Any]]:
        """Describe the tunnels of all accounts, routes included."""
        return [
            {"account": account.name, **one}
            for account in self._everyone()
            for one in connections(account)
        ]

    def shown_vpn(self) -> dict[str, Any]:
        """Describe the settings of the pretend cloud."""
        shown = {one.name: getattr(self.vpn, one.name) for one in fields(VpnSettings)}
        return {**shown, "speed": self.cloud.speed}


def _digest(key: str) -> bytes:
    # Keys are looked up by digest, so that none stays readable in memory tables.
    return hashlib.sha256(key.encode()).digest()
