"""Arguments of the VPN tools that take more than one request."""

from ipaddress import IPv4Address
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.catalog import Args, WriteArgs
from shared.identifiers import ObjectId
from shared.operations.arguments import Limit, NamePart, Offset
from shared.operations.vpn_fields import Entry, Token
from shared.operations.vpn_payload import VpnPayload
from shared.operations.vpn_tunnels import TunnelConfig

AccessLocationId = Annotated[str, ObjectId("infra/access_location")]
CredentialId = Annotated[Token, Field(description="Id of the key, a UUID")]
PreSharedKey = Annotated[
    str,
    Field(min_length=16, max_length=256, repr=False, description="Pre-shared key of your own"),
]


class ConfigureVpnInfrastructure(WriteArgs):
    """Create or change a whole VPN set-up in one call: universal service, endpoints, access
    locations, credentials, locations. It takes minutes while Infoblox is busy: the job goes on by
    itself, and calling again with the same payload finds it instead of starting a second one.
    Pre-shared keys are required and never shown again. A change (UPDATE) whose answer was lost is
    found in the change log; if others changed the service meanwhile it may end unknown. For new
    outside addresses alone use update_vpn_access_location."""

    vpn_payload: Annotated[
        VpnPayload, Field(description="ref_...: labels of yours for what is created; else ids.")
    ]
    wait_until: Annotated[
        Literal["accepted", "ready"],
        Field(
            description="accepted: done when Infoblox takes it; ready: followed, up to an hour, "
            "until its addresses and capabilities are up"
        ),
    ] = "accepted"


class DeleteVpnService(WriteArgs):
    """Delete a universal service by its exact name, with everything in it: access locations first,
    then endpoints, then the service; each is tried again while Infoblox is busy. Its locations and
    keys go with it. A dry run lists every deletion. For one site use delete_access_location."""

    service_name: Annotated[str, Field(min_length=1, max_length=256, description="Exact name")]
    confirm: Annotated[bool, Field(description="Must be true, unless it is a dry run")] = False

    @model_validator(mode="after")
    def is_confirmed(self) -> Self:
        """Refuse a deletion that nobody asked for in so many words."""
        if not (self.confirm or self.dry_run):
            raise ValueError(
                "confirm: this deletes a whole VPN. Look at it with dry_run=true, then call with "
                "confirm=true"
            )
        return self


class UpdateVpnAccessLocation(WriteArgs):
    """Put the real outside addresses of the tunnels into an access location that was made with
    placeholders. All other settings of its service stay as they are. BGP may stay down after a
    change in place; rebuild_vpn_access_location is the way around that."""

    location_id: AccessLocationId
    wan_ip_addresses: Annotated[
        list[IPv4Address] | None,
        Field(min_length=1, max_length=2, description="Of the primary, then the secondary tunnel"),
    ] = None
    tunnel_configs: Annotated[
        list[TunnelConfig] | None,
        Field(min_length=1, max_length=10, description="Instead: all tunnels as they shall be"),
    ] = None

    @model_validator(mode="after")
    def names_one_change(self) -> Self:
        """Refuse both ways at once, and none."""
        if (self.wan_ip_addresses is None) == (self.tunnel_configs is None):
            raise ValueError("give either wan_ip_addresses or tunnel_configs")
        return self


class NewTunnel(Entry):
    """The customer's end of one tunnel."""

    path: Literal["primary", "secondary"]
    access_ip: Annotated[IPv4Address, Field(description="Outside address")]
    neighbour_ip: Annotated[IPv4Address | None, Field(description="BGP peer, inside")] = None


class RebuildVpnAccessLocation(WriteArgs):
    """Delete an access location and create it again with its final tunnel addresses, so that BGP
    comes up. Its tunnels are down for three minutes and more, because their ids must rest in
    between. New keys are made for it, named after the job."""

    access_location_id: AccessLocationId
    tunnels: Annotated[list[NewTunnel], Field(min_length=2, max_length=2, description="Both")]
    psk: Annotated[PreSharedKey, Field(description="Pre-shared key, the same on the cloud side")]

    @model_validator(mode="after")
    def has_both_paths(self) -> Self:
        """Refuse two ends of one tunnel."""
        if len({tunnel.path for tunnel in self.tunnels}) != len(self.tunnels):
            raise ValueError("tunnels: give one primary and one secondary")
        return self


class ListVpnCredentials(Args):
    """List the pre-shared keys of the account, without their values."""

    name_filter: NamePart = None
    limit: Limit = 100
    offset: Offset = 0


class GetVpnCredential(Args):
    """Read one pre-shared key, without its value."""

    credential_id: CredentialId


class CreateVpnCredential(WriteArgs):
    """Create a pre-shared key for VPN tunnels, beside those that configure_vpn_infrastructure
    makes. Its value is never shown again. With
    unique_suffix=false a creation whose answer was lost may end unknown: then look whether the
    key is there, and delete it if in doubt."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    value: PreSharedKey
    unique_suffix: Annotated[
        bool, Field(description="End the name in a part of the job id, so that it is unique")
    ] = True


class DeleteVpnCredential(WriteArgs):
    """Delete a pre-shared key. Other kinds of keys are refused. Tunnels that use it go down."""

    credential_id: CredentialId
