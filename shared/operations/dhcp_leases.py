"""Leases and fixed addresses."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Body, Kind, Rare, WriteArgs
from shared.operations.arguments import Comment, Name, Tags, equal_to, maybe
from shared.operations.dhcp_fields import BootFields, Inherited, Options
from shared.operations.ids import RangeId, SpaceId, SubnetId
from shared.operations.networks import Address, NextAddress
from shared.operations.resource import DDI, Resource

FIXED = Resource(
    kind="dhcp/fixed_address",
    called="a fixed address",
    plural="fixed addresses",
    toolset="dhcp",
    id_name="address_id",
    nouns="fixed_addresses",
    also=("address", "subnet", "range"),
    inherits=True,
)
LEASE = Resource(
    kind="dhcp/lease",
    called="a DHCP lease",
    toolset="dhcp",
    noun="dhcp_lease",
    also=("address", "dns_record"),
    tagged=False,
    confirmed=False,
)
COMMAND = Resource(
    kind="dhcp/leases_command",
    called="a lease command",
    toolset="dhcp",
    collection="dhcp_lease",
    also=("address", "dns_record"),
)
MatchType = Literal["mac", "client_text", "client_hex", "relay_text", "relay_hex", "duid"]


class FixedFields(BootFields):
    """What can be said of a fixed address."""

    rare: ClassVar[Rare] = frozenset({"dhcp_options", "inheritance_sources"})
    name: Name = None
    comment: Comment = None
    hostname: str | None = maybe(max_length=256)
    match_type: MatchType | None = maybe("How the client is known")
    match_value: str | None = maybe("Such as its MAC address", min_length=1, max_length=256)
    dhcp_options: Options = None
    disable_dhcp: bool | None = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class MovableFixed(FixedFields):
    """A fixed address that may become another one."""

    address: Address | None = None


class ReserveFixedAddress(FixedFields):
    """Reserve an address for one DHCP client: a given one, or the next free one of a subnet or
    range. Without DHCP use create_ip_address."""

    address: NextAddress
    space: Annotated[SpaceId, Body("ip_space")]
    match_type: MatchType
    match_value: Annotated[str, Field(min_length=1, max_length=256)]


class LeaseAddress(Args):
    """An address and the IP space it is in."""

    address: Address
    space: SpaceId


class LeaseRange(Args):
    """A range."""

    id: RangeId


class LeaseSubnet(Args):
    """A subnet."""

    id: SubnetId


class SendDhcpLeaseCommand(WriteArgs):
    """Clear leases, or send their DNS updates again: of addresses, or of one range or subnet. The
    DHCP hosts carry it out after the answer."""

    command: Literal["clear", "resend-ddns"]
    address: Annotated[list[LeaseAddress] | None, Field(min_length=1, max_length=1000)] = None
    range: Annotated[list[LeaseRange] | None, Field(min_length=1, max_length=1)] = None
    subnet: Annotated[list[LeaseSubnet] | None, Field(min_length=1, max_length=1)] = None

    @model_validator(mode="after")
    def has_one_aim(self) -> Self:
        """Refuse a command for nothing, or for several things."""
        if sum(aim is not None for aim in (self.address, self.range, self.subnet)) != 1:
            raise ValueError("give one of address, range and subnet")
        return self


OPERATIONS = (
    LEASE.listed(
        "List DHCP leases: a copy that the hosts renew from time to time, without history. Fixed "
        "addresses have none: use list_fixed_addresses.",
        address_filter=equal_to("address"),
        mac_filter=equal_to("hardware", description="MAC address"),
        space_filter=equal_to("space", SpaceId),
    ),
    COMMAND.row(
        "send_dhcp_lease_command",
        "Send a lease command",
        SendDhcpLeaseCommand.__doc__ or "",
        base=SendDhcpLeaseCommand,
        kind=Kind.UPDATE,
        method="POST",
        path=f"{DDI}/dhcp/leases_command",
        envelope="",
        targets=("address", "range", "subnet"),
    ),
    FIXED.listed(
        "",
        address_filter=equal_to("address"),
        space_filter=equal_to("ip_space", SpaceId),
        match_filter=equal_to("match_value", description="Such as a MAC address"),
    ),
    FIXED.read(),
    FIXED.created(
        ReserveFixedAddress,
        key=("space", "address"),
        name="reserve_fixed_address",
        title="Reserve a fixed address",
        allocates="address",
    ),
    FIXED.changed("", MovableFixed),
    FIXED.deleted("Give up a fixed address."),
)
