"""Realms of the pretend company, and the blocks given to them."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.federation.blocks import BLOCK, OVERLAPPING, POOL, REALM, RESERVED
from sandbox.seed_rows import add

DELEGATION = "federation/delegation"
FORWARD = "federation/forward_looking_delegation"


def plant(account: Account) -> None:
    """Plant two realms, the first with blocks of every kind."""
    realm = add(account, REALM, {"name": "Europe", "comment": "EMEA address authority"})
    add(account, REALM, {"name": "Americas", "comment": "AMER address authority"})
    for path, address, cidr, name in (
        (BLOCK, "10.0.0.0", 8, "EMEA private"),
        (BLOCK, "10.128.0.0", 10, "EMEA growth"),
        (RESERVED, "10.255.0.0", 16, "never used"),
        (OVERLAPPING, "10.200.0.0", 16, "acquired company"),
    ):
        row = {"address": address, "cidr": cidr, "name": name, "federated_realm": realm["id"]}
        add(account, path, row)
    pool = add(account, POOL, {"name": "emea-pool", "federated_realm": realm["id"]})
    place = {"address": "10.64.0.0", "cidr": 12, "name": "Nordics", "protocol": "ip4"}
    given = {"federated_pool_id": pool["id"], "federated_realm": realm["id"]}
    add(account, DELEGATION, {**place, **given})
    planned = {"address": "10.80.0.0", "cidr": 12, "name": "Baltics"}
    add(account, FORWARD, {**planned, "federated_realms": [realm["id"]]})
