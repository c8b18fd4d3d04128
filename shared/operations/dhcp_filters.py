"""DHCP filters: which clients get what, by hardware address or by the options they send."""

from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import Args, Body, Kind, WriteArgs
from shared.operations.arguments import (
    Comment,
    Name,
    NameNeeded,
    Tags,
    equal_to,
    maybe,
    part_of,
)
from shared.operations.dhcp_fields import OptionFields, Protocol
from shared.operations.ids import HardwareFilterId, OptionCodeId
from shared.operations.resource import Resource

BOTH = Resource(kind="dhcp/filter", called="a DHCP filter", toolset="dhcp", noun="dhcp_filter")
HARDWARE = Resource(
    kind="dhcp/hardware_filter",
    called="a hardware filter",
    toolset="dhcp",
    id_name="filter_id",
    collection="dhcp_filter",
    also=("mac_address_item",),
)
OPTION = Resource(
    kind="dhcp/option_filter",
    called="an option filter",
    toolset="dhcp",
    id_name="filter_id",
    collection="dhcp_filter",
)
MAC = Resource(
    kind="dhcp/mac_address_item",
    called="a MAC address of a filter",
    plural="MAC addresses of filters",
    toolset="dhcp",
    also=("dhcp_filter",),
    tagged=False,
    binned=False,
)
UNCONFIRMED = Resource(
    kind="dhcp/hardware",
    called="a hardware address",
    plural="hardware addresses",
    toolset="dhcp",
    id_name="hardware_id",
    nouns="hardware",
    tagged=False,
    binned=False,
    confirmed=False,
)
MacAddress = Annotated[
    str, Field(pattern=r"^[0-9A-Fa-f]{2}([:.-]?[0-9A-Fa-f]{2}){5,19}$", description="MAC address")
]
MacAddresses = Annotated[list[MacAddress], Field(min_length=1, max_length=10_000)]
Role = Literal["values", "selection"]


class HardwareFields(OptionFields):
    """What can be said of a hardware filter."""

    name: Name = None
    comment: Comment = None
    addresses: Annotated[list[MacAddress] | None, Field(max_length=10_000)] = None
    role: Role | None = None
    tags: Tags = None


class CreateHardwareFilter(HardwareFields):
    """Create a hardware filter: clients by MAC address, and what they get. Very long lists are
    better added with bulk_create_mac_address_items."""

    name: NameNeeded


class OptionRule(Args):
    """A test of an option that a client sends."""

    option_code: OptionCodeId
    compare: Literal[
        "equals",
        "not_equals",
        "exists",
        "not_exists",
        "text_substring",
        "not_text_substring",
        "hex_substring",
        "not_hex_substring",
    ]
    option_value: Annotated[str | None, Field(max_length=1000)] = None
    substring_offset: int | None = maybe(ge=0)


class OptionRules(Args):
    """Tests of which any or all must hold."""

    match: Literal["any", "all"] = "any"
    rules: Annotated[list[OptionRule], Field(min_length=1, max_length=500)]


class OptionFilterFields(OptionFields):
    """What can be said of an option filter."""

    name: Name = None
    comment: Comment = None
    protocol: Protocol | None = None
    role: Role | None = None
    rules: OptionRules | None = None
    tags: Tags = None


class CreateOptionFilter(OptionFilterFields):
    """Create an option filter: clients by the options they send, and what they get."""

    name: NameNeeded
    rules: OptionRules


class MacFields(WriteArgs):
    """What can be said of a MAC address of a filter."""

    address: MacAddress | None = None
    hardware_filter_id: HardwareFilterId | None = None


class CreateMacAddressItem(MacFields):
    """Add one MAC address to a hardware filter."""

    address: MacAddress
    hardware_filter_id: HardwareFilterId


class BulkCreateMacAddressItems(WriteArgs):
    """Add many MAC addresses to a hardware filter."""

    addresses: MacAddresses
    hardware_filter_id: HardwareFilterId


class UploadMacAddressItems(WriteArgs):
    """Add the MAC addresses of a text, one in each line, to a hardware filter. It goes on after the
    answer."""

    content: Annotated[str, Field(min_length=1, description="Base64 or lines")]
    hardware_filter_id: HardwareFilterId
    append: bool | None = maybe("Unset or true: keep those that are there")


class HardwareNote(WriteArgs):
    """What can be said of a hardware address."""

    comment: Comment = None


class CreateHardware(HardwareNote):
    """Register a hardware address. Fixed addresses and hardware filters are the confirmed ways."""

    mac_address: Annotated[str, Body("address"), Field(max_length=100)]
    name: Name = None


OPERATIONS = (
    BOTH.listed("List hardware and option filters together.", name_filter=part_of("name")),
    HARDWARE.listed("", name_filter=part_of("name")),
    HARDWARE.read(),
    HARDWARE.created(CreateHardwareFilter, key=("name",)),
    HARDWARE.changed("", HardwareFields),
    HARDWARE.deleted(),
    OPTION.listed("", name_filter=part_of("name")),
    OPTION.read(),
    OPTION.created(CreateOptionFilter, key=("name",)),
    OPTION.changed("", OptionFilterFields),
    OPTION.deleted(),
    MAC.listed("", in_filter=equal_to("hardware_filter_id", HardwareFilterId)),
    MAC.read(),
    MAC.created(CreateMacAddressItem, key=("hardware_filter_id", "address")),
    MAC.changed("", MacFields),
    MAC.deleted("Take a MAC address from its filter."),
    MAC.row(
        "bulk_create_mac_address_items",
        "Add many MAC addresses",
        BulkCreateMacAddressItems.__doc__ or "",
        base=BulkCreateMacAddressItems,
        kind=Kind.CREATE,
        method="POST",
        path=f"{MAC.path}/bulk_create",
        envelope="results",
        single=False,
        targets=("hardware_filter_id",),
        look="list_mac_address_items",
    ),
    MAC.row(
        "upload_mac_address_items",
        "Upload MAC addresses",
        UploadMacAddressItems.__doc__ or "",
        base=UploadMacAddressItems,
        kind=Kind.ACTION,
        method="POST",
        path=f"{MAC.path}/upload",
        envelope="",
        targets=("hardware_filter_id",),
        look="list_mac_address_items",
    ),
    UNCONFIRMED.listed(),
    UNCONFIRMED.read(),
    UNCONFIRMED.created(CreateHardware, key=("mac_address",)),
    UNCONFIRMED.changed("", HardwareNote),
    UNCONFIRMED.deleted(),
)
