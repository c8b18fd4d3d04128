"""Groups of fields that spaces, address blocks, subnets, ranges and DHCP objects share."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from shared.catalog import Args, Rare, WriteArgs
from shared.operations.arguments import Comment, maybe
from shared.operations.ids import (
    FilterId,
    HardwareFilterId,
    OptionCodeId,
    OptionFilterId,
    OptionGroupId,
    OptionSpaceId,
)
from shared.operations.networks import Address

Percent = Annotated[int, Field(ge=0, le=100)]
Inherited = Annotated[
    dict[str, Any] | None,
    Field(
        max_length=100,
        description='By field: {"action": "override"} to use the value given here, or "inherit"',
    ),
]
Protocol = Literal["ip4", "ip6"]


class OptionItem(Args):
    """A DHCP option with its value, or a group of options."""

    type: Literal["option", "group"] = "option"
    option_code: OptionCodeId | None = None
    option_value: Annotated[str | None, Field(max_length=4000)] = None
    group: OptionGroupId | None = None


Options = Annotated[list[OptionItem] | None, Field(max_length=500)]


class IgnoreItem(Args):
    """A client that gets no lease."""

    type: Literal["client_hex", "client_text", "hardware"]
    value: Annotated[str, Field(max_length=500)]


class DhcpConfig(Args):
    """Leases: times in seconds."""

    abandoned_reclaim_time: int | None = maybe(ge=0)
    abandoned_reclaim_time_v6: int | None = maybe(ge=0)
    allow_unknown: bool | None = None
    allow_unknown_v6: bool | None = None
    authoritative_dhcp: bool | None = None
    echo_client_id: bool | None = None
    filters: list[FilterId] | None = None
    filters_large_selection: list[FilterId] | None = None
    filters_v6: list[FilterId] | None = None
    ignore_client_uid: bool | None = None
    ignore_list: list[IgnoreItem] | None = None
    lease_time: int | None = maybe(ge=0)
    lease_time_v6: int | None = maybe(ge=0)


class AsmConfig(Args):
    """When to warn that a network fills up: thresholds in percent, times in days."""

    asm_threshold: Percent | None = None
    enable: bool | None = None
    enable_notification: bool | None = None
    forecast_period: int | None = maybe(ge=0)
    growth_factor: int | None = maybe(ge=0)
    growth_type: Literal["percent", "count"] | None = None
    history: int | None = maybe(ge=0)
    min_total: int | None = maybe(ge=0)
    min_unused: int | None = maybe(ge=0)
    reenable_date: datetime | None = None


class Threshold(Args):
    """When utilization is reported, in percent."""

    enabled: bool
    low: Percent
    high: Percent


class AccessFilter(Args):
    """Whether a filter lets clients in."""

    access: Literal["allow", "deny"]
    hardware_filter_id: HardwareFilterId | None = None
    option_filter_id: OptionFilterId | None = None


class ExclusionRange(Args):
    """Addresses that are not handed out."""

    start: Address
    end: Address
    comment: Comment = None


class BootFields(WriteArgs):
    """What a client boots from."""

    rare: ClassVar[Rare] = "all"
    header_option_filename: str | None = maybe("Boot file", max_length=500)
    header_option_server_address: str | None = maybe("Boot server", max_length=256)
    header_option_server_name: str | None = maybe(max_length=256)


class DdnsFields(WriteArgs):
    """How DHCP keeps DNS up to date."""

    rare: ClassVar[Rare] = "all"
    ddns_client_update: (
        Literal["client", "server", "ignore", "over_client_update", "over_no_update"] | None
    ) = maybe("Who updates DNS")
    ddns_conflict_resolution_mode: (
        Literal[
            "check_with_dhcid",
            "no_check_with_dhcid",
            "check_exists_with_dhcid",
            "no_check_without_dhcid",
        ]
        | None
    ) = None
    ddns_domain: str | None = maybe(max_length=256)
    ddns_generate_name: bool | None = None
    ddns_generated_prefix: str | None = maybe(max_length=256)
    ddns_send_updates: bool | None = None
    ddns_ttl_percent: float | None = maybe("Of the lease time", ge=0, le=100)
    ddns_update_on_renew: bool | None = None
    ddns_use_conflict_resolution: bool | None = None
    hostname_rewrite_enabled: bool | None = None
    hostname_rewrite_char: str | None = maybe("Stands for what may not be in a name", max_length=8)
    hostname_rewrite_regex: str | None = maybe("What may not be in a name", max_length=256)


class NetworkFields(DdnsFields, BootFields):
    """What spaces, address blocks and subnets have in common."""

    rare: ClassVar[Rare] = "all"
    dhcp_config: DhcpConfig | None = None
    dhcp_options: Options = None
    asm_config: AsmConfig | None = None
    inheritance_sources: Inherited = None


class VendorOptionFields(WriteArgs):
    """Where vendor options come from."""

    rare: ClassVar[Rare] = "all"
    vendor_specific_option_option_space: OptionSpaceId | None = None


class OptionFields(BootFields, VendorOptionFields):
    """What a filter hands to the clients that match it."""

    dhcp_options: Options = None
    lease_time: int | None = maybe("Seconds", ge=0)


class CopyArgs(WriteArgs):
    """What every copy takes."""

    comment: Comment = None
    copy_dhcp_options: bool | None = None
    skip_on_error: bool | None = maybe("Copy the rest when one part fails")
