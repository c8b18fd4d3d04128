"""Address blocks: the large networks that subnets are cut from."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.catalog import Body, Query
from shared.operations.arguments import Comment, Name, Tags, equal_to, maybe
from shared.operations.dhcp_fields import CopyArgs, NetworkFields, Threshold
from shared.operations.ids import DhcpHostId, SpaceId
from shared.operations.ipam_next import (
    ALLOCATE,
    CIDR,
    COMMENT,
    CONTIGUOUS,
    COUNT,
    NAME,
    Allocation,
)
from shared.operations.ipam_spaces import REALMS
from shared.operations.networks import MaskedArgs, or_next
from shared.operations.resource import RECURSE, UTILIZATION, Resource

BLOCK = Resource(
    kind="ipam/address_block",
    called="an address block",
    toolset="ipam",
    id_name="block_id",
    inherits=True,
    cache="address_block",
    figures=UTILIZATION,
)
NEXT = "nextavailableaddressblock"
DHCP_HOST = (Annotated[DhcpHostId | None, Query("dhcp_host")], None)


class BlockFields(NetworkFields):
    """What can be said of an address block."""

    name: Name = None
    comment: Comment = None
    federated_realms: list[str] | None = None
    threshold: Threshold | None = None
    compartment_id: str | None = maybe(max_length=128)
    external_keys: dict[str, str] | None = None
    tags: Tags = None


class CreateAddressBlock(MaskedArgs, BlockFields):
    """Create an address block. Give the network as 10.0.0.0/16, or address and cidr apart, or
    '<address block id>/nextavailableaddressblock' with cidr to take the next free one."""

    address: Annotated[
        str,
        AfterValidator(or_next(NEXT, "ipam/address_block")),
        Field(max_length=200, description=f"10.0.0.0/16, 10.0.0.0 or <block id>/{NEXT}"),
    ]
    space_id: Annotated[SpaceId, Body("space")]


class CopyAddressBlock(CopyArgs):
    """Copy an address block into an IP space. The copy goes on after the answer."""

    space: SpaceId
    name: Name = None
    recursive: bool | None = maybe("With what is inside")


OPERATIONS = (
    BLOCK.listed(
        "List address blocks, the large networks that subnets are cut from. For the subnets use "
        "list_subnets.",
        space_filter=equal_to("space", SpaceId),
    ),
    BLOCK.read("Read an address block with its DHCP settings and utilization."),
    BLOCK.created(
        CreateAddressBlock,
        key=("space_id", "address", "cidr"),
        allocates="address",
    ),
    BLOCK.changed("", BlockFields),
    BLOCK.deleted(
        "Delete an address block. What is inside moves up; with recurse it goes too.",
        recurse=RECURSE,
    ),
    BLOCK.acted(
        "copy_address_block",
        "Copy an address block",
        CopyAddressBlock,
        suffix="/copy",
        look="list_address_blocks",
        changes=("address_block", "subnet", "range"),
    ),
    BLOCK.looked(
        "list_address_block_ancestors",
        "List what an address block lies in",
        "List the address blocks that an address block lies in.",
        suffix="/ancestor",
    ),
    BLOCK.looked(
        "preview_next_available_address_block",
        "Preview the next free address block",
        "Show the next free address block inside a block; nothing is taken.",
        suffix=f"/{NEXT}",
        fields={
            "cidr": CIDR,
            "count": COUNT,
            "name": NAME,
            "comment": COMMENT,
            "federated_realms": REALMS,
            "compartment_id": (Annotated[str | None, Query("compartment_id")], None),
        },
    ),
    BLOCK.looked(
        "preview_next_available_subnet",
        "Preview the next free subnet",
        "Show the next free subnet inside an address block; nothing is taken.",
        suffix="/nextavailablesubnet",
        fields={
            "cidr": CIDR,
            "count": COUNT,
            "name": NAME,
            "comment": COMMENT,
            "dhcp_host": DHCP_HOST,
            "federated_realms": REALMS,
        },
    ),
    BLOCK.looked(
        "preview_next_available_ip_in_address_block",
        "Preview free addresses of an address block",
        "Show the next free addresses of an address block; nothing is taken.",
        suffix="/nextavailableip",
        fields={"count": COUNT, "contiguous": CONTIGUOUS},
    ),
    BLOCK.row(
        "allocate_next_available_address_block",
        "Take the next free address block",
        "Take the next free address block inside a block. Each call takes another one; with tags, "
        f"or to be sure that it happens once, use create_address_block with '<block id>/{NEXT}'.",
        base=Allocation,
        fields=BLOCK.by_id | {"cidr": CIDR, "count": COUNT, "name": NAME, "comment": COMMENT},
        path=f"{BLOCK.path_of_one}/{NEXT}",
        targets=("block_id",),
        look="list_address_blocks",
        **ALLOCATE,
    ),
    BLOCK.row(
        "allocate_next_available_subnet",
        "Take the next free subnet",
        "Take the next free subnet inside an address block. Each call takes another one; with "
        "tags, or to be sure that it happens once, use create_subnet with '<block "
        "id>/nextavailablesubnet'.",
        base=Allocation,
        fields=BLOCK.by_id
        | {
            "cidr": CIDR,
            "count": COUNT,
            "name": NAME,
            "comment": COMMENT,
            "dhcp_host": DHCP_HOST,
        },
        path=f"{BLOCK.path_of_one}/nextavailablesubnet",
        targets=("block_id",),
        look="list_subnets",
        **ALLOCATE | {"changes": ("subnet", "address_block")},
    ),
    BLOCK.row(
        "allocate_next_available_ip_in_address_block",
        "Take free addresses of an address block",
        "Take the next free addresses of an address block. Each call takes others; "
        "create_ip_address can name and tag one.",
        base=Allocation,
        fields=BLOCK.by_id | {"count": COUNT, "contiguous": CONTIGUOUS},
        path=f"{BLOCK.path_of_one}/nextavailableip",
        targets=("block_id",),
        look="list_ip_addresses",
        **ALLOCATE | {"changes": ("address", "address_block")},
    ),
)
