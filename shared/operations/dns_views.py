"""DNS views: namespaces of their own."""

from typing import Annotated

from pydantic import Field

from shared.catalog import Args, Kind, WriteArgs
from shared.operations.arguments import Comment, Name, NameNeeded, Tags, maybe, part_of
from shared.operations.dhcp_fields import Inherited
from shared.operations.dns_fields import (
    Acl,
    ExternalPrimaries,
    ExternalSecondaries,
    Forwarders,
    InternalSecondaries,
    ServingFields,
    SizeFields,
)
from shared.operations.ids import AuthNsgId, CopiedZoneId, DnsHostId, ForwardNsgId, SpaceId, ViewId
from shared.operations.resource import KEY_SECRETS, Resource

VIEW = Resource(
    kind="dns/view",
    called="a DNS view",
    toolset="dns",
    noun="dns_view",
    also=("dns_zone",),
    inherits=True,
    hidden=KEY_SECRETS,
)


class ViewFields(ServingFields, SizeFields):
    """What can be said of a view."""

    name: Name = None
    comment: Comment = None
    disabled: bool | None = None
    ip_spaces: Annotated[list[SpaceId] | None, Field(max_length=100)] = None
    match_clients_acl: Acl = None
    match_destinations_acl: Acl = None
    compartment_id: str | None = maybe(max_length=128)
    inheritance_sources: Inherited = None
    tags: Tags = None


class CreateDnsView(ViewFields):
    """Create a DNS view: a namespace of its own, for some clients or IP spaces."""

    name: NameNeeded


class AuthZoneConfig(Args):
    """Who serves the copies of authoritative zones."""

    external_primaries: ExternalPrimaries = None
    external_secondaries: ExternalSecondaries = None
    internal_secondaries: InternalSecondaries = None
    nsgs: Annotated[list[AuthNsgId] | None, Field(max_length=100)] = None


class ForwardZoneConfig(Args):
    """Who serves the copies of forward zones."""

    external_forwarders: Forwarders = None
    hosts: Annotated[list[DnsHostId] | None, Field(max_length=100)] = None
    internal_forwarders: Annotated[list[DnsHostId] | None, Field(max_length=100)] = None
    nsgs: Annotated[list[ForwardNsgId] | None, Field(max_length=100)] = None


class BulkCopyDnsViewZones(WriteArgs):
    """Copy zones into another view. With skip_on_error a part may fail: the answer tells. The copy
    goes on after the answer."""

    resources: Annotated[list[CopiedZoneId], Field(min_length=1, max_length=1000)]
    target: ViewId
    recursive: bool | None = None
    skip_on_error: bool | None = None
    auth_zone_config: AuthZoneConfig | None = None
    forward_zone_config: ForwardZoneConfig | None = None
    secondary_zone_config: AuthZoneConfig | None = None


OPERATIONS = (
    VIEW.listed(
        "List DNS views, the namespaces of the account. Zones with the same name differ by view.",
        name_filter=part_of("name"),
    ),
    VIEW.read(),
    VIEW.created(CreateDnsView, key=("name",)),
    VIEW.changed("", ViewFields),
    VIEW.deleted("Delete a DNS view with its zones."),
    VIEW.row(
        "bulk_copy_dns_view_zones",
        "Copy zones into a view",
        BulkCopyDnsViewZones.__doc__ or "",
        base=BulkCopyDnsViewZones,
        kind=Kind.CREATE,
        method="POST",
        path=f"{VIEW.path}/bulk_copy",
        envelope="",
        targets=("target",),
        changes=("dns_zone", "dns_record"),
        look="list_dns_zones",
    ),
)
