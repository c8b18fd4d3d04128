"""What a VPN can be made of, and how far one has come: reads, some of them sent by POST."""

from typing import Any, Literal

from shared.catalog import Args, KeptArgs, Operation
from shared.operations.vpn_fields import AccessLocationId, ServiceId
from shared.operations.vpn_objects import SERVICE

CONSOLIDATED = f"{SERVICE.base}/consolidated"
# The only point of view that any client takes.
FROM_THE_PLACE = {"perspective": "configuration/location"}
# The portal's calls say the sizes out.
SIZES = {"Small": "S", "Medium": "M", "Large": "L", "Extra Large": "XL", "X-Large": "XL"}


class Provider(KeptArgs):
    """Whose regions."""

    provider: Literal["AWS", "GCP"] = "AWS"


class OfService(Args):
    """A universal service."""

    universal_service_id: ServiceId


class OfSite(OfService):
    """A universal service, or one access location of it."""

    access_location_id: AccessLocationId | None = None


class Changes(Args):
    """Whose changes; without both those of all services."""

    universal_service_id: ServiceId | None = None
    access_location_id: AccessLocationId | None = None


def _asked(name: str, title: str, about: str, *, call: str, **parts: Any) -> Operation:
    usual: dict[str, Any] = {"method": "POST", "path": f"{CONSOLIDATED}/{call}"}
    return SERVICE.looked(name, title, about, by_id=False, **usual | parts)


def _catalogued(name: str, title: str, about: str, **parts: Any) -> Operation:
    usual: dict[str, Any] = {
        "base": KeptArgs,
        "reads": ("vpn_catalog",),
        "cache": "catalogue",
        "envelope": "results|result",
    }
    return SERVICE.looked(name, title, about, by_id=False, **usual | parts)


OPERATIONS = (
    _catalogued(
        "list_supported_sizes",
        "List endpoint sizes",
        "List the sizes that an endpoint may have.",
        path=f"{SERVICE.base}/supportedsizes",
    ),
    _catalogued(
        "list_cloud_regions",
        "List cloud regions",
        "List the regions of a cloud provider in which an endpoint can be placed.",
        base=Provider,
        method="POST",
        path=f"{SERVICE.base}/cloudproviderregions",
    ),
    _catalogued(
        "list_service_capabilities",
        "List capabilities",
        "List the capabilities a universal service can carry: DNS, DHCP, DNS security, NTP.",
        path=f"{SERVICE.base}/capabilities",
    ),
    _asked(
        "consolidated_get_catalog",
        "List services in short",
        "List universal services by id and name only, as the portal does.",
        call="getcatalog",
    ),
    _asked(
        "get_service_capability_status",
        "Read the state of capabilities",
        "Read the capabilities of a universal service with their state: Available once they are "
        "up.",
        call="getcapabilities",
        base=OfService,
        fixed=FROM_THE_PLACE,
        envelope="universal_service.capabilities",
    ),
    _asked(
        "list_vpn_connections",
        "List connections of a VPN",
        "List the endpoints of a universal service with their addresses and access locations.",
        call="listconnectionpoints",
        base=OfSite,
        fixed=FROM_THE_PLACE,
        spelled={"size": SIZES},
        reads=("vpn_endpoint", "access_location"),
    ),
    _asked(
        "list_vpn_connection_status",
        "List the state of connections",
        "List the state of the tunnels of every access location of a universal service.",
        call="listconnectionstatus",
        base=OfSite,
        fixed=FROM_THE_PLACE,
        reads=("vpn_endpoint", "access_location"),
    ),
    _asked(
        "list_vpn_config_changes",
        "List changes of VPNs",
        "List what was changed in universal services, when and by whom. What one call changed has "
        "one request_id: the best evidence after an unknown outcome.",
        call="getconfigchanges",
        base=Changes,
    ),
    SERVICE.looked(
        "list_service_associations",
        "List what a service answers for",
        "List the DNS views and zones that a universal service answers for.",
        path="/api/ddi/v1/dns/universal_service/{service_id}/associations",
    ),
)
