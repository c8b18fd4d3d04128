"""IPAM, DNS and DHCP: the rows of the `infoblox` queue."""

from functools import partial
from ipaddress import IPv4Address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.catalog import (
    Args,
    Body,
    FiguresArgs,
    KeptArgs,
    Kind,
    Operation,
    Path,
    Query,
    Queue,
    Recovery,
    Where,
    WriteArgs,
)
from shared.identifiers import described, full_id
from shared.operations.arguments import (
    Comment,
    Fields,
    Filter,
    Limit,
    Offset,
    OrderBy,
    TagFilter,
    Tags,
)
from shared.operations.networks import subnet_address

row = partial(Operation, queue=Queue.INFOBLOX)

SpaceId = Annotated[str, full_id("ipam/ip_space"), described("ipam/ip_space", "IP space")]
SubnetId = Annotated[str, full_id("ipam/subnet"), described("ipam/subnet", "subnet")]
ZoneId = Annotated[str, full_id("dns/auth_zone"), described("dns/auth_zone", "zone")]
RecordId = Annotated[str, full_id("dns/record"), described("dns/record", "DNS record")]
HostId = Annotated[str, full_id("dhcp/host"), described("dhcp/host", "DHCP host")]
SUBNET = "/api/ddi/v1/ipam/subnet"
RECORD = "/api/ddi/v1/dns/record"
# An address block shows how it is used, so its list changes with every subnet in it.
SUBNET_CHANGES = ("subnet", "address_block")
FIGURES = ("utilization", "utilization_v6", "dhcp_utilization")

SpaceFilter = Annotated[SpaceId | None, Where("space", "==")]


class DdiList(Args):
    """What every list of the DDI API takes."""

    filter: Filter = None
    tag_filter: TagFilter = None
    fields: Fields = None
    order_by: OrderBy = None
    limit: Limit = 100
    offset: Offset = 0


class ListIpSpaces(FiguresArgs, DdiList):
    """List IP spaces, the separate address plans of the account. Start here to get the space id
    that subnets and address blocks need."""

    name_filter: Annotated[
        str | None, Where("name", "~"), Field(max_length=256, description="Part of the name")
    ] = None


class ListAddressBlocks(FiguresArgs, DdiList):
    """List address blocks, the large networks that subnets are cut from."""

    space_filter: SpaceFilter = None


class ListSubnets(DdiList):
    """List subnets, optionally of one IP space or one network address."""

    space_filter: SpaceFilter = None
    address_filter: Annotated[
        str | None,
        Where("address", "=="),
        Field(max_length=45, description="Network address without mask, such as 10.0.1.0"),
    ] = None


class GetSubnet(Args):
    """Read one subnet by id, with its DHCP settings and utilization."""

    subnet_id: Annotated[SubnetId, Path()]
    fields: Fields = None


class CreateSubnet(WriteArgs):
    """Create a subnet in an IP space. Give the network as address/mask (10.0.1.0/24), or the
    address and cidr apart, or '<address block id>/nextavailablesubnet' with cidr to take the next
    free one."""

    address: Annotated[
        str,
        Body(),
        AfterValidator(subnet_address),
        Field(max_length=200, description="10.0.1.0/24, 10.0.1.0, or <block>/nextavailablesubnet"),
    ]
    space: Annotated[SpaceId, Body()]
    cidr: Annotated[int | None, Body(), Field(ge=1, le=128, description="Mask length")] = None
    name: Annotated[str | None, Body(), Field(min_length=1, max_length=256)] = None
    comment: Annotated[Comment, Body()] = None
    dhcp_host: Annotated[HostId | None, Body()] = None
    tags: Annotated[Tags, Body()] = None

    @model_validator(mode="before")
    @classmethod
    def split_mask(cls, values: object) -> object:
        """Take `10.0.1.0/24` apart, so that both spellings are one call."""
        if not isinstance(values, dict) or not isinstance(values.get("address"), str):
            return values
        address, slash, mask = values["address"].partition("/")
        if not slash or not mask.isdecimal():
            return values
        if values.get("cidr") not in (None, int(mask)):
            raise ValueError("cidr contradicts the mask of address: give one of the two")
        return values | {"address": address, "cidr": int(mask)}

    @model_validator(mode="after")
    def has_mask(self) -> Self:
        """Refuse a network without a mask."""
        if self.cidr is None:
            raise ValueError("cidr: give the mask length, or write address as 10.0.1.0/24")
        return self


class UpdateSubnet(WriteArgs):
    """Change fields of a subnet. Only the fields given change; tags replace the whole map."""

    subnet_id: Annotated[SubnetId, Path()]
    name: Annotated[str | None, Body(), Field(min_length=1, max_length=256)] = None
    comment: Annotated[Comment, Body()] = None
    dhcp_host: Annotated[HostId | None, Body()] = None
    disable_dhcp: Annotated[bool | None, Body(), Field(description="Serve no DHCP here")] = None
    tags: Annotated[Tags, Body()] = None

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        """Refuse an update of nothing."""
        if not self.model_dump(exclude={"subnet_id", *WriteArgs.model_fields}, exclude_none=True):
            raise ValueError("give at least one field to change")
        return self


class DeleteSubnet(WriteArgs):
    """Delete a subnet; it moves to the recycle bin. Its addresses and ranges go with it only where
    `recurse` is set."""

    subnet_id: Annotated[SubnetId, Path()]
    recurse: Annotated[
        bool,
        Query("_options", when_true="recurse=true"),
        Field(description="Remove what is inside too"),
    ] = False


class ListDnsZones(KeptArgs, DdiList):
    """List DNS zones: authoritative ones, or forward zones with zone_type=forward."""

    zone_type: Annotated[
        Literal["auth", "forward"], Path(), Field(description="Which kind of zone")
    ] = "auth"
    name_filter: Annotated[
        str | None, Where("fqdn", "~"), Field(max_length=256, description="Part of the name")
    ] = None


class ListDnsRecords(DdiList):
    """List DNS resource records, optionally of one zone, name or type."""

    zone_filter: Annotated[ZoneId | None, Where("zone", "==")] = None
    name_filter: Annotated[
        str | None,
        Where("name_in_zone", "~"),
        Field(max_length=256, description="Part of the name inside the zone"),
    ] = None
    type_filter: Annotated[
        str | None,
        Where("type", "=="),
        Field(pattern=r"^[A-Z0-9]{1,10}$", description="Record type such as A or CNAME"),
    ] = None


class CreateARecord(WriteArgs):
    """Create a DNS A record in an authoritative zone. Use an empty name or '@' for the apex."""

    name: Annotated[
        str,
        Body("name_in_zone"),
        AfterValidator(lambda text: "" if text == "@" else text),
        Field(max_length=253, description="Name inside the zone, such as www"),
    ]
    zone: Annotated[ZoneId, Body()]
    ip_address: Annotated[IPv4Address, Body("rdata.address")]
    ttl: Annotated[
        int | None, Body(), Field(ge=0, le=2_147_483_647, description="Seconds; unset: inherited")
    ] = None
    comment: Annotated[Comment, Body()] = None
    tags: Annotated[Tags, Body()] = None


class DeleteDnsRecord(WriteArgs):
    """Delete a DNS record; it moves to the recycle bin."""

    record_id: Annotated[RecordId, Path()]


OPERATIONS = (
    row(
        name="list_ip_spaces",
        title="List IP spaces",
        toolset="ipam",
        args=ListIpSpaces,
        path="/api/ddi/v1/ipam/ip_space",
        reads=("ip_space",),
        cache="ip_space",
        figures=FIGURES,
    ),
    row(
        name="list_address_blocks",
        title="List address blocks",
        toolset="ipam",
        args=ListAddressBlocks,
        path="/api/ddi/v1/ipam/address_block",
        reads=("address_block",),
        cache="address_block",
        figures=FIGURES,
    ),
    row(
        name="list_subnets",
        title="List subnets",
        toolset="ipam",
        args=ListSubnets,
        path=SUBNET,
        reads=("subnet",),
    ),
    row(
        name="get_subnet",
        title="Read a subnet",
        toolset="ipam",
        args=GetSubnet,
        path=SUBNET + "/{subnet_id}",
        envelope="result",
        single=True,
        reads=("subnet",),
    ),
    row(
        name="create_subnet",
        title="Create a subnet",
        toolset="ipam",
        args=CreateSubnet,
        kind=Kind.CREATE,
        method="POST",
        path=SUBNET,
        envelope="result",
        single=True,
        changes=SUBNET_CHANGES,
        targets=("space", "address", "cidr"),
        natural=True,
        allocates="address",
        recovery=Recovery(SUBNET, where={"space": "space", "address": "address", "cidr": "cidr"}),
        marker="tags",
    ),
    row(
        name="update_subnet",
        title="Change a subnet",
        toolset="ipam",
        args=UpdateSubnet,
        kind=Kind.UPDATE,
        method="PATCH",
        path=SUBNET + "/{subnet_id}",
        envelope="result",
        single=True,
        changes=SUBNET_CHANGES,
        targets=("subnet_id",),
        natural=True,
    ),
    row(
        name="delete_subnet",
        title="Delete a subnet",
        toolset="ipam",
        args=DeleteSubnet,
        kind=Kind.DELETE,
        method="DELETE",
        path=SUBNET + "/{subnet_id}",
        single=True,
        changes=SUBNET_CHANGES,
        targets=("subnet_id",),
        natural=True,
    ),
    row(
        name="list_dns_zones",
        title="List DNS zones",
        toolset="dns",
        args=ListDnsZones,
        path="/api/ddi/v1/dns/{zone_type}_zone",
        reads=("dns_zone",),
        cache="dns_zone",
    ),
    row(
        name="list_dns_records",
        title="List DNS records",
        toolset="dns",
        args=ListDnsRecords,
        path=RECORD,
        reads=("dns_record",),
    ),
    row(
        name="create_a_record",
        title="Create an A record",
        toolset="dns",
        args=CreateARecord,
        kind=Kind.CREATE,
        method="POST",
        path=RECORD,
        envelope="result",
        single=True,
        fixed={"type": "A"},
        implied={"ttl": ("inheritance_sources.ttl.action", "override")},
        changes=("dns_record",),
        targets=("zone", "name", "ip_address"),
        natural=True,
        recovery=Recovery(
            RECORD,
            where={"zone": "zone", "type": "type", "name_in_zone": "name_in_zone"},
            check={"rdata.address": "rdata.address"},
        ),
        marker="tags",
    ),
    row(
        name="delete_dns_record",
        title="Delete a DNS record",
        toolset="dns",
        args=DeleteDnsRecord,
        kind=Kind.DELETE,
        method="DELETE",
        path=RECORD + "/{record_id}",
        single=True,
        changes=("dns_record",),
        targets=("record_id",),
        natural=True,
    ),
)
