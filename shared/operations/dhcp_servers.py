"""DHCP hosts, their configuration profiles, high availability, services and global settings."""

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.catalog import Args, Kind, Operation, Query, WriteArgs
from shared.operations.arguments import (
    Comment,
    Fields,
    Limit,
    Name,
    NameNeeded,
    Offset,
    OrderBy,
    Tags,
    maybe,
    part_of,
)
from shared.operations.dhcp_fields import (
    AsmConfig,
    BootFields,
    DdnsFields,
    DhcpConfig,
    Inherited,
    Options,
    Threshold,
    VendorOptionFields,
)
from shared.operations.ids import (
    DhcpHostId,
    DhcpServerId,
    SpaceId,
    ViewId,
    ZoneId,
)
from shared.operations.keys import KerberosKey, TsigKey
from shared.operations.resource import KEY_SECRETS, Resource, always

HOST = Resource(
    kind="dhcp/host",
    called="a DHCP host",
    toolset="dhcp",
    id_name="host_id",
    noun="dhcp_host",
    hidden=KEY_SECRETS,
)
HA = Resource(
    kind="dhcp/ha_group",
    called="an HA group",
    toolset="dhcp",
    id_name="group_id",
    also=("dhcp_host",),
    binned=False,
)
SERVER = Resource(
    kind="dhcp/server",
    called="a DHCP config profile",
    toolset="dhcp",
    noun="dhcp_server",
    also=("dhcp_host",),
    inherits=True,
    hidden=KEY_SECRETS,
)
SERVICE = Resource(
    kind="dhcp/service",
    called="a DHCP service",
    toolset="dhcp",
    noun="dhcp_service",
    hidden=KEY_SECRETS,
)
GLOBAL = Resource(
    kind="dhcp/global",
    called="the global DHCP settings",
    toolset="dhcp",
    noun="dhcp_global",
    also=("ip_space", "dhcp_server"),
    hidden=KEY_SECRETS,
)
PROFILE = Resource(
    kind="dhcp/config_profile",
    called="a link of a config profile",
    toolset="dhcp",
    collection="config_profile",
    also=("subnet", "dhcp_server"),
    hidden=KEY_SECRETS,
)
STATS: Any = (
    Annotated[
        bool,
        Query("collect_stats", when_true="true"),
        Field(description="With status and heartbeats; slower"),
    ],
    False,
)
Linked = Annotated[str, Field(pattern=r"^([a-z_]+/[a-z_]+/)?[A-Za-z0-9_-]{1,128}$")]
LinkedMany = Annotated[list[Linked], Field(min_length=1, max_length=1000)]


class AssociatedServer(Args):
    """The config profile of a host."""

    id: DhcpServerId


class HostFields(WriteArgs):
    """What can be changed of a DHCP host; the rest comes from infrastructure management."""

    server: DhcpServerId | None = None
    ip_space: SpaceId | None = None
    associated_server: AssociatedServer | None = None
    tags: Tags = None


class HaHost(Args):
    """A member of an HA group."""

    host: DhcpHostId
    role: Literal["active", "passive"] | None = None
    address: Annotated[str | None, Field(max_length=64)] = None


Mode = Literal["active-active", "active-passive", "advanced-active-passive"]


class HaFields(WriteArgs):
    """What can be said of an HA group."""

    name: Name = None
    comment: Comment = None
    mode: Mode | None = None
    hosts: Annotated[list[HaHost] | None, Field(max_length=20)] = None
    ip_space: SpaceId | None = None
    anycast_config_id: str | None = maybe(max_length=128)
    tags: Tags = None


class CreateHaGroup(HaFields):
    """Create an HA group: DHCP hosts that stand in for one another."""

    name: NameNeeded
    mode: Mode
    hosts: Annotated[list[HaHost], Field(min_length=1, max_length=20)]


class Nameserver(Args):
    """A DNS server that takes updates; times in seconds."""

    nameserver: Annotated[str | None, Field(max_length=256)] = None
    client_principal: Annotated[str | None, Field(max_length=256)] = None
    server_principal: Annotated[str | None, Field(max_length=256)] = None
    gss_tsig_fallback: bool | None = None
    kerberos_rekey_interval: int | None = maybe(ge=0)
    kerberos_retry_interval: int | None = maybe(ge=0)
    kerberos_tkey_lifetime: int | None = maybe(ge=0)
    kerberos_tkey_protocol: Literal["tcp", "udp"] | None = None


class DdnsZone(Args):
    """A zone that DHCP updates."""

    zone: ZoneId
    fqdn: Annotated[str | None, Field(max_length=255)] = None
    view: ViewId | None = None
    nameservers: Annotated[list[Nameserver] | None, Field(max_length=50)] = None
    gss_tsig_enabled: bool | None = None
    tsig_enabled: bool | None = None
    tsig_key: TsigKey | None = None


class SettingsOfDhcp(DdnsFields, BootFields, VendorOptionFields):
    """What profiles and the global settings have in common; times in seconds."""

    client_principal: str | None = maybe(max_length=256)
    server_principal: str | None = maybe(max_length=256)
    ddns_enabled: bool | None = None
    ddns_zones: Annotated[list[DdnsZone] | None, Field(max_length=500)] = None
    dhcp_config: DhcpConfig | None = None
    dhcp_options: Options = None
    dhcp_options_v6: Options = None
    gss_tsig_fallback: bool | None = None
    kerberos_kdc: str | None = maybe(max_length=256)
    kerberos_keys: Annotated[list[KerberosKey] | None, Field(max_length=100)] = None
    kerberos_rekey_interval: int | None = maybe(ge=0)
    kerberos_retry_interval: int | None = maybe(ge=0)
    kerberos_tkey_lifetime: int | None = maybe(ge=0)
    kerberos_tkey_protocol: Literal["tcp", "udp"] | None = None


class ServerFields(SettingsOfDhcp):
    """What can be said of a DHCP config profile."""

    name: Name = None
    comment: Comment = None
    profile_type: Literal["server", "subnet"] | None = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class CreateDhcpServer(ServerFields):
    """Create a DHCP config profile: settings for the DHCP hosts that are given it."""

    name: NameNeeded


class GlobalFields(SettingsOfDhcp):
    """The global DHCP settings."""

    asm_config: AsmConfig | None = None
    dhcp_threshold: Threshold | None = None
    prefer_option_12: bool | None = maybe("Host name of option 12 before that of option 81")
    remove_suffix_option_81: bool | None = None


class LinkToObjects(WriteArgs):
    """One profile, several objects."""

    config_profile_id: Linked
    object_ids: LinkedMany


class LinkToProfiles(WriteArgs):
    """One object, several profiles."""

    object_id: Linked
    config_profile_ids: LinkedMany


def _link(name: str, title: str, about: str, *, args: type[WriteArgs], call: str) -> Operation:
    return PROFILE.row(
        name,
        title,
        about,
        base=args,
        kind=Kind.UPDATE,
        method="POST",
        path=f"{PROFILE.path}/{call}",
        targets=tuple(name for name in args.model_fields if name not in WriteArgs.model_fields),
        natural=True,
    )


OPERATIONS = (
    HOST.listed("List DHCP hosts, the machines that serve DHCP.", name_filter=part_of("name")),
    HOST.read(),
    HOST.looked(
        "get_dhcp_host_associations",
        "Read what a DHCP host serves",
        "Read the HA groups, subnets and packet counts of a DHCP host.",
        suffix="/associations",
        envelope="",
        single=True,
    ),
    HOST.changed(
        "Change the config profile, IP space or tags of a DHCP host; its name and address come "
        "from infrastructure management.",
        HostFields,
    ),
    HA.listed("", name_filter=part_of("name"), collect_stats=STATS),
    HA.read(collect_stats=STATS),
    HA.created(CreateHaGroup, key=("name",)),
    HA.changed("Change an HA group; hosts replace all members.", HaFields),
    HA.deleted(),
    SERVER.listed("", name_filter=part_of("name")),
    SERVER.read(),
    SERVER.created(CreateDhcpServer, key=("name",)),
    SERVER.changed("", ServerFields),
    SERVER.deleted(),
    SERVICE.listed("List DHCP services and the hosts they run on."),
    SERVICE.read(),
    GLOBAL.looked(
        "get_dhcp_global",
        "Read the global DHCP settings",
        "Read the global DHCP settings, which IP spaces inherit.",
        by_id=False,
        envelope="result",
        single=True,
        fields={"fields": (Fields, None)},
    ),
    GLOBAL.read("Read the global DHCP settings by their id.", name="get_dhcp_global_by_id"),
    GLOBAL.changed(
        "Change the global DHCP settings: only what is given changes.",
        GlobalFields,
        by_id=False,
        path=GLOBAL.path,
        targets=(),
        touches=always("dhcp/global"),
    ),
    GLOBAL.changed(
        "Change the global DHCP settings by their id.",
        GlobalFields,
        name="update_dhcp_global_by_id",
        touches=always("dhcp/global"),
        targets=(),
    ),
    PROFILE.looked(
        "list_config_profiles_of_object",
        "List config profiles of an object",
        "List the DHCP config profiles of a subnet or another object.",
        suffix="/profiles",
        by_id=False,
        fields={"object_id": (Annotated[Linked, Query("object_id")], ...)},
    ),
    PROFILE.looked(
        "list_config_profile_subnets",
        "List subnets of a config profile",
        "List the subnets that a DHCP config profile is linked to.",
        suffix="/subnets",
        by_id=False,
        fields={
            "config_profile_id": (Annotated[Linked, Query("config_profile_id")], ...),
            "order_by": (OrderBy, None),
            "limit": (Limit, 100),
            "offset": (Offset, 0),
        },
    ),
    _link(
        "link_config_profile_to_objects",
        "Link a config profile",
        "Link a DHCP config profile to subnets or other objects.",
        args=LinkToObjects,
        call="link_profile",
    ),
    _link(
        "link_object_to_config_profiles",
        "Link an object to config profiles",
        "Link a subnet or another object to DHCP config profiles.",
        args=LinkToProfiles,
        call="link_object",
    ),
    _link(
        "delink_config_profile_from_objects",
        "Unlink a config profile",
        "Take a DHCP config profile from subnets or other objects.",
        args=LinkToObjects,
        call="delink_profile",
    ),
    _link(
        "delink_object_from_config_profiles",
        "Unlink an object from config profiles",
        "Take DHCP config profiles from a subnet or another object.",
        args=LinkToProfiles,
        call="delink_object",
    ),
)
