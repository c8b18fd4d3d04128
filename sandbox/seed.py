"""The data of a mid-size company, the same for the same seed."""

from __future__ import annotations

from sandbox import seed_ddi, seed_insights, seed_security, seed_vpn
from sandbox.account import Account, Planted


def plant(account: Account, *, objects: int = 0, before: Planted | None = None) -> Planted:
    """Fill a new account; `objects` adds that many addresses, subnets and records.

    The answer is what takes longest to plant: given again, it is planted in no time.
    """
    if before is not None:
        account.take(before)
    planted = before or seed_ddi.plant(account, objects=objects)
    seed_security.plant(account)
    seed_insights.plant(account)
    seed_vpn.plant(account)
    return planted
