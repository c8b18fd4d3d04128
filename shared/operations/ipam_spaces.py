"""IP spaces: the separate address plans of the account."""

from typing import Annotated

from pydantic import Field

from shared.catalog import Kind, Query, WriteArgs
from shared.operations.arguments import Comment, Name, NameNeeded, Tags, maybe, part_of
from shared.operations.dhcp_fields import (
    CopyArgs,
    NetworkFields,
    Options,
    VendorOptionFields,
)
from shared.operations.ids import PlaceId, RealmId, SpaceId
from shared.operations.resource import RECURSE, UTILIZATION, Resource

REALMS = (Annotated[list[RealmId] | None, Query("federated_realms")], None)
SPACE = Resource(
    kind="ipam/ip_space",
    called="an IP space",
    toolset="ipam",
    also=("address_block",),
    inherits=True,
    cache="ip_space",
    figures=UTILIZATION,
)


class SpaceFields(NetworkFields, VendorOptionFields):
    """What can be said of an IP space."""

    name: Name = None
    comment: Comment = None
    default_realms: list[RealmId] | None = None
    dhcp_options_v6: Options = None
    compartment_id: str | None = maybe(max_length=128)
    tags: Tags = None


class CreateIpSpace(SpaceFields):
    """Create an IP space, an address plan of its own."""

    name: NameNeeded


class CopyIpSpace(CopyArgs):
    """Copy an IP space with everything in it into a new one. The copy goes on after the answer."""

    name: NameNeeded


class BulkCopy(WriteArgs):
    """Copy address blocks, subnets and ranges into another IP space. With skip_on_error a part may
    fail: the answer tells. The copy goes on after the answer."""

    copy_objects: Annotated[list[PlaceId], Field(min_length=1, max_length=1000)]
    target: SpaceId
    recursive: bool | None = maybe("With what is inside")
    copy_dhcp_options: bool | None = None
    retain_child_compartment: bool | None = None
    skip_on_error: bool | None = None


OPERATIONS = (
    SPACE.listed(
        "List IP spaces, the separate address plans of the account. Start here: address blocks and "
        "subnets need a space's id. For networks use list_subnets.",
        name_filter=part_of("name"),
    ),
    SPACE.read(),
    SPACE.created(CreateIpSpace, key=("name",)),
    SPACE.changed("", SpaceFields),
    SPACE.deleted("Delete an IP space; recurse takes what is inside with it.", recurse=RECURSE),
    SPACE.looked(
        "list_ip_space_conflicts",
        "List conflicts of an IP space",
        "List the networks of an IP space that overlap with those of federated realms.",
        suffix="/conflicts",
        fields={"federated_realms": REALMS},
    ),
    SPACE.acted(
        "copy_ip_space",
        "Copy an IP space",
        CopyIpSpace,
        suffix="/copy",
        look="list_ip_spaces",
        changes=("ip_space", "address_block", "subnet", "range"),
    ),
    SPACE.row(
        "bulk_copy_to_ip_space",
        "Copy into an IP space",
        BulkCopy.__doc__ or "",
        base=BulkCopy,
        kind=Kind.CREATE,
        method="POST",
        path=f"{SPACE.path}/bulk_copy",
        # Not taken apart: beside the results may stand errors.
        envelope="",
        changes=("ip_space", "address_block", "subnet", "range"),
        targets=("target",),
        look="list_subnets",
    ),
)
