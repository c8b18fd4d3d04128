"""The catalog: every tool, one row each, grouped by area."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from shared.catalog import Operation
from shared.operations import (
    dhcp_filters,
    dhcp_leases,
    dhcp_options,
    dhcp_servers,
    dns_names,
    dns_records,
    dns_servers,
    dns_views,
    dns_zones,
    federation,
    insights,
    ipam_addresses,
    ipam_blocks,
    ipam_ranges,
    ipam_spaces,
    ipam_subnets,
    ipam_tools,
    keys,
    niosxaas,
    security_access,
    security_cloud,
    security_filters,
    security_lists,
    security_networks,
    security_policies,
    td_insights,
    vpn_objects,
    vpn_reads,
    workflows,
)
from shared.operations.bulk import bulk_of


def by_name(rows: Iterable[Operation]) -> Mapping[str, Operation]:
    """Return the rows by name; a name used twice is an error."""
    found: dict[str, Operation] = {}
    for row in rows:
        if row.name in found:
            raise ValueError(f"two rows are called {row.name}")
        found[row.name] = row
    return MappingProxyType(found)


_ROWS = tuple(
    row
    for area in (
        ipam_spaces,
        ipam_blocks,
        ipam_subnets,
        ipam_ranges,
        ipam_addresses,
        ipam_tools,
        dns_views,
        dns_zones,
        dns_records,
        dns_servers,
        dns_names,
        keys,
        dhcp_leases,
        dhcp_servers,
        dhcp_options,
        dhcp_filters,
        federation,
        niosxaas,
        vpn_objects,
        vpn_reads,
        security_policies,
        security_lists,
        security_filters,
        security_access,
        security_networks,
        security_cloud,
        insights,
        td_insights,
        workflows,
    )
    for row in area.OPERATIONS
)
CATALOG: Mapping[str, Operation] = by_name((*_ROWS, bulk_of(_ROWS)))

ALL = "all"
# What a host is shown unless it asks for more.
USUAL = frozenset(
    {
        "list_ip_spaces",
        "list_address_blocks",
        "list_subnets",
        "get_subnet",
        "create_subnet",
        "update_subnet",
        "delete_subnet",
        "list_ip_addresses",
        "create_ip_address",
        "list_dns_zones",
        "list_dns_records",
        "create_a_record",
        "update_dns_record",
        "delete_dns_record",
        "list_dhcp_leases",
        "reserve_fixed_address",
        "list_universal_services",
        "configure_vpn_infrastructure",
        "get_vpn_endpoint_cnames",
        "delete_vpn_service",
        "create_vpn_credential",
        "list_security_policies",
        "list_threat_named_lists",
        "update_named_list_items",
        "list_security_insights",
        "get_security_insight_details",
        "update_security_insight_status",
        "bulk_call",
    }
)


def listed(catalog: Mapping[str, Operation], toolsets: Collection[str]) -> list[Operation]:
    """Return the rows that hosts are shown: those of the toolsets, or the usual ones."""
    if not toolsets:
        return [row for row in catalog.values() if row.name in USUAL]
    return [row for row in catalog.values() if ALL in toolsets or row.toolset in toolsets]
