"""Addresses, names and leases of the pretend company."""

from __future__ import annotations

from sandbox import seed_dhcp, seed_dns, seed_federation, seed_ipam, seed_scale
from sandbox.account import Account, Planted
from sandbox.ddi import RESOURCES
from sandbox.ipam.networks import recount_all
from sandbox.seed_rows import STARTED


def plant(account: Account, *, objects: int = 0) -> Planted:
    """Fill the DDI part of an account; `objects` adds that many more, for trials of size."""
    account.plan.counts, account.moment = False, STARTED
    dhcp = seed_dhcp.plant_servers(account)
    spaces = seed_ipam.plant(account, dhcp)
    seed_dhcp.plant_clients(account)
    seed_dns.plant(account, spaces)
    seed_federation.plant(account)
    recount_all(account)
    if objects:
        seed_scale.plant(account, objects)
    account.moment = None
    return account.planted(row.path for row in RESOURCES)
