"""The objects that stand inside others: servers, access rules, options, names."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.schema import Fields, fields

# A name, then its fields; a shape may use those above it.
TABLES = """
tsig_key
    algorithm: string
    comment: string
    key: string ref=keys/tsig
    name: string
    protocol_name: string readonly
    secret: string
acl_item
    access: string required words=allow|deny
    acl: string ref=dns/acl
    address: string
    element: string required words=any|ip|acl|tsig_key
    tsig_key: object of=tsig_key
external_primary
    address: string
    fqdn: string
    nsg: string ref=dns/auth_nsg
    protocol_fqdn: string readonly
    tsig_enabled: boolean
    tsig_key: object of=tsig_key
    type: string required words=nsg|primary
external_secondary
    address: string required
    fqdn: string required
    protocol_fqdn: string readonly
    stealth: boolean
    tsig_enabled: boolean
    tsig_key: object of=tsig_key
internal_secondary
    host: string required ref=dns/host
forwarder
    address: string required
    fqdn: string
    protocol_fqdn: string readonly
delegation_server
    address: string
    fqdn: string required
    protocol_fqdn: string readonly
root_ns
    address: string required
    fqdn: string required
    protocol_fqdn: string readonly
trust_anchor
    algorithm: integer required
    protocol_zone: string readonly
    public_key: string required
    sep: boolean default=true
    zone: string required
ecs_zone
    access: string required words=allow|deny
    fqdn: string required
    protocol_fqdn: string readonly
sort_list_item
    acl: string ref=dns/acl
    element: string required words=any|ip|acl
    prioritized_networks: strings
    source: string
zone_authority
    default_ttl: integer default=28800
    expire: integer default=2419200
    mname: string
    negative_ttl: integer default=900
    protocol_mname: string readonly
    protocol_rname: string readonly
    refresh: integer default=10800
    retry: integer default=3600
    rname: string
    use_default_mname: boolean
dtc_config
    default_ttl: integer default=300
dtc_policy
    name: string readonly
    policy_id: string
display_view
    comment: string readonly
    name: string readonly
    view: string ref=dns/view
kerberos_key
    algorithm: string readonly
    domain: string readonly
    key: string required ref=keys/kerberos
    principal: string readonly
    uploaded_at: string readonly
    version: integer readonly
auth_zone_config
    external_primaries: objects of=external_primary
    external_secondaries: objects of=external_secondary
    internal_secondaries: objects of=internal_secondary
    nsgs: strings ref=dns/forward_nsg
forward_zone_config
    external_forwarders: objects of=forwarder
    hosts: strings ref=dns/host
    internal_forwarders: strings ref=dns/host
    nsgs: strings ref=dns/forward_nsg
host_associated_server
    id: string readonly
    name: string readonly
asm_config
    asm_threshold: integer default=90
    enable: boolean default=true
    enable_notification: boolean default=true
    forecast_period: integer default=14
    growth_factor: integer default=20
    growth_type: string default=percent
    history: integer default=30
    min_total: integer default=10
    min_unused: integer default=10
    reenable_date: datetime
access_filter
    access: string words=allow|deny default=allow
    hardware_filter_id: string ref=dhcp/hardware_filter
    option_filter_id: string ref=dhcp/option_filter
ignore_item
    type: string required words=client_hex|client_text|hardware
    value: string required
dhcp_config
    abandoned_reclaim_time: integer default=3600
    abandoned_reclaim_time_v6: integer default=3600
    allow_unknown: boolean default=true
    allow_unknown_v6: boolean default=true
    authoritative_dhcp: boolean default=false
    echo_client_id: boolean default=false
    filters: strings
    filters_large_selection: strings
    filters_v6: strings
    hold_reclaimed_time: integer readonly
    hold_reclaimed_time_v6: integer readonly
    ignore_client_uid: boolean default=false
    ignore_list: objects of=ignore_item
    lease_time: integer default=3600
    lease_time_v6: integer default=3600
option_item
    group: string ref=dhcp/option_group
    option_code: string ref=dhcp/option_code
    option_value: string
    type: string words=group|option
utilization_threshold
    enabled: boolean required
    high: integer required
    low: integer required
exclusion_range
    comment: string size=0..1024
    end: string required
    start: string required
name
    name: string required
    type: string required
host_address
    address: string
    ref: string
    space: string ref=ipam/ip_space
host_name
    alias: boolean
    name: string required
    primary_name: boolean
    zone: string required ref=dns/auth_zone
nameserver
    client_principal: string
    gss_tsig_fallback: boolean default=false
    kerberos_rekey_interval: integer default=120
    kerberos_retry_interval: integer default=30
    kerberos_tkey_lifetime: integer default=160
    kerberos_tkey_protocol: string default=tcp
    nameserver: string
    server_principal: string
update_key
    algorithm: string words=hmac_sha256|hmac_sha1|hmac_sha224|hmac_sha384|hmac_sha512
    comment: string size=0..1024
    key: string required ref=keys/tsig
    name: string
    protocol_name: string readonly
    secret: string
ddns_zone
    fqdn: string
    gss_tsig_enabled: boolean default=false
    nameservers: objects of=nameserver
    tsig_enabled: boolean default=false
    tsig_key: object of=update_key
    view: string ref=dns/view
    view_name: string readonly
    zone: string required ref=dns/auth_zone
option_filter_rule
    compare: string required words=equals|not_equals|exists|not_exists|text_substring|\
not_text_substring|hex_substring|not_hex_substring
    option_code: string required ref=dhcp/option_code
    option_value: string
    substring_offset: integer
option_filter_rule_list
    match: string words=any|all
    rules: objects of=option_filter_rule
ha_group_heartbeats
    peer: string
    successful_heartbeat: string
    successful_heartbeat_v6: string
ha_group_host
    address: string
    heartbeats: objects of=ha_group_heartbeats
    host: string required ref=dhcp/host
    port: integer readonly
    port_v6: integer readonly
    role: string words=active|passive
    state: string
    state_v6: string
lease_address
    address: string
    space: string ref=ipam/ip_space
protected_record_item
    level: string
    rname: string
    rtype: string
allocation
    allocated: integer readonly
    delegated: integer readonly
    overlapping: integer readonly
    reserved: integer readonly
associated_host
    address: string readonly
    id: string readonly
    name: string readonly
    ophid: string readonly
part_of
    id: string required
"""


def _shapes(text: str) -> Mapping[str, Fields]:
    made: dict[str, Fields] = {}
    name, lines = "", list[str]()
    for line in [*text.splitlines(), "end"]:
        if line.startswith(" "):
            lines.append(line)
            continue
        if name:
            made[name] = fields("\n".join(lines), made)
        name, lines = line, []
    return made


SHAPES = _shapes(TABLES)
