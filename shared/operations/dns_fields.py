"""Groups of fields that DNS views, zones, servers and the global settings share."""

from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import Args, WriteArgs
from shared.operations.arguments import Comment, maybe
from shared.operations.ids import AclId, AuthNsgId, DnsHostId
from shared.operations.keys import TsigKey
from shared.operations.networks import Address

Access = Literal["allow", "deny"]
FqdnText = Annotated[str, Field(min_length=1, max_length=255)]
Seconds = Annotated[int, Field(ge=0, le=2_147_483_647)]


class AclItem(Args):
    """Who may, by address or network, list or key."""

    element: Literal["any", "ip", "acl", "tsig_key"]
    access: Access
    address: Annotated[str | None, Field(max_length=64)] = None
    acl: AclId | None = None
    tsig_key: TsigKey | None = None


Acl = Annotated[list[AclItem] | None, Field(max_length=500)]


class Forwarder(Args):
    """A server that queries are sent on to."""

    address: Address
    fqdn: FqdnText | None = None


Forwarders = Annotated[list[Forwarder] | None, Field(max_length=100)]


class ExternalPrimary(Args):
    """A primary outside this account; type is primary for a plain server."""

    type: Literal["primary", "nsg"] = "primary"
    address: Address | None = None
    fqdn: FqdnText | None = None
    nsg: AuthNsgId | None = None
    tsig_enabled: bool | None = None
    tsig_key: TsigKey | None = None


class ExternalSecondary(Args):
    """A secondary outside this account."""

    address: Address
    fqdn: FqdnText
    stealth: bool | None = None
    tsig_enabled: bool | None = None
    tsig_key: TsigKey | None = None


class InternalSecondary(Args):
    """A DNS host of this account that serves the zone."""

    host: DnsHostId


ExternalPrimaries = Annotated[list[ExternalPrimary] | None, Field(max_length=100)]
ExternalSecondaries = Annotated[list[ExternalSecondary] | None, Field(max_length=100)]
InternalSecondaries = Annotated[list[InternalSecondary] | None, Field(max_length=100)]


class ZoneAuthority(Args):
    """The SOA of zones; times in seconds."""

    default_ttl: Seconds | None = None
    expire: Seconds | None = None
    negative_ttl: Seconds | None = None
    refresh: Seconds | None = None
    retry: Seconds | None = None
    mname: FqdnText | None = None
    rname: FqdnText | None = None
    use_default_mname: bool | None = None


class RootNs(Args):
    """A root server."""

    address: Address
    fqdn: FqdnText


class TrustAnchor(Args):
    """A key that DNSSEC answers are checked with."""

    zone: FqdnText
    algorithm: Annotated[int, Field(ge=0, le=255)]
    public_key: Annotated[str, Field(max_length=4000)]
    sep: bool | None = None


class EcsZone(Args):
    """A zone whose queries carry the client's network."""

    fqdn: FqdnText
    access: Access


class SortListItem(Args):
    """Which addresses come first in an answer."""

    element: Literal["any", "ip", "acl"]
    acl: AclId | None = None
    source: Annotated[str | None, Field(max_length=64)] = None
    prioritized_networks: Annotated[list[str] | None, Field(max_length=100)] = None


class DtcConfig(Args):
    """Traffic control."""

    default_ttl: Seconds | None = None


class AccessFields(WriteArgs):
    """Who may query, transfer and update."""

    query_acl: Acl = None
    transfer_acl: Acl = None
    update_acl: Acl = None
    gss_tsig_enabled: bool | None = None
    notify: bool | None = maybe("Tell secondaries of changes")
    use_forwarders_for_subzones: bool | None = None


class ServingFields(AccessFields):
    """How names are resolved; times in seconds."""

    add_edns_option_in_outgoing_query: bool | None = None
    custom_root_ns: Annotated[list[RootNs] | None, Field(max_length=50)] = None
    custom_root_ns_enabled: bool | None = None
    dnssec_enable_validation: bool | None = None
    dnssec_enabled: bool | None = None
    dnssec_trust_anchors: Annotated[list[TrustAnchor] | None, Field(max_length=100)] = None
    dnssec_validate_expiry: bool | None = None
    ecs_enabled: bool | None = maybe("Send the client's network to name servers")
    ecs_forwarding: bool | None = None
    ecs_prefix_v4: int | None = maybe(ge=1, le=24)
    ecs_prefix_v6: int | None = maybe(ge=1, le=56)
    ecs_zones: Annotated[list[EcsZone] | None, Field(max_length=500)] = None
    filter_aaaa_acl: Acl = None
    filter_aaaa_on_v4: Literal["yes", "no", "break_dnssec"] | None = None
    forwarders: Forwarders = None
    forwarders_only: bool | None = None
    lame_ttl: int | None = maybe(ge=0, le=3600)
    match_recursive_only: bool | None = None
    max_cache_ttl: int | None = maybe(ge=1, le=604_800)
    max_negative_ttl: int | None = maybe(ge=1, le=604_800)
    minimal_responses: bool | None = None
    recursion_acl: Acl = None
    recursion_enabled: bool | None = None
    sort_list: Annotated[list[SortListItem] | None, Field(max_length=500)] = None
    synthesize_address_records_from_https: bool | None = None
    use_root_forwarders_for_local_resolution_with_b1td: bool | None = None


class ServerFields(ServingFields):
    """How a server works."""

    log_query_response: bool | None = None
    query_port: int | None = maybe(ge=0, le=65_535)
    recursive_clients: int | None = maybe(ge=0)
    resolver_query_timeout: int | None = maybe("Seconds", ge=10, le=30)
    secondary_axfr_query_limit: int | None = maybe(ge=0)
    secondary_soa_query_limit: int | None = maybe(ge=0)


class SizeFields(WriteArgs):
    """Sizes of datagrams, and what zones start with."""

    edns_udp_size: int | None = maybe("Bytes", ge=512, le=4096)
    max_udp_size: int | None = maybe("Bytes", ge=512, le=4096)
    dtc_config: DtcConfig | None = None
    zone_authority: ZoneAuthority | None = None


class CopyZoneArgs(WriteArgs):
    """What every copy of a zone takes."""

    comment: Comment = None
    recursive: bool | None = maybe("With its subzones")
    skip_on_error: bool | None = maybe("Copy the rest when one part fails")
