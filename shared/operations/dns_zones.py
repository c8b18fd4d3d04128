"""DNS zones."""

from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import KeptArgs, Path
from shared.operations.arguments import InheritingList, part_of
from shared.operations.resource import Resource

ZONE = Resource(
    kind="dns/auth_zone",
    called="an authoritative zone",
    toolset="dns",
    collection="dns_zone",
    inherits=True,
    cache="dns_zone",
)
ZONE_TYPE = (
    Annotated[Literal["auth", "forward"], Path(), Field(description="Which kind of zone")],
    "auth",
)

OPERATIONS = (
    ZONE.row(
        "list_dns_zones",
        "List DNS zones",
        "List DNS zones: authoritative ones, or forward zones with zone_type=forward.",
        base=(KeptArgs, InheritingList),
        fields={"zone_type": ZONE_TYPE, "name_filter": part_of("fqdn")},
        path="/api/ddi/v1/dns/{zone_type}_zone",
        envelope="results",
        single=False,
        cache="dns_zone",
    ),
)
