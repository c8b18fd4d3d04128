"""Universal services, endpoints, access locations and places, one at a time; usually all of them
are made and changed together by configure_vpn_infrastructure."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import WriteArgs
from shared.operations.arguments import maybe, part_of
from shared.operations.cloud_resource import VpnResource
from shared.operations.vpn_fields import (
    CloudRegion,
    EndpointId,
    LocationId,
    Name,
    PointOfPresence,
    Routing,
    ServiceId,
    Tags,
    Text,
    Token,
)
from shared.operations.vpn_payload import Address, Capability, RoutingConfig, Size
from shared.operations.vpn_tunnels import TunnelConfig
from shared.recovery import Kept, Recovery

SERVICE = VpnResource(
    kind="infra/universal_service",
    called="a universal service",
    id_name="service_id",
    route="universalservices",
    keeps=Kept(
        {
            "name": (),
            "description": (),
            "capabilities": ("type", "profile_id", "anycast_enabled"),
            "tags": (),
        }
    ),
)
ENDPOINT = VpnResource(
    kind="infra/endpoint",
    called="an endpoint",
    id_name="endpoint_id",
    noun="vpn_endpoint",
    route="endpoints",
    also=("universal_service",),
    keeps=Kept(
        dict.fromkeys(
            (
                *("name", "universal_service_id", "service_location", "service_ip", "size"),
                *("neighbour_ips", "routing_config", "preferred_provider", "routing_type"),
                *("description", "tags"),
            ),
            (),
        )
    ),
)
SITE = VpnResource(
    kind="infra/access_location",
    called="an access location",
    id_name="access_location_id",
    route="accesslocations",
    also=("vpn_endpoint",),
)
PLACE = VpnResource(
    kind="infra/location",
    called="a location",
    base="/api/infra/v1",
    noun="vpn_location",
    route="locations",
    tagged=False,
)
_SLOWLY = "While Infoblox is busy with another change of the service it is tried again by itself."
Capabilities = Annotated[list[Capability], Field(max_length=20, description="The full list")]
Peers = Annotated[
    list[IPv4Address], Field(max_length=2, description="Primary and secondary, or none")
]


class ServiceFields(WriteArgs):
    """What can be said of a universal service."""

    name: Name | None = None
    description: Text | None = None
    capabilities: Capabilities | None = None
    tags: Tags | None = None


class CreateUniversalService(ServiceFields):
    """Create a universal service without endpoints and tunnels. For a whole VPN use
    configure_vpn_infrastructure."""

    name: Name


class EndpointFields(WriteArgs):
    """What can be said of an endpoint."""

    name: Name | None = None
    size: Size | None = None
    service_location: PointOfPresence | None = None
    service_ip: IPv4Address | None = None
    neighbour_ips: Peers | None = None
    routing_type: Routing | None = None
    routing_config: RoutingConfig | None = None
    preferred_provider: Literal["AWS", "Any"] | None = None
    description: Text | None = None
    tags: Tags | None = None


class CreateVpnEndpoint(EndpointFields):
    """Create an endpoint of a universal service: a point of presence that customers connect to.
    While Infoblox is busy with another change of the service it is tried again by itself."""

    name: Name
    universal_service_id: ServiceId
    size: Size
    service_location: PointOfPresence
    service_ip: IPv4Address
    neighbour_ips: Peers


class CreateAccessLocation(WriteArgs):
    """Create an access location of an endpoint: a site or cloud network that connects to it. While
    Infoblox is busy with another change of the service it is tried again by itself."""

    endpoint_id: EndpointId
    location_id: LocationId
    wan_ip_addresses: Annotated[list[IPv4Address], Field(min_length=1, max_length=10)]
    name: Name | None = None
    type: Literal["Cloud VPN", "Site"] | None = None
    credential_id: Token | None = maybe("Pre-shared key of all its tunnels")
    cloud_type: Literal["AWS"] | None = None
    cloud_region: CloudRegion | None = None
    routing_type: Routing | None = None
    lan_subnets: Annotated[list[IPv4Network] | None, Field(max_length=1000)] = None
    tunnel_configs: Annotated[list[TunnelConfig] | None, Field(max_length=10)] = None
    description: Text | None = None
    tags: Tags | None = None


class CreateVpnLocation(WriteArgs):
    """Create a location: a postal place that an access location refers to; it needs a country. If
    the answer is lost and one of this name is there then, it ends `unknown`: look with
    list_vpn_locations."""

    name: Name
    address: Address
    latitude: float | None = maybe(ge=-90, le=90)
    longitude: float | None = maybe(ge=-180, le=180)
    enable_managed_service: bool | None = None


# A 409 to a change may also mean that its new name is taken.
BY_NAME = {"name": "name"}
OPERATIONS = (
    SERVICE.listed(
        "List universal services, the VPN set-ups of the account. For the state of tunnels use "
        "list_vpn_connection_status.",
        name_filter=part_of("name"),
    ),
    SERVICE.read(),
    SERVICE.created(CreateUniversalService, key=("name",)),
    SERVICE.changed(
        f"Change a universal service: only what is given changes. {_SLOWLY}",
        ServiceFields,
        recovery=Recovery(SERVICE.path, where=BY_NAME),
    ),
    ENDPOINT.listed(
        "List endpoints with their state and service addresses.", name_filter=part_of("name")
    ),
    ENDPOINT.created(
        CreateVpnEndpoint,
        key=("universal_service_id", "name"),
        recovery=Recovery(where=BY_NAME, check={"universal_service_id": "universal_service_id"}),
    ),
    ENDPOINT.changed(
        f"Change an endpoint: only what is given changes. {_SLOWLY}",
        EndpointFields,
    ),
    ENDPOINT.deleted(f"Delete an endpoint; its access locations must be deleted before. {_SLOWLY}"),
    SITE.listed(
        "List access locations: sites and cloud networks that connect to an endpoint.",
        name_filter=part_of("name"),
    ),
    SITE.read("Read an access location with the identities and the state of its tunnels."),
    SITE.created(
        CreateAccessLocation,
        key=("endpoint_id", "name", "location_id"),
        recovery=Recovery(
            where=BY_NAME, check={"endpoint_id": "endpoint_id", "location_id": "location_id"}
        ),
    ),
    SITE.deleted(f"Delete an access location; its tunnels go down. {_SLOWLY}"),
    PLACE.listed(
        "List locations: postal places that access locations refer to.",
        name_filter=part_of("name"),
    ),
    PLACE.created(CreateVpnLocation, key=("name",)),
)
