"""DNS servers and hosts, access lists, name server groups, global settings and small helpers."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Kind, WriteArgs
from shared.operations.arguments import (
    Comment,
    DdiList,
    Fields,
    Name,
    NameNeeded,
    Tags,
    maybe,
    part_of,
)
from shared.operations.dhcp_fields import Inherited
from shared.operations.dns_fields import (
    Acl,
    ExternalPrimaries,
    ExternalSecondaries,
    Forwarders,
    FqdnText,
    InternalSecondaries,
    Seconds,
    ServerFields,
    SizeFields,
)
from shared.operations.ids import (
    AuthNsgId,
    DnsHostId,
    DnsServerId,
    ForwardNsgId,
    ViewId,
    ZoneId,
)
from shared.operations.keys import KerberosKey
from shared.operations.resource import DDI, KEY_SECRETS, Resource, always

ACL = Resource(
    kind="dns/acl",
    called="a DNS access list",
    toolset="dns",
    noun="dns_acl",
    hidden=KEY_SECRETS,
)
AUTH_NSG = Resource(
    kind="dns/auth_nsg",
    called="an authoritative name server group",
    toolset="dns",
    also=("dns_zone",),
    hidden=KEY_SECRETS,
)
FORWARD_NSG = Resource(
    kind="dns/forward_nsg",
    called="a forward name server group",
    toolset="dns",
    also=("dns_zone",),
    hidden=KEY_SECRETS,
)
HOST = Resource(
    kind="dns/host",
    called="a DNS host",
    toolset="dns",
    noun="dns_host",
    inherits=True,
    hidden=KEY_SECRETS,
)
SERVER = Resource(
    kind="dns/server",
    called="a DNS config profile",
    toolset="dns",
    noun="dns_server",
    also=("dns_host",),
    inherits=True,
    hidden=KEY_SECRETS,
)
GLOBAL = Resource(
    kind="dns/global",
    called="the global DNS settings",
    toolset="dns",
    noun="dns_global",
    also=("dns_server", "dns_view", "dns_zone"),
    hidden=KEY_SECRETS,
)
LBDN = Resource(
    kind="dtc/lbdn",
    called="a load-balanced name",
    toolset="dns",
    binned=False,
    inherits=True,
)
CHILD = Resource(
    kind="dns/zone_child",
    called="a child of a view or zone",
    plural="children of views and zones",
    toolset="dns",
    collection="dns_zone",
    tagged=False,
    confirmed=False,
)
KerberosKeys = Annotated[list[KerberosKey] | None, Field(max_length=100)]
Groups = Annotated[list[AuthNsgId] | None, Field(max_length=100)]
Hosts = Annotated[list[DnsHostId] | None, Field(max_length=100)]


class AclFields(WriteArgs):
    """What can be said of an access list."""

    name: Name = None
    comment: Comment = None
    list: Acl = None
    compartment_id: str | None = maybe(max_length=128)
    tags: Tags = None


class CreateDnsAcl(AclFields):
    """Create an access list that views, zones and servers can name."""

    name: NameNeeded


class AuthNsgFields(WriteArgs):
    """What can be said of an authoritative name server group."""

    name: Name = None
    comment: Comment = None
    external_primaries: ExternalPrimaries = None
    external_secondaries: ExternalSecondaries = None
    internal_secondaries: InternalSecondaries = None
    nsgs: Groups = None
    tags: Tags = None


class CreateAuthNsg(AuthNsgFields):
    """Create an authoritative name server group: the servers of zones, said once."""

    name: NameNeeded


class ForwardNsgFields(WriteArgs):
    """What can be said of a forward name server group."""

    name: Name = None
    comment: Comment = None
    external_forwarders: Forwarders = None
    internal_forwarders: Hosts = None
    hosts: Hosts = None
    forwarders_only: bool | None = None
    nsgs: Annotated[list[ForwardNsgId] | None, Field(max_length=100)] = None
    tags: Tags = None


class CreateForwardNsg(ForwardNsgFields):
    """Create a forward name server group: the forwarders of zones, said once."""

    name: NameNeeded


class AssociatedServer(Args):
    """The config profile of a host."""

    id: DnsServerId


class HostFields(WriteArgs):
    """What can be changed of a DNS host; the rest comes from infrastructure management."""

    server: DnsServerId | None = None
    absolute_name: FqdnText | None = None
    associated_server: AssociatedServer | None = None
    kerberos_keys: KerberosKeys = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class ViewOrder(Args):
    """A view of a server; the first that matches a client answers."""

    view: ViewId


class ProfileFields(ServerFields):
    """What can be said of a DNS config profile."""

    name: Name = None
    comment: Comment = None
    auto_sort_views: bool | None = None
    views: Annotated[list[ViewOrder] | None, Field(max_length=200)] = None
    kerberos_keys: KerberosKeys = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class CreateDnsServer(ProfileFields):
    """Create a DNS config profile: settings for the DNS hosts that are given it."""

    name: NameNeeded


class GlobalFields(ServerFields, SizeFields):
    """The global DNS settings."""

    kerberos_keys: KerberosKeys = None


class DtcPolicy(Args):
    """A traffic control policy."""

    policy_id: Annotated[str, Field(max_length=128)]


class LbdnFields(WriteArgs):
    """What can be said of a load-balanced name."""

    name: Name = None
    comment: Comment = None
    disabled: bool | None = None
    dtc_policy: DtcPolicy | None = None
    precedence: int | None = maybe(ge=0)
    ttl: Seconds | None = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class CreateLbdn(LbdnFields):
    """Create a load-balanced name in a view."""

    name: NameNeeded
    view: ViewId


class FlushDnsCache(WriteArgs):
    """Flush a name, or everything, from the cache of a DNS host or service. It is carried out after
    the answer."""

    ophid: str | None = maybe("The host; or give service_id", max_length=128)
    service_id: str | None = maybe(max_length=128)
    fqdn: FqdnText | None = maybe("Unset: everything")
    flush_subdomains: bool | None = None
    view_name: str | None = maybe(max_length=256)
    ttl: int | None = maybe("Seconds the command is good for", ge=1, le=86_400)

    @model_validator(mode="after")
    def names_a_cache(self) -> Self:
        """Refuse a command for nobody."""
        if self.ophid is None and self.service_id is None:
            raise ValueError("give ophid or service_id")
        return self


class ProtectedRecord(Args):
    """A record and how it is protected."""

    rname: Annotated[str | None, Field(max_length=255)] = None
    rtype: Annotated[str | None, Field(max_length=20)] = None
    level: Annotated[str | None, Field(max_length=50)] = None


class ConfigureRecordProtection(WriteArgs):
    """Set which records of a zone are protected from change."""

    zone_id: ZoneId
    protected_records: Annotated[list[ProtectedRecord], Field(max_length=1000)]


OPERATIONS = (
    ACL.listed("", name_filter=part_of("name")),
    ACL.read(),
    ACL.created(CreateDnsAcl, key=("name",)),
    ACL.changed("", AclFields),
    ACL.deleted(),
    AUTH_NSG.listed("", name_filter=part_of("name")),
    AUTH_NSG.read(),
    AUTH_NSG.created(CreateAuthNsg, key=("name",)),
    AUTH_NSG.changed("", AuthNsgFields),
    AUTH_NSG.deleted(),
    FORWARD_NSG.listed("", name_filter=part_of("name")),
    FORWARD_NSG.read(),
    FORWARD_NSG.created(CreateForwardNsg, key=("name",)),
    FORWARD_NSG.changed("", ForwardNsgFields),
    FORWARD_NSG.deleted(),
    HOST.listed("List DNS hosts, the machines that serve DNS.", name_filter=part_of("name")),
    HOST.read(),
    HOST.changed(
        "Change the config profile, name or tags of a DNS host; hosts themselves come from "
        "infrastructure management.",
        HostFields,
    ),
    SERVER.listed("", name_filter=part_of("name")),
    SERVER.read(),
    SERVER.created(CreateDnsServer, key=("name",)),
    SERVER.changed("", ProfileFields),
    SERVER.deleted(),
    GLOBAL.looked(
        "get_dns_global",
        "Read the global DNS settings",
        "Read the global DNS settings, which servers and views inherit.",
        by_id=False,
        envelope="result",
        single=True,
        fields={"fields": (Fields, None)},
    ),
    GLOBAL.read("Read the global DNS settings by their id.", name="get_dns_global_by_id"),
    GLOBAL.changed(
        "Change the global DNS settings: only what is given changes.",
        GlobalFields,
        by_id=False,
        path=GLOBAL.path,
        targets=(),
        touches=always("dns/global"),
    ),
    GLOBAL.changed(
        "Change the global DNS settings by their id.",
        GlobalFields,
        name="update_dns_global_by_id",
        targets=(),
        touches=always("dns/global"),
    ),
    LBDN.listed("", name_filter=part_of("name")),
    LBDN.read(),
    LBDN.created(CreateLbdn, key=("view", "name")),
    LBDN.changed("", LbdnFields),
    LBDN.deleted(),
    CHILD.listed(
        'List what lies in a view or zone: filter flat=="false" and parent=="<dns/view id>".',
        name="list_dns_zone_children",
        base=DdiList,
    ),
    HOST.row(
        "flush_dns_cache",
        "Flush the DNS cache",
        FlushDnsCache.__doc__ or "",
        base=FlushDnsCache,
        kind=Kind.UPDATE,
        method="POST",
        path=f"{DDI}/dns/cache_flush",
        envelope="",
        targets=("ophid", "service_id", "fqdn"),
    ),
    HOST.row(
        "configure_record_protection",
        "Protect DNS records",
        ConfigureRecordProtection.__doc__ or "",
        base=ConfigureRecordProtection,
        kind=Kind.UPDATE,
        method="POST",
        path=f"{DDI}/dns/configure_record_protection",
        envelope="",
        targets=("zone_id",),
        natural=True,
        changes=("dns_record",),
    ),
)
