"""Networks that policies protect, internal domains that they leave alone, forwarding proxies."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.catalog import Args, Body, Kind, Query, WriteArgs
from shared.operations.arguments import Name, NameNeeded, Tags, maybe, part_of
from shared.operations.cloud_resource import Number, SecurityResource
from shared.operations.security_fields import DescribedItems, Item, Text
from shared.recovery import Kept

NETWORK = SecurityResource(
    kind="network_lists",
    called="a network list",
    id_name="list_id",
    noun="network_list",
    also=("security_policy",),
    tagged=False,
    keeps=Kept(dict.fromkeys(("name", "items", "description"), ())),
)
DOMAINS = SecurityResource(
    kind="internal_domain_lists",
    called="an internal domain list",
    id_name="list_id",
    noun="internal_domain_list",
    also=("dfp_service",),
    keeps=Kept(
        dict.fromkeys(("name", "internal_domains", "description", "tags"), ()),
        pages="internal_domains",
    ),
)
PROXY = SecurityResource(
    kind="dfp_services",
    called="a DNS forwarding proxy",
    plural="DNS forwarding proxies",
    base="/api/atcdfp/v1",
    id_name="service_id",
    noun="dfp_service",
    numbered=False,
    tagged=False,
    keeps=Kept(
        {
            "resolvers_all": ("address", "is_fallback", "is_local", "protocols"),
            "host": ("name", "ophid", "site_id", "legacy_host_id"),
            **dict.fromkeys(
                (
                    *("name", "service_id", "service_name", "forwarding_policy", "site_id"),
                    *("internal_domain_lists", "pop_region_id"),
                ),
                (),
            ),
        }
    ),
)
WIDEST, NARROWEST = 24, 32


def _is_narrow(network: IPv4Network) -> IPv4Network:
    if network.prefixlen < WIDEST:
        raise ValueError(f"must have a prefix of {WIDEST} to {NARROWEST}")
    return network


Network = Annotated[IPv4Network, AfterValidator(_is_narrow)]
Networks = Annotated[
    list[Network],
    Field(min_length=1, max_length=10_000, description="/24 to /32, of no other list"),
]
Domains = Annotated[
    list[Item], Field(min_length=1, max_length=50_000, description="Domains, addresses, networks")
]


class NetworkListFields(WriteArgs):
    """What can be said of a network list."""

    name: Name = None
    items: Networks | None = None
    description: Text = None


class CreateNetworkList(NetworkListFields):
    """Create a network list: external networks that a policy protects. If the answer is lost and
    a list of this name is there then, it ends `unknown`: look with list_network_lists."""

    name: NameNeeded
    items: Networks


class DomainListFields(WriteArgs):
    """What can be said of an internal domain list."""

    name: Name = None
    internal_domains: Domains | None = None
    description: Text = None
    tags: Tags = None


class CreateInternalDomainList(DomainListFields):
    """Create an internal domain list: names that are resolved locally and not filtered."""

    name: NameNeeded
    internal_domains: Domains


class UpdateInternalDomainListItems(WriteArgs):
    """Add and remove entries of an internal domain list without sending the rest."""

    add: Annotated[DescribedItems, Body("inserted_items_described")] = None
    remove: Annotated[DescribedItems, Body("deleted_items_described")] = None

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        """Refuse a change of nothing."""
        if self.add is None and self.remove is None:
            raise ValueError("give add or remove")
        return self


class Resolver(Args):
    """A resolver that a proxy asks."""

    address: IPv4Address | IPv6Address
    is_fallback: bool | None = None
    is_local: bool | None = None
    protocols: Annotated[list[Literal["DO53", "DOT"]] | None, Field(max_length=2)] = None


class Host(Args):
    """A host that a proxy runs on."""

    name: Text = None
    ophid: Text = None
    site_id: Text = None
    legacy_host_id: int | None = None


class ProxyFields(WriteArgs):
    """What can be said of a forwarding proxy."""

    name: Name = None
    service_name: Name = None
    forwarding_policy: Literal["ib_cloud_first", "external_first", "external_only"] | None = None
    resolvers_all: Annotated[list[Resolver] | None, Field(max_length=100)] = None
    internal_domain_lists: list[Number] | None = None
    pop_region_id: int | None = maybe(ge=0)
    site_id: Text = None
    host: Annotated[list[Host] | None, Field(max_length=100, description="Internal use")] = None


class CheckDfpConfig(Args):
    """Check the configuration of the forwarding proxies; nothing is changed."""

    config_check_type: Text = None
    account_id: int | None = maybe(ge=0)


OPERATIONS = (
    NETWORK.listed(
        "List network lists: external networks that policies protect.", name_filter=part_of("name")
    ),
    NETWORK.read(),
    NETWORK.created(CreateNetworkList, key=("name",)),
    NETWORK.changed("", NetworkListFields),
    NETWORK.deleted("Delete a network list. One of a policy stays."),
    DOMAINS.listed(
        "List internal domain lists: names that are resolved locally and not filtered.",
        name="list_internal_domains",
        name_filter=part_of("name"),
    ),
    DOMAINS.read(
        limit=(Annotated[int | None, Query("_limit"), Field(ge=1, description="Entries")], None),
        offset=(Annotated[int | None, Query("_offset"), Field(ge=0)], None),
    ),
    DOMAINS.created(CreateInternalDomainList, key=("name",)),
    DOMAINS.changed(
        "Change an internal domain list: only what is given changes, and domains are given all "
        "together; update_internal_domain_list_items changes some.",
        DomainListFields,
    ),
    DOMAINS.acted(
        "update_internal_domain_list_items",
        "Change entries of a domain list",
        UpdateInternalDomainListItems,
        suffix="/items",
        kind=Kind.UPDATE,
        method="PATCH",
        natural=True,
    ),
    DOMAINS.deleted("Delete an internal domain list. One of an endpoint group stays."),
    PROXY.listed(name_filter=part_of("service_name")),
    PROXY.read(),
    PROXY.changed(
        "Set resolvers, forwarding policy and internal domain lists of a forwarding proxy: only "
        "what is given changes.",
        ProxyFields,
    ),
    PROXY.row(
        "check_dfp_config",
        "Check the proxies",
        CheckDfpConfig.__doc__ or "",
        base=CheckDfpConfig,
        method="POST",
        path=f"{PROXY.base}/config/check",
        single=False,
    ),
)
