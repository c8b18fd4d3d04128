"""The collections of federation, as rows of facts.

Delegations and pools are in no official client; their fields are those seen in public use.
"""

from __future__ import annotations

from sandbox.ddi_base import STAMPED, collection
from sandbox.federation import blocks
from sandbox.federation.blocks import BLOCK, KINDS, POOL, REALM
from sandbox.resource import Link

REALMS = f"""{STAMPED}
    allocation_v4: object of=allocation
    name: string required size=1..256
"""
BLOCKS = f"""{STAMPED}
    address: address required
    cidr: integer size=1..128
    federated_realm: string required ref=federation/federated_realm
    name: string size=1..256
    parent: string
    protocol: string readonly
"""
POOLS = f"""{STAMPED}
    description: string
    federated_realm: string required ref=federation/federated_realm
    name: string required size=1..256
    protocol: string words=ip4|ip6|ip4/ip6 default=ip4
    provider: string default=NIOS_X
"""
DELEGATIONS = f"""{STAMPED}
    address: address readonly
    cidr: integer readonly
    federated_pool_id: string readonly
    federated_realm: string readonly
    name: string readonly
    protocol: string readonly
"""
FORWARD = f"""{STAMPED}
    address: address required immutable
    cidr: integer size=1..128
    federated_pool_id: string ref=federation/federated_pool
    federated_realms: strings required ref=federation/federated_realm
    metadata: object readonly
    name: string size=1..256
    network_compliant: boolean readonly
    parent: string readonly
    protocol: string readonly
    region: string readonly
    state: string readonly
"""

RESOURCES = (
    collection(
        REALM,
        REALMS,
        unique=("name",),
        links=(
            *(Link(path, "federated_realm") for path in KINDS),
            Link(POOL, "federated_realm"),
            Link("federation/forward_looking_delegation", "federated_realms"),
        ),
        prepare=blocks.prepare_realm,
    ),
    *(
        collection(
            path,
            f"{BLOCKS}\nallocation_v4: object of=allocation" if path == BLOCK else BLOCKS,
            unique=("federated_realm", "address", "cidr"),
            indexed=("federated_realm", "parent"),
            links=tuple(Link(kind, "parent", "lift") for kind in KINDS) if path == BLOCK else (),
            prepare=blocks.prepare_block if path == BLOCK else blocks.prepare,
            settled=blocks.settled,
        )
        for path in KINDS
    ),
    collection(POOL, POOLS, unique=("federated_realm", "name"), indexed=("federated_realm",)),
    collection("federation/delegation", DELEGATIONS, serves="list get"),
    collection(
        "federation/forward_looking_delegation",
        FORWARD,
        unique=("address", "cidr"),
        indexed=("federated_realms",),
        prepare=blocks.prepare_forward,
    ),
)
OPERATIONS = blocks.OPERATIONS
