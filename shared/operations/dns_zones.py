"""DNS zones: authoritative ones, forward ones, and delegations of subzones."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Body, Kind, Path, WriteArgs
from shared.operations.arguments import (
    Comment,
    InheritingList,
    Tags,
    equal_to,
    maybe,
    part_of,
)
from shared.operations.dhcp_fields import Inherited
from shared.operations.dns_fields import (
    AccessFields,
    CopyZoneArgs,
    ExternalPrimaries,
    ExternalSecondaries,
    Forwarders,
    FqdnText,
    InternalSecondaries,
    ZoneAuthority,
)
from shared.operations.ids import AuthNsgId, DnsHostId, ForwardNsgId, ForwardZoneId, ViewId, ZoneId
from shared.operations.networks import Address, Fqdn
from shared.operations.resource import KEY_SECRETS, Resource
from shared.recovery import Recovery

# Both kinds share one collection: a list of either may be out of date when a zone changes.
AUTH = Resource(
    kind="dns/auth_zone",
    called="an authoritative zone",
    toolset="dns",
    collection="dns_zone",
    also=("dns_record",),
    inherits=True,
    cache="dns_zone",
    hidden=KEY_SECRETS,
)
FORWARD = Resource(
    kind="dns/forward_zone",
    called="a forward zone",
    toolset="dns",
    collection="dns_zone",
    cache="dns_zone",
    hidden=KEY_SECRETS,
)
DELEGATION = Resource(
    kind="dns/delegation",
    called="a DNS delegation",
    toolset="dns",
    noun="dns_delegation",
    also=("dns_zone",),
    hidden=KEY_SECRETS,
)
ZoneType = Annotated[Literal["auth", "forward"], Path(), Field(description="Which kind of zone")]
PrimaryType = Annotated[
    Literal["cloud", "external"] | None,
    Field(description="cloud: kept here; external: copied from external_primaries"),
]
IN_VIEW = equal_to("view", ViewId)
BY_NAME = {"view": "view", "fqdn": "fqdn"}


class AuthFields(AccessFields):
    """What can be said of an authoritative zone."""

    comment: Comment = None
    disabled: bool | None = None
    external_primaries: ExternalPrimaries = None
    external_secondaries: ExternalSecondaries = None
    internal_secondaries: InternalSecondaries = None
    nsgs: Annotated[list[AuthNsgId] | None, Field(max_length=100)] = None
    initial_soa_serial: int | None = maybe(ge=0, le=4_294_967_295)
    zone_authority: ZoneAuthority | None = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class CreateAuthZone(AuthFields):
    """Create an authoritative zone. It is served once it has name server groups (nsgs) or
    internal_secondaries."""

    fqdn: Fqdn
    primary_type: Literal["cloud", "external"]
    view: ViewId | None = None
    compartment_id: str | None = maybe(max_length=128)


class ForwardFields(WriteArgs):
    """What can be said of a forward zone."""

    comment: Comment = None
    disabled: bool | None = None
    external_forwarders: Forwarders = None
    internal_forwarders: Annotated[list[DnsHostId] | None, Field(max_length=100)] = None
    hosts: Annotated[list[DnsHostId] | None, Field(max_length=100)] = None
    nsgs: Annotated[list[ForwardNsgId] | None, Field(max_length=100)] = None
    forward_only: bool | None = None
    tags: Tags = None


class CreateForwardZone(ForwardFields):
    """Create a forward zone: queries for it go to its forwarders. Give external_forwarders,
    internal_forwarders or nsgs, and the hosts that serve it."""

    fqdn: Fqdn
    view: ViewId | None = None
    compartment_id: str | None = maybe(max_length=128)


class CreateDnsZone(WriteArgs):
    """Create a DNS zone, authoritative or forward, with the usual settings; create_auth_zone and
    create_forward_zone take all. A forward zone needs external_forwarders or nsgs."""

    domain: Annotated[Fqdn, Body("fqdn")]
    zone_type: ZoneType = "auth"
    comment: Comment = None
    view: ViewId | None = None
    primary_type: PrimaryType = None
    nsgs: Annotated[list[AuthNsgId | ForwardNsgId] | None, Field(max_length=100)] = None
    external_primaries: ExternalPrimaries = None
    external_forwarders: Forwarders = None
    forward_only: bool | None = None
    tags: Tags = None

    @model_validator(mode="before")
    @classmethod
    def usual(cls, values: object) -> object:
        """Fill in what the kind of zone must have."""
        if not isinstance(values, dict):
            return values
        if values.get("zone_type", "auth") == "auth":
            return {"primary_type": "cloud"} | values
        return {"forward_only": True} | values

    @model_validator(mode="after")
    def fits_its_type(self) -> Self:
        """Refuse what the other kind of zone has."""
        strange = (
            ("external_forwarders", "forward_only")
            if self.zone_type == "auth"
            else ("primary_type", "external_primaries")
        )
        for name in strange:
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: has no meaning in a zone of type {self.zone_type}")
        return self


class CopyAuthZone(CopyZoneArgs):
    """Copy an authoritative zone into another view. The copy goes on after the answer."""

    id: ZoneId
    target_view: ViewId
    external_primaries: ExternalPrimaries = None
    external_secondaries: ExternalSecondaries = None
    internal_secondaries: InternalSecondaries = None
    nsgs: Annotated[list[AuthNsgId] | None, Field(max_length=100)] = None


class CopyForwardZone(CopyZoneArgs):
    """Copy a forward zone into another view. The copy goes on after the answer."""

    id: ForwardZoneId
    target_view: ViewId
    external_forwarders: Forwarders = None
    hosts: Annotated[list[DnsHostId] | None, Field(max_length=100)] = None
    internal_forwarders: Annotated[list[DnsHostId] | None, Field(max_length=100)] = None
    nsgs: Annotated[list[ForwardNsgId] | None, Field(max_length=100)] = None


class DelegationServer(Args):
    """A name server of the subzone."""

    fqdn: FqdnText
    address: Address | None = None


class DelegationFields(WriteArgs):
    """What can be said of a delegation."""

    comment: Comment = None
    disabled: bool | None = None
    delegation_servers: Annotated[list[DelegationServer] | None, Field(max_length=50)] = None
    tags: Tags = None


class CreateDnsDelegation(DelegationFields):
    """Delegate a subzone to other name servers."""

    fqdn: Fqdn
    delegation_servers: Annotated[list[DelegationServer], Field(min_length=1, max_length=50)]
    view: ViewId | None = None
    compartment_id: str | None = maybe(max_length=128)


OPERATIONS = (
    AUTH.listed(
        "List DNS zones: authoritative ones, or forward zones with zone_type=forward. For what is "
        "in one use list_dns_records.",
        name="list_dns_zones",
        base=InheritingList,
        path=f"{AUTH.base}/dns/{{zone_type}}_zone",
        zone_type=(ZoneType, "auth"),
        name_filter=part_of("fqdn"),
    ),
    AUTH.row(
        "create_dns_zone",
        "Create a DNS zone",
        CreateDnsZone.__doc__ or "",
        base=CreateDnsZone,
        kind=Kind.CREATE,
        method="POST",
        path=f"{AUTH.base}/dns/{{zone_type}}_zone",
        targets=("view", "domain"),
        natural=True,
        recovery=Recovery(where=BY_NAME),
        marker="tags",
    ),
    AUTH.listed("", name_filter=part_of("fqdn"), view_filter=IN_VIEW),
    AUTH.read(),
    AUTH.created(CreateAuthZone, key=("view", "fqdn")),
    AUTH.changed("", AuthFields),
    AUTH.deleted("Delete an authoritative zone with its records."),
    AUTH.row(
        "copy_auth_zone",
        "Copy an authoritative zone",
        CopyAuthZone.__doc__ or "",
        base=CopyAuthZone,
        kind=Kind.CREATE,
        method="POST",
        path=f"{AUTH.path}/copy",
        targets=("id",),
        look="list_auth_zones",
    ),
    FORWARD.listed("", name_filter=part_of("fqdn"), view_filter=IN_VIEW),
    FORWARD.read(),
    FORWARD.created(CreateForwardZone, key=("view", "fqdn")),
    FORWARD.changed("", ForwardFields),
    FORWARD.deleted(),
    FORWARD.row(
        "copy_forward_zone",
        "Copy a forward zone",
        CopyForwardZone.__doc__ or "",
        base=CopyForwardZone,
        kind=Kind.CREATE,
        method="POST",
        path=f"{FORWARD.path}/copy",
        targets=("id",),
        look="list_forward_zones",
    ),
    DELEGATION.listed("", name_filter=part_of("fqdn"), view_filter=IN_VIEW),
    DELEGATION.read(),
    DELEGATION.created(CreateDnsDelegation, key=("view", "fqdn")),
    DELEGATION.changed("", DelegationFields),
    DELEGATION.deleted(),
)
