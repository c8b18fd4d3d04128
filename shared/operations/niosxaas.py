"""VPN, NIOS-X as a Service: the rows of the `niosxaas` queue."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from shared.catalog import Args, Kind, Operation, Queue
from shared.identifiers import ObjectId, bare
from shared.operations.vpn_arguments import (
    ConfigureVpnInfrastructure,
    CreateVpnCredential,
    DeleteVpnCredential,
    DeleteVpnService,
    GetVpnCredential,
    ListVpnCredentials,
    RebuildVpnAccessLocation,
    UpdateVpnAccessLocation,
)

row = partial(Operation, queue=Queue.NIOSXAAS, toolset="vpn")

# Everything that one configure may make or change.
CONFIGURED = (
    *("universal_service", "vpn_endpoint", "access_location", "vpn_credential"),
    "vpn_location",
)
EndpointId = Annotated[str, ObjectId("infra/endpoint")]


class GetVpnEndpointCnames(Args):
    """Read the two public service addresses (cnames) that the customer gateway peers with. Fewer
    than two mean that the endpoint is still being provisioned. For the state of tunnels use
    list_vpn_connection_status."""

    endpoint_id: EndpointId | None = None
    service_name: Annotated[
        str | None,
        Field(min_length=1, max_length=256, description="Exact name of the universal service"),
    ] = None


def touched(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every id and name a configure touches, so that two of them cannot overlap."""
    payload = arguments["vpn_payload"]
    entries = [payload["universal_service"]]
    for section in ("endpoints", "access_locations", "credentials", "locations"):
        for listed in (payload.get(section) or {}).values():
            entries += [{"id": item} if isinstance(item, str) else item for item in listed]
    ids = {bare(entry["id"]) for entry in entries if entry.get("id")}
    names = {entry["name"] for entry in entries if entry.get("name")}
    # A label means something inside one payload only; two payloads may use the same.
    return tuple(sorted(names | {one for one in ids if not one.startswith("ref_")}))


OPERATIONS = (
    row(
        name="configure_vpn_infrastructure",
        title="Configure a VPN",
        args=ConfigureVpnInfrastructure,
        kind=Kind.CONFIGURE,
        method="POST",
        single=True,
        changes=CONFIGURED,
        touches=touched,
        natural=True,
        sensitive=("vpn_payload.credentials.*.*.value",),
    ),
    row(
        name="delete_vpn_service",
        title="Delete a VPN",
        args=DeleteVpnService,
        kind=Kind.DELETE,
        single=True,
        changes=CONFIGURED,
        targets=("service_name",),
        natural=True,
    ),
    row(
        name="update_vpn_access_location",
        title="Set tunnel addresses",
        args=UpdateVpnAccessLocation,
        kind=Kind.UPDATE,
        single=True,
        changes=("universal_service", "vpn_endpoint", "access_location"),
        touches=lambda arguments: (bare(arguments["location_id"]),),
        natural=True,
    ),
    row(
        name="rebuild_vpn_access_location",
        title="Rebuild an access location",
        args=RebuildVpnAccessLocation,
        kind=Kind.UPDATE,
        single=True,
        changes=("access_location", "vpn_credential"),
        touches=lambda arguments: (bare(arguments["access_location_id"]),),
        natural=True,
        sensitive=("psk",),
    ),
    row(
        name="list_vpn_credentials",
        title="List pre-shared keys",
        args=ListVpnCredentials,
        reads=("vpn_credential",),
    ),
    row(
        name="get_vpn_credential",
        title="Read a pre-shared key",
        args=GetVpnCredential,
        single=True,
        reads=("vpn_credential",),
    ),
    row(
        name="create_vpn_credential",
        title="Create a pre-shared key",
        args=CreateVpnCredential,
        kind=Kind.CREATE,
        single=True,
        changes=("vpn_credential",),
        targets=("name",),
        natural=True,
        sensitive=("value",),
    ),
    row(
        name="delete_vpn_credential",
        title="Delete a pre-shared key",
        args=DeleteVpnCredential,
        kind=Kind.DELETE,
        single=True,
        changes=("vpn_credential",),
        targets=("credential_id",),
        natural=True,
    ),
    row(
        name="get_vpn_endpoint_cnames",
        title="Read VPN service addresses",
        args=GetVpnEndpointCnames,
        single=True,
        reads=("vpn_endpoint", "universal_service"),
    ),
)
