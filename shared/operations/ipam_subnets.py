"""Subnets."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from shared.catalog import Rare
from shared.operations.arguments import Comment, Inherit, Name, Sayable, Tags, equal_to, maybe
from shared.operations.dhcp_fields import CopyArgs, NetworkFields, Threshold
from shared.operations.ids import DhcpHostId, SpaceId
from shared.operations.ipam_next import ALLOCATE, CONTIGUOUS, COUNT, Allocation
from shared.operations.networks import MaskedArgs, or_next
from shared.operations.resource import RECURSE, Resource

# An address block shows how it is used, so its list changes with every subnet in it.
SUBNET = Resource(
    kind="ipam/subnet",
    called="a subnet",
    toolset="ipam",
    id_name="subnet_id",
    also=("address_block",),
    inherits=True,
)
NEXT = "nextavailablesubnet"


class SubnetFields(NetworkFields):
    """What can be said of a subnet."""

    rare: ClassVar[Rare] = frozenset(
        {
            "config_profiles",
            "external_keys",
            "federated_realms",
            "rebind_time",
            "renew_time",
            "threshold",
        }
    )
    name: Name = None
    comment: Comment = None
    dhcp_host: DhcpHostId | None = None
    disable_dhcp: bool | None = maybe("Serve no DHCP here")
    config_profiles: list[str] | None = None
    federated_realms: list[str] | None = None
    rebind_time: int | None = maybe("Seconds", ge=0)
    renew_time: int | None = maybe("Seconds", ge=0)
    threshold: Threshold | None = None
    external_keys: dict[str, str] | None = None
    tags: Tags = None


class CreateSubnet(MaskedArgs, SubnetFields):
    """Create a subnet in an IP space. Give the network as address/mask (10.0.1.0/24), or the
    address and cidr apart, or '<address block id>/nextavailablesubnet' with cidr to take the next
    free one. For a DHCP pool inside use create_ip_range."""

    address: Annotated[
        str,
        AfterValidator(or_next(NEXT, "ipam/address_block")),
        Field(max_length=200, description="10.0.1.0/24, 10.0.1.0, or <block>/nextavailablesubnet"),
    ]
    space: SpaceId


class CopySubnet(CopyArgs):
    """Copy a subnet into an IP space. The copy goes on after the answer."""

    space: SpaceId
    name: Name = None
    recursive: bool | None = maybe("With what is inside")


OPERATIONS = (
    SUBNET.listed(
        "List subnets, optionally of one IP space or one network address. For single addresses use "
        "list_ip_addresses; for large networks list_address_blocks.",
        space_filter=equal_to("space", SpaceId),
        address_filter=equal_to(
            "address", Sayable, "Without mask, such as 10.0.1.0", max_length=45
        ),
    ),
    SUBNET.read(
        "Read one subnet by id, with its DHCP settings and utilization. To find one use "
        "list_subnets."
    ),
    SUBNET.created(CreateSubnet, key=("space", "address", "cidr"), allocates="address"),
    SUBNET.changed(
        "Change fields of a subnet. Only the fields given change; tags replace the whole map. Its "
        "address stays.",
        SubnetFields,
    ),
    SUBNET.deleted(
        "Delete a subnet. Its addresses and ranges go with it only where recurse is set. For one "
        "address use delete_ip_address.",
        recurse=RECURSE,
    ),
    SUBNET.acted(
        "copy_subnet",
        "Copy a subnet",
        CopySubnet,
        suffix="/copy",
        look="list_subnets",
        changes=("subnet", "address_block", "range"),
    ),
    SUBNET.looked(
        "list_subnet_ancestors",
        "List what a subnet lies in",
        "List the address blocks that a subnet lies in.",
        suffix="/ancestor",
        fields={"inherit": (Inherit, None)},
    ),
    SUBNET.looked(
        "preview_next_available_ip_in_subnet",
        "Preview free addresses of a subnet",
        "Show the next free addresses of a subnet; nothing is taken.",
        suffix="/nextavailableip",
        fields={"count": COUNT, "contiguous": CONTIGUOUS},
    ),
    SUBNET.row(
        "allocate_next_available_ip_in_subnet",
        "Take free addresses of a subnet",
        "Take the next free addresses of a subnet. Each call takes others; create_ip_address can "
        "name and tag one.",
        base=Allocation,
        fields=SUBNET.by_id | {"count": COUNT, "contiguous": CONTIGUOUS},
        path=f"{SUBNET.path_of_one}/nextavailableip",
        targets=("subnet_id",),
        look="list_ip_addresses",
        **ALLOCATE | {"changes": ("address", "subnet", "address_block")},
    ),
)
