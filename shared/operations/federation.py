"""Federation: realms that share address space between accounts, their blocks and delegations."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.catalog import Args, Body, WriteArgs
from shared.operations.arguments import (
    Comment,
    Declared,
    Name,
    NameNeeded,
    Tags,
    equal_to,
    part_of,
)
from shared.operations.ids import PoolId, RealmId
from shared.operations.ipam_next import ALLOCATE, CIDR, COMMENT, COUNT, NAME, Allocation
from shared.operations.networks import Cidr, MaskedArgs, address, split_mask
from shared.operations.resource import DDI, Resource
from shared.recovery import Recovery

REALM = Resource(
    kind="federation/federated_realm",
    called="a federated realm",
    toolset="federation",
    binned=False,
)
BLOCK = Resource(
    kind="federation/federated_block",
    called="a federated block",
    toolset="federation",
    id_name="federated_block_id",
    also=("federated_realm",),
    binned=False,
)
OVERLAPPING = Resource(
    kind="federation/overlapping_block",
    called="an overlapping block",
    toolset="federation",
    also=("federated_block", "federated_realm"),
    binned=False,
)
RESERVED = Resource(
    kind="federation/reserved_block",
    called="a reserved block",
    toolset="federation",
    also=("federated_block", "federated_realm"),
    binned=False,
)
DELEGATION = Resource(
    kind="federation/delegation",
    called="a delegation",
    toolset="federation",
    also=("federated_block", "federated_realm"),
    binned=False,
    confirmed=False,
)
FORWARD = Resource(
    kind="federation/forward_looking_delegation",
    called="a forward-looking delegation",
    toolset="federation",
    noun="forward_delegation",
    also=("federated_block", "federated_realm"),
    binned=False,
    confirmed=False,
)
POOL = Resource(
    kind="federation/federated_pool",
    called="a federated pool",
    toolset="federation",
    also=("federated_realm",),
    binned=False,
    confirmed=False,
)
Network = Annotated[
    str, AfterValidator(address), Field(max_length=64, description="10.0.0.0/16, or with cidr")
]
IN_REALM: Declared = equal_to("federated_realm", RealmId)
AT_ADDRESS: Declared = equal_to("address", description="Without mask")


class RealmFields(WriteArgs):
    """What can be said of a realm."""

    name: Name = None
    comment: Comment = None
    tags: Tags = None


class CreateFederatedRealm(RealmFields):
    """Create a federated realm, a plan of address space shared by several accounts."""

    name: NameNeeded


class MovableBlock(RealmFields):
    """A block whose network may change."""

    address: Annotated[str | None, AfterValidator(lambda text: text and address(text))] = None
    cidr: Cidr | None = None


class NewBlock(MaskedArgs, RealmFields):
    """A network in a realm."""

    address: Network
    federated_realm: RealmId


class CreateFederatedBlock(NewBlock):
    """Create a federated block: address space of a realm, such as 10.0.0.0/8."""


class CreateOverlappingBlock(NewBlock):
    """Create an overlapping block: address space of a realm that may be used several times."""


class CreateReservedBlock(NewBlock):
    """Create a reserved block: address space of a realm that is not handed out."""


class NextBlock(Allocation):
    """What the next free block gets."""

    cidr: Cidr
    count: Annotated[int | None, Field(ge=1, le=100)] = None
    name: Name = None
    comment: Comment = None
    tags: Tags = None


class DelegationFields(WriteArgs):
    """What can be said of a delegation."""

    comment: Comment = None


class CreateDelegation(DelegationFields):
    """Delegate address space of a realm."""

    address: Annotated[str, Field(max_length=64)]
    federated_realm: RealmId
    delegated_to: Annotated[str, Field(max_length=256)]


class ForwardFields(RealmFields):
    """What can be said of a forward-looking delegation."""

    cidr: Cidr | None = None


class CreateForwardDelegation(ForwardFields):
    """Delegate address space of a realm that will be used later."""

    address: Annotated[str, AfterValidator(address), Field(max_length=64)]
    federated_realm: Annotated[RealmId, Body("federated_realms.0")]
    federated_pool_id: PoolId | None = None

    @model_validator(mode="before")
    @classmethod
    def take_mask(cls, values: object) -> object:
        """Take `10.0.0.0/16` apart."""
        return split_mask(values)


class PreviewForwardDelegation(Args):
    """Preview a forward-looking delegation; nothing is made."""

    address: Annotated[str, AfterValidator(address), Field(max_length=64)]
    cidr: Cidr | None = None
    federated_realm: Annotated[RealmId, Body("federated_realms.0")]
    federated_pool_id: PoolId | None = None


class PoolFields(WriteArgs):
    """What can be said of a pool."""

    name: Name = None
    comment: Comment = None
    description: Comment = None
    tags: Tags = None


class CreateFederatedPool(PoolFields):
    """Create a federated pool of address space."""

    name: NameNeeded
    federated_realm: RealmId
    protocol: Literal["ip4", "ip6", "ip4/ip6"] = "ip4"
    provider: Annotated[str, Field(max_length=50)] = "NIOS_X"


def _next(kind: str, called: str, changes: tuple[str, ...]) -> tuple[Any, Any]:
    call = f"{BLOCK.path_of_one}/next_available_{kind}_block"
    preview = BLOCK.looked(
        f"preview_next_{kind}_block",
        f"Preview the next {called} block",
        f"Show the next free {called} block inside a federated block; nothing is taken.",
        suffix=f"/next_available_{kind}_block",
        fields={"cidr": CIDR, "count": COUNT, "name": NAME, "comment": COMMENT},
    )
    take = BLOCK.row(
        f"allocate_next_{kind}_block",
        f"Take the next {called} block",
        f"Take the next free {called} block inside a federated block. Each call takes another.",
        base=NextBlock,
        fields=BLOCK.by_id,
        path=call,
        targets=("federated_block_id",),
        look=f"list_{kind}_blocks",
        **ALLOCATE | {"changes": changes},
    )
    return preview, take


OPERATIONS = (
    REALM.listed(
        "List federated realms, the plans of address space shared by several accounts.",
        name_filter=part_of("name"),
    ),
    REALM.read(),
    REALM.created(CreateFederatedRealm, key=("name",)),
    REALM.changed("", RealmFields),
    REALM.deleted(),
    BLOCK.listed("", realm_filter=IN_REALM, address_filter=AT_ADDRESS),
    BLOCK.read(),
    BLOCK.created(CreateFederatedBlock, key=("federated_realm", "address", "cidr")),
    BLOCK.changed("", MovableBlock),
    BLOCK.deleted(),
    *_next("federated", "federated", BLOCK.changes),
    *_next("overlapping", "overlapping", OVERLAPPING.changes),
    *_next("reserved", "reserved", RESERVED.changes),
    OVERLAPPING.listed("", realm_filter=IN_REALM, address_filter=AT_ADDRESS),
    OVERLAPPING.read(),
    OVERLAPPING.created(CreateOverlappingBlock, key=("federated_realm", "address", "cidr")),
    OVERLAPPING.changed("", MovableBlock),
    OVERLAPPING.deleted(),
    RESERVED.listed("", realm_filter=IN_REALM, address_filter=AT_ADDRESS),
    RESERVED.read(),
    RESERVED.created(CreateReservedBlock, key=("federated_realm", "address", "cidr")),
    RESERVED.changed("", MovableBlock),
    RESERVED.deleted(),
    DELEGATION.listed("", realm_filter=IN_REALM, address_filter=AT_ADDRESS),
    DELEGATION.read(),
    DELEGATION.created(
        CreateDelegation,
        key=("federated_realm", "address"),
        recovery=None,
        marker=None,
        look="list_delegations",
    ),
    DELEGATION.changed("", DelegationFields),
    DELEGATION.deleted(),
    FORWARD.listed("", realm_filter=IN_REALM),
    FORWARD.read(),
    FORWARD.created(
        CreateForwardDelegation,
        key=("address", "cidr", "federated_realm"),
        recovery=Recovery(where={"address": "address", "cidr": "cidr"}),
    ),
    FORWARD.changed("", ForwardFields),
    FORWARD.deleted(),
    FORWARD.row(
        "preview_forward_delegation",
        "Preview a forward-looking delegation",
        PreviewForwardDelegation.__doc__ or "",
        base=PreviewForwardDelegation,
        method="POST",
        path=f"{DDI}/federation/forward_looking_delegation_preview",
        envelope="",
    ),
    POOL.listed("", realm_filter=IN_REALM, name_filter=part_of("name")),
    POOL.read(),
    POOL.created(CreateFederatedPool, key=("federated_realm", "name")),
    POOL.changed("", PoolFields),
    POOL.deleted(),
)
