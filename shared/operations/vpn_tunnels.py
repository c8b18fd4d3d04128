"""Access locations and their tunnels, as a VPN payload describes them."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from shared.operations.vpn_fields import (
    AccessLocationId,
    Asn,
    CloudRegion,
    CredentialRef,
    EndpointRef,
    Entry,
    Label,
    LocationRef,
    Name,
    Routing,
    Token,
)


class BgpConfig(Entry):
    """BGP of one tunnel."""

    id: Annotated[Token | None, Field(description="Update: the id as read")] = None
    asn: Asn
    hop_limit: Annotated[int, Field(ge=1, le=255)] = 2
    neighbour_ips: Annotated[list[IPv4Address] | None, Field(max_length=10)] = None
    cloud_cidr: Annotated[
        IPv4Interface | None, Field(description="Inside network of the tunnel; update: as read")
    ] = None


class PhysicalTunnel(Entry):
    """One IPsec tunnel."""

    path: Literal["primary", "secondary"]
    credential_id: CredentialRef
    index: Annotated[int | None, Field(ge=0, le=10)] = None
    access_ip: Annotated[IPv4Address | None, Field(description="The remote end")] = None
    bgp_configs: Annotated[list[BgpConfig] | None, Field(max_length=10)] = None


class TunnelConfig(Entry):
    """Tunnels that belong together."""

    id: Annotated[Token | None, Field(description="Update: the id as read")] = None
    name: Name
    wan_ip: IPv4Address | None = None
    identity_type: Literal["KeyID", "FQDN"] | None = None
    physical_tunnels: Annotated[list[PhysicalTunnel], Field(min_length=1, max_length=10)]


class AccessLocationFields(Entry):
    """What a new and a changed access location have in common."""

    endpoint_id: EndpointRef
    type: Annotated[
        Literal["Cloud VPN", "Site"] | None,
        Field(description="AWS Cloud VPN: two tunnel_configs; Site: one with two tunnels"),
    ] = None
    name: Name | None = None
    routing_type: Routing | None = None
    cloud_type: Literal["AWS"] | None = None
    cloud_region: CloudRegion | None = None
    location_id: Annotated[LocationRef | None, Field(description="Site: required")] = None
    credential_id: CredentialRef | None = None
    wan_ip_addresses: Annotated[list[IPv4Address] | None, Field(max_length=10)] = None
    lan_subnets: Annotated[list[IPv4Network] | None, Field(max_length=1000)] = None
    tunnel_configs: Annotated[list[TunnelConfig], Field(min_length=1, max_length=10)]


class AccessLocation(AccessLocationFields):
    """A site or cloud network that connects to an endpoint."""

    id: Label | None = None


class AccessLocationUpdate(AccessLocationFields):
    """An access location as it shall be: give every field."""

    id: AccessLocationId
