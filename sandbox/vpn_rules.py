"""What holds for every write to a VPN, whichever call it comes by."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.account import Account, last
from sandbox.apply import site_label
from sandbox.errors import Refused, conflict
from sandbox.places import LOCATIONS, SITES
from sandbox.schema import Row

IN_PROGRESS = "another operation is in progress"


def named(service: str) -> str:
    """Name a service that has no id yet among the running changes."""
    return f"name:{service}"


def refuse_running(account: Account, *keys: str) -> None:
    """Answer 409 while a change on the service is applied."""
    if any(account.vpn.is_applying(key) for key in keys):
        raise conflict(IN_PROGRESS)


def refuse_attached(account: Account, endpoint: str, gone: Collection[str] = ()) -> None:
    """Answer 409 for an endpoint that access locations still hang on."""
    for site in account[SITES]:
        if site["endpoint_id"] == endpoint and last(site["id"]) not in gone:
            raise conflict("access locations are still attached to the endpoint")


def refuse_same_site(account: Account, site: Row, gone: Collection[str] = ()) -> None:
    """Answer 409 for tunnels that are there already, or whose ids still rest in the pool."""
    endpoint, label = last(site["endpoint_id"]), site_label(site)
    for one in account[SITES]:
        if (one["endpoint_id"], one.get("name")) != (endpoint, site.get("name")):
            continue
        if last(one["id"]) in gone:
            if account.vpn.settings.tunnel_pool_seconds > 0:
                raise _resting(label)
        elif site.get("name"):
            raise conflict(f"The access location with name '{label}' already exists")
    if account.vpn.are_resting(endpoint, label):
        raise _resting(label)


def _resting(label: str) -> Refused:
    # How the real service refuses is not known, only that it takes more than 120 s.
    return conflict(f"tunnel ids of '{label}' are still being released")


def refuse_placeless(account: Account, location: str) -> None:
    """Answer 500 for a location that does not say in which country it is."""
    row = account[LOCATIONS].find(last(location))
    if row is not None and not row["address"].get("country"):
        raise Refused(500, "error fetching country from location address")
