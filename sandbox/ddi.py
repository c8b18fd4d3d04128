"""IPAM and DNS: the services under /api/ddi/v1."""

from __future__ import annotations

from sandbox import records, subnets
from sandbox.errors import listed
from sandbox.resource import READ, READ_WRITE, Resource, Service
from sandbox.schema import fields

DDI = Service("/api/ddi/v1", listed, unknown_path=501, wrong_method=501)

PAGE_QUERY = frozenset({"_offset", "_limit", "_page_token", "_is_total_size_needed"})
ORDER_QUERY = frozenset({"_order_by", "_torder_by"})
LIST_QUERY = PAGE_QUERY | ORDER_QUERY | {"_fields", "_filter", "_tfilter", "_inherit"}
ITEM_QUERY = frozenset({"_fields", "_inherit"})
WRITE_QUERY = frozenset({"_inherit"})

STAMPED = """
    id: string readonly
    comment: string size=0..1024
    created_at: datetime readonly
    updated_at: datetime readonly
    tags: object
"""
DYNAMIC_DNS = """
    asm_config: object
    asm_scope_flag: integer readonly
    ddns_client_update: string words=client|server|ignore|over_client_update|over_no_update
    ddns_conflict_resolution_mode: string words=check_with_dhcid|no_check_with_dhcid|\
check_exists_with_dhcid|no_check_without_dhcid
    ddns_domain: string
    ddns_generate_name: boolean
    ddns_generated_prefix: string
    ddns_send_updates: boolean
    ddns_ttl_percent: number
    ddns_update_on_renew: boolean
    ddns_use_conflict_resolution: boolean
    dhcp_config: object
    dhcp_options: objects
    header_option_filename: string
    header_option_server_address: string
    header_option_server_name: string
    hostname_rewrite_char: string
    hostname_rewrite_enabled: boolean
    hostname_rewrite_regex: string
    inheritance_sources: object
"""
NETWORK = """
    address: address required
    cidr: integer size=1..128
    delegation: string readonly
    dhcp_utilization: object readonly
    discovery_attrs: object readonly
    discovery_metadata: object readonly
    external_keys: object
    federated_realms: strings
    inheritance_parent: string
    name: string size=1..256
    parent: string
    protocol: string readonly
    space: string required ref=ipam/ip_space
    threshold: object
    usage: strings readonly
    utilization: object readonly
    utilization_v6: object readonly
"""
IP_SPACE = f"""{STAMPED}{DYNAMIC_DNS}
    compartment_id: string
    default_realms: strings
    dhcp_options_v6: objects
    name: string required size=1..256
    threshold: object readonly
    utilization: object readonly
    utilization_v6: object readonly
    vendor_specific_option_option_space: string
"""
SUBNET = f"""{STAMPED}{DYNAMIC_DNS}{NETWORK}
    compartment_id: string readonly
    config_profiles: strings
    dhcp_host: string
    disable_dhcp: boolean
    inheritance_assigned_hosts: objects readonly
    rebind_time: integer
    renew_time: integer
"""
ZONE = f"""{STAMPED}
    compartment_id: string
    disabled: boolean
    fqdn: string required immutable
    mapped_subnet: string readonly
    mapping: string readonly words=forward|ipv4_reverse|ipv6_reverse
    nsgs: strings
    parent: string
    protocol_fqdn: string readonly
    view: string immutable ref=dns/view
    warnings: objects readonly
"""
AUTH_ZONE = f"""{ZONE}
    external_primaries: objects
    external_providers: objects readonly
    external_secondaries: objects
    gss_tsig_enabled: boolean
    inheritance_assigned_hosts: objects readonly
    inheritance_sources: object
    initial_soa_serial: integer
    internal_secondaries: objects
    notify: boolean
    primary_type: string required immutable words=external|cloud
    query_acl: objects
    transfer_acl: objects
    update_acl: objects
    use_forwarders_for_subzones: boolean
    zone_authority: object
"""
FORWARD_ZONE = f"""{ZONE}
    external_forwarders: objects
    forward_only: boolean
    hosts: strings
    internal_forwarders: strings
"""
VIEW = f"""{STAMPED}
    disabled: boolean
    name: string required size=1..256
    ip_spaces: strings
"""
RECORD = f"""{STAMPED}
    absolute_name_spec: string
    absolute_zone_name: string readonly
    compartment_id: string readonly
    delegation: string readonly
    disabled: boolean
    dns_absolute_name_spec: string readonly
    dns_absolute_zone_name: string readonly
    dns_name_in_zone: string readonly
    dns_rdata: string readonly
    inheritance_sources: object
    ipam_host: string readonly
    name_in_zone: string
    options: object
    protection: object readonly
    provider_metadata: object readonly
    rdata: object required
    source: strings readonly
    subtype: string readonly
    ttl: integer size=0..2147483647
    type: string required immutable
    view: string immutable ref=dns/view
    view_name: string readonly
    zone: string immutable ref=dns/auth_zone
"""


def _read_only(path: str, table: str, unique: tuple[str, ...]) -> Resource:
    return Resource(
        DDI,
        path,
        fields(table),
        prefix=f"{path}/",
        list_query=LIST_QUERY,
        item_query=ITEM_QUERY,
        unique=unique,
    )


RESOURCES = (
    _read_only("ipam/ip_space", IP_SPACE, ("name",)),
    _read_only(
        "ipam/address_block", f"{STAMPED}{DYNAMIC_DNS}{NETWORK}", ("space", "address", "cidr")
    ),
    _read_only("dns/view", VIEW, ("name",)),
    _read_only("dns/auth_zone", AUTH_ZONE, ("view", "fqdn")),
    _read_only("dns/forward_zone", FORWARD_ZONE, ("view", "fqdn")),
    Resource(
        DDI,
        "ipam/subnet",
        fields(SUBNET),
        prefix="ipam/subnet/",
        collection_methods=frozenset({"GET", "POST"}),
        item_methods=READ_WRITE - {"POST"},
        list_query=LIST_QUERY,
        item_query=ITEM_QUERY,
        write_query=WRITE_QUERY,
        delete_query=frozenset({"_options"}),
        unique=("space", "address", "cidr"),
        prepare=subnets.prepare,
        settled=subnets.settled,
        natural=subnets.natural,
    ),
    Resource(
        DDI,
        "dns/record",
        fields(RECORD),
        prefix="dns/record/",
        collection_methods=READ | {"POST"},
        item_methods=READ_WRITE - {"POST"},
        list_query=LIST_QUERY,
        item_query=ITEM_QUERY,
        write_query=WRITE_QUERY,
        unique=("zone", "name_in_zone", "type", "dns_rdata"),
        opaque=frozenset({"rdata"}),
        prepare=records.prepare,
        natural=records.natural,
    ),
)
