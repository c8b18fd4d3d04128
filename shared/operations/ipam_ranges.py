"""Ranges: the addresses of a subnet that DHCP hands out."""

from typing import Annotated

from shared.catalog import Body, WriteArgs
from shared.operations.arguments import Comment, Name, Tags, equal_to, maybe
from shared.operations.dhcp_fields import (
    AccessFilter,
    ExclusionRange,
    Inherited,
    Options,
    Threshold,
)
from shared.operations.ids import DhcpHostId, SpaceId
from shared.operations.ipam_next import ALLOCATE, CONTIGUOUS, COUNT, Allocation
from shared.operations.networks import Address
from shared.operations.resource import Resource

RANGE = Resource(
    kind="ipam/range",
    called="an IP range",
    toolset="ipam",
    id_name="range_id",
    noun="ip_range",
    collection="range",
    also=("subnet",),
    inherits=True,
)


class RangeFields(WriteArgs):
    """What can be said of a range."""

    name: Name = None
    comment: Comment = None
    dhcp_host: DhcpHostId | None = None
    disable_dhcp: bool | None = maybe("Serve no DHCP here")
    dhcp_options: Options = None
    exclusion_ranges: list[ExclusionRange] | None = maybe(max_length=1000)
    filters: list[AccessFilter] | None = maybe(max_length=500)
    threshold: Threshold | None = None
    inheritance_sources: Inherited = None
    tags: Tags = None


class MovableRange(RangeFields):
    """A range whose ends may move."""

    start: Address | None = None
    end: Address | None = None


class CreateIpRange(RangeFields):
    """Create a DHCP range, from its first to its last address, in a subnet that exists."""

    start: Address
    end: Address
    space_id: Annotated[SpaceId, Body("space")]


OPERATIONS = (
    RANGE.listed("", space_filter=equal_to("space", SpaceId)),
    RANGE.read(),
    RANGE.created(CreateIpRange, key=("space_id", "start", "end")),
    RANGE.changed("", MovableRange),
    RANGE.deleted(),
    RANGE.looked(
        "preview_next_available_ip_in_range",
        "Preview free addresses of a range",
        "Show the next free addresses of a range; nothing is taken.",
        suffix="/nextavailableip",
        fields={"count": COUNT, "contiguous": CONTIGUOUS},
    ),
    RANGE.row(
        "allocate_next_available_ip_in_range",
        "Take free addresses of a range",
        "Take the next free addresses of a range. Each call takes others; create_ip_address can "
        "name and tag one.",
        base=Allocation,
        fields=RANGE.by_id | {"count": COUNT, "contiguous": CONTIGUOUS},
        path=f"{RANGE.path_of_one}/nextavailableip",
        targets=("range_id",),
        look="list_ip_addresses",
        **ALLOCATE | {"changes": ("address", "range", "subnet")},
    ),
)
