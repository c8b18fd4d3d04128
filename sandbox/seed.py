"""The data of a mid-size company, the same for the same seed."""

from __future__ import annotations

from sandbox import seed_ddi, seed_insights, seed_security, seed_vpn
from sandbox.account import Account


def plant(account: Account, *, objects: int = 0) -> None:
    """Fill a new account; `objects` adds that many addresses, subnets and records."""
    seed_ddi.plant(account, objects=objects)
    seed_security.plant(account)
    seed_insights.plant(account)
    seed_vpn.plant(account)
