"""Whole tasks as one tool: each is one job of several requests, carried on after a kill."""

from ipaddress import IPv4Address
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Kind, Operation, Queue, WriteArgs
from shared.operations.arguments import Comment, maybe
from shared.operations.ids import IpamHostId, SpaceId, SubnetId, ZoneId
from shared.recovery import Recovery

# What both of them touch.
_CHANGES = ("ipam_host", "address", "dns_record", "dns_usage", "fixed_address")
HostLabel = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$")]
Mac = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$")]


class ProvisionHost(WriteArgs):
    """Set a host up as one job: an IPAM host with the given or the next free address, its A record
    (and PTR where there is a reverse zone), and with mac_address a fixed address for DHCP. What
    exists under these names and is not of this job is a conflict before anything is made."""

    hostname: Annotated[HostLabel, Field(description="Without the zone, such as web01")]
    zone: ZoneId
    space: SpaceId
    ip_address: IPv4Address | None = maybe("This address, or else give subnet")
    subnet: SubnetId | None = maybe("Take the next free address of this subnet")
    mac_address: Mac | None = maybe("Reserve the address for this DHCP client")
    comment: Comment = None

    @model_validator(mode="after")
    def has_one_address(self) -> Self:
        """Refuse no address, and two ways to one."""
        if (self.ip_address is None) == (self.subnet is None):
            raise ValueError("give ip_address or subnet")
        return self


class DecommissionHost(WriteArgs):
    """Remove a host as one job: its fixed addresses, its address records and their PTR records,
    then the IPAM host, which gives its addresses back. The name must be exact; dry_run lists what
    would go."""

    hostname: HostLabel | None = maybe("The exact name, or else give host_id")
    host_id: IpamHostId | None = None

    @model_validator(mode="after")
    def names_one_host(self) -> Self:
        """Refuse none, and two."""
        if (self.hostname is None) == (self.host_id is None):
            raise ValueError("give hostname or host_id")
        return self


def _row(
    name: str, title: str, args: type[Args], *, kind: Kind, targets: tuple[str, ...]
) -> Operation:
    return Operation(
        name=name,
        title=title,
        queue=Queue.INFOBLOX,
        toolset="workflows",
        args=args,
        kind=kind,
        method="POST" if kind is Kind.CREATE else "DELETE",
        targets=targets,
        natural=True,
        changes=_CHANGES,
        # Each request of it is looked up before it is sent again.
        recovery=Recovery(),
    )


OPERATIONS = (
    _row(
        "provision_host",
        "Set a host up",
        ProvisionHost,
        kind=Kind.CREATE,
        targets=("hostname", "zone"),
    ),
    _row(
        "decommission_host",
        "Remove a host",
        DecommissionHost,
        kind=Kind.DELETE,
        targets=("hostname", "host_id"),
    ),
)
