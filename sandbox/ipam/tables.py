"""The collections of address management, as rows of facts."""

from __future__ import annotations

from sandbox.ddi_base import RECURSE_QUERY, STAMPED, collection
from sandbox.ipam import addresses, allocation, blocks, copying, hosts, ranges, subnets, views
from sandbox.ipam.names import ADDRESS, BLOCK, FIXED, HOST, LEASE, RANGE, SPACE, SUBNET
from sandbox.resource import Link

GROWING = """
    asm_config: object of=asm_config
    asm_scope_flag: integer readonly
    inheritance_sources: inheritance
"""
DYNAMIC_DNS = """
    ddns_client_update: string words=client|server|ignore|over_client_update|over_no_update \
default=client
    ddns_conflict_resolution_mode: string words=check_with_dhcid|no_check_with_dhcid|\
check_exists_with_dhcid|no_check_without_dhcid default=check_with_dhcid
    ddns_domain: string
    ddns_generate_name: boolean default=false
    ddns_send_updates: boolean default=true
    ddns_ttl_percent: number
    ddns_update_on_renew: boolean default=false
    ddns_use_conflict_resolution: boolean default=true
    dhcp_config: object of=dhcp_config
    dhcp_options: objects of=option_item
    header_option_filename: string
    header_option_server_address: string
    header_option_server_name: string
    hostname_rewrite_enabled: boolean default=false
"""
GENERATED = """
    ddns_generated_prefix: string default=myhost
    hostname_rewrite_char: string default=-
    hostname_rewrite_regex: string default=[^a-zA-Z0-9_.]
    dhcp_options_v6: objects of=option_item
    vendor_specific_option_option_space: string ref=dhcp/option_space
"""
FIGURES = """
    utilization: object readonly
    utilization_v6: object readonly
"""
NETWORK = f"""{STAMPED}{GROWING}{DYNAMIC_DNS}{FIGURES}
    address: address required
    cidr: integer size=1..128
    ddns_generated_prefix: string
    delegation: string readonly
    dhcp_utilization: object readonly
    discovery_attrs: object readonly
    discovery_metadata: object readonly
    external_keys: object
    federated_realms: strings ref=federation/federated_realm
    hostname_rewrite_char: string
    hostname_rewrite_regex: string
    inheritance_parent: string
    name: string size=1..256
    parent: string
    protocol: string readonly
    space: string required ref=ipam/ip_space
    threshold: object of=utilization_threshold
    usage: strings readonly
"""
IP_SPACE = f"""{STAMPED}{GROWING}{DYNAMIC_DNS}{GENERATED}{FIGURES}
    compartment_id: string
    default_realms: strings ref=federation/federated_realm
    name: string required size=1..256
    threshold: object readonly
"""
ADDRESS_BLOCK = f"""{NETWORK}
    compartment_id: string
"""
SUBNETS = f"""{NETWORK}
    compartment_id: string readonly
    config_profiles: strings ref=dhcp/server
    dhcp_host: string ref=dhcp/host|dhcp/ha_group
    disable_dhcp: boolean default=false
    inheritance_assigned_hosts: objects readonly
    rebind_time: integer
    renew_time: integer
"""
RANGES = f"""{STAMPED}{FIGURES}
    compartment_id: string readonly
    dhcp_host: string ref=dhcp/host|dhcp/ha_group
    dhcp_options: objects of=option_item
    disable_dhcp: boolean default=false
    end: address required
    exclusion_ranges: objects of=exclusion_range
    filters: objects of=access_filter
    inheritance_assigned_hosts: objects readonly
    inheritance_parent: string
    inheritance_sources: inheritance
    name: string size=1..256
    parent: string
    protocol: string readonly
    space: string required ref=ipam/ip_space
    space_name: string readonly
    start: address required
    threshold: object of=utilization_threshold
"""
ADDRESSES = f"""{STAMPED}
    address: address required
    compartment_id: string readonly
    dhcp_info: object readonly
    disable_dhcp: boolean readonly
    discovery_attrs: object readonly
    discovery_metadata: object readonly
    external_keys: object
    host: string ref=ipam/host
    hwaddr: string
    interface: string
    names: objects of=name
    parent: string
    protocol: string readonly
    range: string ref=ipam/range
    space: string required ref=ipam/ip_space
    state: string readonly
    usage: strings readonly
"""
HOSTS = f"""{STAMPED}
    addresses: objects of=host_address
    auto_generate_records: boolean
    host_names: objects of=host_name
    name: string required size=1..256
"""
DNS_USAGE = """
    id: string readonly
    absolute_name: string readonly
    address: address readonly
    dns_rdata: string readonly
    name: string readonly
    record: string
    space: string
    type: string readonly
    view: string
    zone: string
"""
TREE = """
    id: string readonly
    label: string readonly
    type: string readonly
    utilization: object readonly
    dhcp_info: object readonly
"""
ASM = """
    id: string readonly
    back_end: string readonly
    back_start: string readonly
    both_end: string readonly
    both_start: string readonly
    front_end: string readonly
    front_start: string readonly
    growth: integer readonly
    lookahead: integer readonly
    range_end: string
    range_id: string ref=ipam/range
    range_start: string
    subnet_address: string readonly
    subnet_cidr: integer readonly
    subnet_direction: string readonly
    subnet_id: string required ref=ipam/subnet
    subnet_range: string
    subnet_range_end: string readonly
    subnet_range_start: string readonly
    suppress: string words=no|time|permanent default=no
    suppress_time: integer
    threshold_utilization: integer readonly
    update: string words=range|subnet|none
    utilization: integer readonly
"""

RESOURCES = (
    collection(
        SPACE,
        IP_SPACE,
        inherit=True,
        unique=("name",),
        indexed=("name",),
        delete_query=RECURSE_QUERY,
        bin=True,
        links=(
            Link(BLOCK, "space"),
            Link(SUBNET, "space"),
            Link(RANGE, "space"),
            Link(FIXED, "ip_space"),
            Link(ADDRESS, "space"),
        ),
        prepare=blocks.prepare_space,
    ),
    collection(
        BLOCK,
        ADDRESS_BLOCK,
        inherit=True,
        unique=("space", "address", "cidr"),
        indexed=("space", "parent", "name", "address"),
        delete_query=RECURSE_QUERY,
        bin=True,
        links=(
            Link(BLOCK, "parent", "lift"),
            Link(SUBNET, "parent", "lift"),
            Link(ADDRESS, "parent", "lift"),
        ),
        prepare=blocks.prepare,
        settled=blocks.settled,
    ),
    collection(
        SUBNET,
        SUBNETS,
        inherit=True,
        unique=("space", "address", "cidr"),
        indexed=("space", "parent", "name", "address", "dhcp_host", "config_profiles"),
        delete_query=RECURSE_QUERY,
        bin=True,
        links=(
            Link(RANGE, "parent", "lift"),
            Link(FIXED, "parent", "lift"),
            Link(ADDRESS, "parent", "lift"),
            Link(LEASE, "subnet", "along"),
        ),
        prepare=subnets.prepare,
        settled=subnets.settled,
    ),
    collection(
        RANGE,
        RANGES,
        inherit=True,
        unique=("space", "start", "end"),
        indexed=("space", "parent", "name", "dhcp_host"),
        bin=True,
        links=(Link(ADDRESS, "range", "lift"), Link(LEASE, "range", "along")),
        prepare=ranges.prepare,
        settled=ranges.settled,
    ),
    collection(
        ADDRESS,
        ADDRESSES,
        unique=("space", "address"),
        indexed=("space", "parent", "range", "host", "address"),
        bin=True,
        also_listed_by=frozenset({"scope", "address_state"}),
        deletable=addresses.refuse_used,
        prepare=addresses.prepare,
        settled=addresses.settled,
    ),
    collection(
        HOST,
        HOSTS,
        unique=("name",),
        indexed=("name",),
        bin=True,
        also_read_by=frozenset({"_order_by"}),
        prepare=hosts.prepare,
        settled=hosts.settled,
    ),
    collection("ipam/dns_usage", DNS_USAGE, serves="list", source=views.dns_usage),
    collection("ipam/htree", TREE, serves="list", also_listed_by=views.TREE_QUERY),
    collection("ipam/asm", ASM, serves="", source=views.suggestions),
)
OPERATIONS = {**allocation.OPERATIONS, **copying.OPERATIONS, **views.OPERATIONS}
