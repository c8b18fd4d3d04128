"""Addresses in use, and IPAM hosts: names with their addresses."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Body, Query, Rare, WriteArgs
from shared.operations.arguments import (
    Comment,
    Name,
    NameNeeded,
    Sayable,
    Tags,
    equal_to,
    maybe,
    part_of,
)
from shared.operations.ids import IpamHostId, RangeId, SpaceId, ZoneId
from shared.operations.networks import NextAddress
from shared.operations.resource import Resource

# An address shows its host, its names and its lease.
ADDRESS = Resource(
    kind="ipam/address",
    called="an IP address",
    plural="IP addresses",
    toolset="ipam",
    noun="ip_address",
    nouns="ip_addresses",
    collection="address",
    also=("subnet", "range"),
)
# With auto_generate_records a host makes DNS records.
HOST = Resource(
    kind="ipam/host",
    called="an IPAM host",
    toolset="ipam",
    id_name="host_id",
    noun="ipam_host",
    also=("address", "dns_record", "dns_usage", "subnet"),
)


class NameOfAddress(Args):
    """A name and what it is for."""

    name: NameNeeded
    type: Annotated[str, Field(max_length=50)]


class AddressFields(WriteArgs):
    """What can be said of an address."""

    rare: ClassVar[Rare] = frozenset({"external_keys", "interface"})
    comment: Comment = None
    hwaddr: str | None = maybe("MAC address", max_length=100)
    interface: str | None = maybe(max_length=256)
    names: list[NameOfAddress] | None = maybe(max_length=100)
    host: IpamHostId | None = None
    range: RangeId | None = None
    external_keys: dict[str, str] | None = None
    tags: Tags = None


class CreateIpAddress(AddressFields):
    """Reserve an IP address, or take and reserve the next free one of a subnet, range or address
    block in the same call. For a DHCP client use reserve_fixed_address."""

    address: NextAddress
    space: SpaceId


class HostAddress(Args):
    """An address and its space, or ref: an address id or <subnet or range id>/nextavailableip."""

    address: NextAddress | None = None
    space: SpaceId | None = None
    ref: Annotated[str | None, Field(max_length=200)] = None


class HostName(Args):
    """A name in a zone; one of them is the primary."""

    name: NameNeeded
    zone: ZoneId
    alias: bool | None = None
    primary_name: bool | None = None


class HostFields(WriteArgs):
    """What can be said of an IPAM host."""

    name: Name = None
    comment: Comment = None
    addresses: list[HostAddress] | None = maybe("All of them", max_length=1000)
    auto_generate_records: bool | None = maybe("Make DNS records; needs host_names")
    host_names: list[HostName] | None = maybe(max_length=100)
    tags: Tags = None

    @model_validator(mode="after")
    def records_have_names(self) -> Self:
        """Refuse records that would have no name."""
        if self.auto_generate_records and not self.host_names:
            raise ValueError("host_names: auto_generate_records needs at least one")
        return self


class CreateIpamHost(HostFields):
    """Create an IPAM host: a name with one address (ip_address and space_id) or several
    (addresses). DNS records are made where auto_generate_records and host_names are given."""

    name: NameNeeded
    ip_address: Annotated[NextAddress | None, Body("addresses.0.address")] = None
    space_id: Annotated[SpaceId | None, Body("addresses.0.space")] = None

    @model_validator(mode="after")
    def has_one_kind_of_addresses(self) -> Self:
        """Refuse half an address, and two ways at once."""
        if (self.ip_address is None) != (self.space_id is None):
            raise ValueError("ip_address and space_id belong together")
        if self.ip_address is not None and self.addresses:
            raise ValueError("give ip_address and space_id, or addresses")
        return self


OPERATIONS = (
    ADDRESS.listed(
        "List IP addresses in use. For those of a subnet filter parent==its id; for free ones give "
        "scope (the id of a subnet, range or block) and address_state=free. For DHCP clients use "
        "list_dhcp_leases.",
        address_filter=equal_to("address"),
        state_filter=equal_to("state", Sayable, "used", pattern="^(used|free)$"),
        scope=(Annotated[Sayable | None, Query("scope"), Field(max_length=200)], None),
        address_state=(
            Annotated[str | None, Query("address_state"), Field(pattern="^(used|free)$")],
            None,
        ),
    ),
    ADDRESS.read(),
    ADDRESS.created(CreateIpAddress, key=("space", "address"), allocates="address"),
    ADDRESS.changed("", AddressFields),
    ADDRESS.deleted("Free an IP address."),
    HOST.listed("", name_filter=part_of("name")),
    HOST.read(),
    HOST.created(CreateIpamHost, key=("name",), allocates="addresses"),
    HOST.changed(
        "Change an IPAM host. Addresses and host names replace all that it has.", HostFields
    ),
    HOST.deleted("Delete an IPAM host with the DNS records made for it."),
)
