"""The fields of the DNS collections."""

from __future__ import annotations

from sandbox.ddi_base import STAMPED, STAMPS

NAMED = """
    id: string readonly
    comment: string
    name: string required size=1..256
    tags: object
"""
RESOLVING = """
    add_edns_option_in_outgoing_query: boolean default=false
    custom_root_ns: objects of=root_ns
    custom_root_ns_enabled: boolean default=false
    dnssec_enable_validation: boolean default=true
    dnssec_enabled: boolean default=true
    dnssec_root_keys: objects readonly
    dnssec_trust_anchors: objects of=trust_anchor
    dnssec_validate_expiry: boolean default=true
    ecs_enabled: boolean default=false
    ecs_forwarding: boolean default=false
    ecs_prefix_v4: integer size=1..24 default=24
    ecs_prefix_v6: integer size=1..56 default=56
    ecs_zones: objects of=ecs_zone
    filter_aaaa_acl: objects of=acl_item
    filter_aaaa_on_v4: string words=yes|no|break_dnssec default=no
    forwarders: objects of=forwarder
    forwarders_only: boolean default=false
    gss_tsig_enabled: boolean default=false
    lame_ttl: integer size=0..3600 default=600
    match_recursive_only: boolean default=false
    max_cache_ttl: integer size=1..604800 default=604800
    max_negative_ttl: integer size=1..604800 default=10800
    minimal_responses: boolean default=false
    notify: boolean default=false
    query_acl: objects of=acl_item
    recursion_acl: objects of=acl_item
    recursion_enabled: boolean default=true
    sort_list: objects of=sort_list_item
    synthesize_address_records_from_https: boolean default=false
    transfer_acl: objects of=acl_item
    update_acl: objects of=acl_item
    use_forwarders_for_subzones: boolean default=true
    use_root_forwarders_for_local_resolution_with_b1td: boolean default=false
"""
SERVING = """
    kerberos_keys: objects of=kerberos_key
    log_query_response: boolean default=true
    query_port: integer default=0
    recursive_clients: integer default=1000
    resolver_query_timeout: integer size=10..30 default=10
    secondary_axfr_query_limit: integer default=0
    secondary_soa_query_limit: integer default=0
"""
ANSWERING = """
    dtc_config: object of=dtc_config
    edns_udp_size: integer default=1232
    max_udp_size: integer default=1232
    zone_authority: object of=zone_authority
"""
VIEWS = f"""{NAMED}{STAMPS}{RESOLVING}{ANSWERING}
    inheritance_sources: inheritance
    compartment_id: string
    disabled: boolean default=false
    ip_spaces: strings ref=ipam/ip_space
    match_clients_acl: objects of=acl_item
    match_destinations_acl: objects of=acl_item
"""
SERVERS = f"""{NAMED}{STAMPS}{RESOLVING}{SERVING}
    inheritance_sources: inheritance
    auto_sort_views: boolean default=true
    views: objects of=display_view
"""
GLOBAL = f"""{RESOLVING}{SERVING}{ANSWERING}
    id: string readonly
"""
ZONES = """
    id: string readonly
    comment: string
    compartment_id: string
    disabled: boolean
    fqdn: string required immutable size=1..255
    parent: string
    protocol_fqdn: string readonly
    tags: object
    view: string immutable ref=dns/view
"""
SHOWN_ZONE = """
    created_at: datetime readonly
    updated_at: datetime readonly
    mapped_subnet: string readonly
    mapping: string readonly
    warnings: objects readonly
"""
SECONDARIES = """
    external_primaries: objects of=external_primary
    external_secondaries: objects of=external_secondary
    internal_secondaries: objects of=internal_secondary
    nsgs: strings ref=dns/auth_nsg
"""
FORWARDERS = """
    external_forwarders: objects of=forwarder
    hosts: strings ref=dns/host
    internal_forwarders: strings ref=dns/host
    nsgs: strings ref=dns/forward_nsg
"""
AUTH_ZONES = f"""{ZONES}{SHOWN_ZONE}{SECONDARIES}
    external_providers: objects readonly
    gss_tsig_enabled: boolean default=false
    inheritance_assigned_hosts: objects readonly
    inheritance_sources: inheritance
    initial_soa_serial: integer
    notify: boolean default=false
    primary_type: string required immutable words=external|cloud
    query_acl: objects of=acl_item
    transfer_acl: objects of=acl_item
    update_acl: objects of=acl_item
    use_forwarders_for_subzones: boolean default=true
    zone_authority: object of=zone_authority
"""
FORWARD_ZONES = f"""{ZONES}{SHOWN_ZONE}{FORWARDERS}
    forward_only: boolean
"""
DELEGATIONS = f"""{ZONES}
    delegation_servers: objects required of=delegation_server
"""
ACLS = f"""{NAMED}
    compartment_id: string
    list: objects of=acl_item
"""
AUTH_NSGS = f"{NAMED}{SECONDARIES}"
FORWARD_NSGS = f"""{NAMED}{FORWARDERS}
    forwarders_only: boolean
"""
LBDNS = f"""{NAMED}
    disabled: boolean
    dtc_policy: object of=dtc_policy
    inheritance_sources: inheritance
    precedence: integer
    ttl: integer
    view: string required ref=dns/view
"""
HOSTS = """
    id: string readonly
    absolute_name: string
    address: string readonly
    anycast_addresses: strings readonly
    associated_server: object of=host_associated_server
    comment: string readonly
    current_version: string readonly
    dfp: boolean readonly
    dfp_service: string readonly
    inheritance_sources: inheritance
    kerberos_keys: objects of=kerberos_key
    name: string readonly
    ophid: string readonly
    protocol_absolute_name: string readonly
    provider_id: string readonly
    server: string ref=dns/server
    site_id: string readonly
    tags: object
    type: string readonly
"""
RECORDS = f"""{STAMPED}
    absolute_name_spec: string
    absolute_zone_name: string readonly
    compartment_id: string readonly
    delegation: string readonly
    disabled: boolean default=false
    dns_absolute_name_spec: string readonly
    dns_absolute_zone_name: string readonly
    dns_name_in_zone: string readonly
    dns_rdata: string readonly
    inheritance_sources: inheritance
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
CHILDREN = """
    id: string readonly
    comment: string readonly
    disabled: boolean readonly
    flat: boolean readonly
    fqdn: string readonly
    parent: string readonly
    tags: object readonly
    type: string readonly
    view: string readonly
"""
