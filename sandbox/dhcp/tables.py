"""The DHCP collections, as rows of facts."""

from __future__ import annotations

from sandbox.ddi_base import STAMPED, STAMPS, collection, singleton, unless_named_in
from sandbox.dhcp import fixed, leases, macs, options, servers
from sandbox.dhcp.options import (
    HARDWARE_FILTER,
    MAC_ITEM,
    OPTION_CODE,
    OPTION_FILTER,
    OPTION_GROUP,
    OPTION_SPACE,
)
from sandbox.dhcp.servers import DHCP_HOST, HA_GROUP, SERVER, SERVICE
from sandbox.ipam.names import FIXED, LEASE, RANGE, SPACE, SUBNET
from sandbox.ipam.tables import DYNAMIC_DNS, GENERATED
from sandbox.resource import Link

NAMED = f"{STAMPED}\nname: string required size=1..256"
HEADERS = """
    dhcp_options: objects of=option_item
    header_option_filename: string
    header_option_server_address: string
    header_option_server_name: string
"""
KERBEROS = """
    client_principal: string
    ddns_enabled: boolean default=false
    ddns_zones: objects of=ddns_zone
    gss_tsig_fallback: boolean default=false
    kerberos_kdc: string
    kerberos_keys: objects of=kerberos_key
    kerberos_rekey_interval: integer default=120
    kerberos_retry_interval: integer default=30
    kerberos_tkey_lifetime: integer default=160
    kerberos_tkey_protocol: string default=tcp
    server_principal: string
"""
SERVERS = f"""{NAMED}{DYNAMIC_DNS}{GENERATED}{KERBEROS}
    inheritance_sources: inheritance
    profile_type: string words=server|subnet default=server
"""
GLOBAL = f"""{DYNAMIC_DNS}{GENERATED}{KERBEROS}
    id: string readonly
    asm_config: object of=asm_config
    dhcp_threshold: object of=utilization_threshold
    prefer_option_12: boolean default=false
    remove_suffix_option_81: boolean default=false
"""
FIXED_ADDRESSES = f"""{STAMPED}{HEADERS}
    address: address required
    compartment_id: string readonly
    disable_dhcp: boolean default=false
    hostname: string
    inheritance_assigned_hosts: objects readonly
    inheritance_parent: string
    inheritance_sources: inheritance
    ip_space: string required ref=ipam/ip_space
    match_type: string required words=mac|client_text|client_hex|relay_text|relay_hex|duid
    match_value: string required
    name: string size=1..256
    parent: string
"""
HOSTS = """
    id: string readonly
    address: string readonly
    anycast_addresses: strings readonly
    associated_server: object of=host_associated_server
    comment: string readonly
    current_version: string readonly
    ip_space: string ref=ipam/ip_space
    name: string readonly
    ophid: string readonly
    provider_id: string readonly
    server: string ref=dhcp/server
    tags: object
    type: string readonly
"""
HA_GROUPS = f"""{NAMED}
    anycast_config_id: string
    hosts: objects required of=ha_group_host
    ip_space: string ref=ipam/ip_space
    mode: string required words=active-active|active-passive|advanced-active-passive
    status: string
    status_v6: string
"""
FILTER = f"""{NAMED}{HEADERS}
    lease_time: integer
    role: string words=values|selection default=values
    vendor_specific_option_option_space: string ref=dhcp/option_space
"""
HARDWARE_FILTERS = f"{FILTER}\naddresses: strings"
OPTION_FILTERS = f"""{FILTER}
    protocol: string words=ip4|ip6
    rules: object required of=option_filter_rule_list
"""
FILTERS = """
    id: string readonly
    comment: string readonly
    name: string readonly
    protocol: string readonly
    role: string words=values|selection
    tags: object
    type: string readonly
"""
MAC_ITEMS = """
    id: string readonly
    address: string required
    hardware_filter_id: string required immutable ref=dhcp/hardware_filter
"""
OPTION_CODES = f"""{STAMPS}
    id: string readonly
    comment: string size=0..1024
    array: boolean
    code: integer required
    name: string required size=1..256
    option_space: string required immutable ref=dhcp/option_space
    source: string readonly
    type: string required words=address4|address6|boolean|empty|fqdn|int8|int16|int32|text|\
uint8|uint16|uint32
"""
OPTION_GROUPS = f"""{NAMED}
    dhcp_options: objects of=option_item
    protocol: string required words=ip4|ip6
"""
OPTION_SPACES = f"""{NAMED}
    protocol: string required words=ip4|ip6
"""
SERVICES = """
    id: string readonly
    associated_hosts: objects of=associated_host
    associated_server: object of=host_associated_server
    comment: string readonly
    ip_space: string
    name: string readonly
    tags: object
"""
LEASES = """
    address: address readonly
    client_id: string readonly
    ends: datetime readonly
    fingerprint: string readonly
    ha_group: string readonly
    hardware: string readonly
    host: string readonly
    hostname: string readonly
    last_updated: datetime readonly
    options: string readonly
    space: string readonly
    starts: datetime readonly
    state: string readonly
"""
HOLDERS_OF_OPTIONS = (
    *(OPTION_GROUP, OPTION_FILTER, HARDWARE_FILTER, SPACE, "ipam/address_block", SUBNET),
    *(RANGE, FIXED, SERVER, "dhcp/global"),
)

RESOURCES = (
    collection(
        FIXED,
        FIXED_ADDRESSES,
        inherit=True,
        unique=("ip_space", "address"),
        indexed=("ip_space", "parent", "match_value", "address", "name"),
        bin=True,
        prepare=fixed.prepare,
        settled=fixed.settled,
    ),
    collection(
        DHCP_HOST,
        HOSTS,
        serves="list get update",
        indexed=("server",),
        prepare=servers.prepare_host,
    ),
    collection(
        HA_GROUP,
        HA_GROUPS,
        unique=("name",),
        links=(Link(SUBNET, "dhcp_host"), Link(RANGE, "dhcp_host")),
        prepare=servers.prepare_group,
    ),
    collection(
        HARDWARE_FILTER,
        HARDWARE_FILTERS,
        unique=("name",),
        bin=True,
        links=(Link(MAC_ITEM, "hardware_filter_id", "along"),),
        deletable=unless_named_in(RANGE, SUBNET, SPACE, "ipam/address_block", SERVER),
        prepare=options.prepare_hardware,
    ),
    collection(
        MAC_ITEM,
        MAC_ITEMS,
        unique=("hardware_filter_id", "address"),
        indexed=("hardware_filter_id", "address"),
        prepare=options.prepare_item,
    ),
    collection(
        OPTION_CODE,
        OPTION_CODES,
        unique=("option_space", "code", "name"),
        indexed=("option_space", "name"),
        deletable=macs.both(options.refuse_standard, unless_named_in(*HOLDERS_OF_OPTIONS)),
        prepare=options.prepare_code,
    ),
    collection(
        OPTION_FILTER,
        OPTION_FILTERS,
        unique=("name",),
        bin=True,
        deletable=unless_named_in(RANGE, SUBNET, SPACE, "ipam/address_block", SERVER),
        prepare=options.prepare_filter,
    ),
    collection(
        OPTION_GROUP,
        OPTION_GROUPS,
        unique=("name",),
        bin=True,
        deletable=unless_named_in(*HOLDERS_OF_OPTIONS),
    ),
    collection(
        OPTION_SPACE,
        OPTION_SPACES,
        unique=("name",),
        bin=True,
        links=(Link(OPTION_CODE, "option_space"),),
    ),
    collection(
        SERVER,
        SERVERS,
        inherit=True,
        unique=("name",),
        bin=True,
        links=(Link(DHCP_HOST, "server"), Link(SUBNET, "config_profiles")),
    ),
    collection(
        LEASE,
        LEASES,
        serves="list",
        indexed=("address", "subnet", "range", "space", "hardware"),
        omitted_in_lists=frozenset({"id", "subnet", "range"}),
        settled=leases.settled,
    ),
    collection("dhcp/filter", FILTERS, serves="list", source=options.filters),
    collection(SERVICE, SERVICES, serves="list", source=servers.services),
    collection("dhcp/global", GLOBAL, serves="get update"),
)
OPERATIONS = {
    **leases.OPERATIONS,
    **macs.OPERATIONS,
    **servers.OPERATIONS,
    **singleton("dhcp/global"),
}
