"""The reads of the portal: whole services in one answer, with ids in their bare form."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.places import ENDPOINTS, LOCATIONS, SERVICES, SITES
from sandbox.schema import Row, checked, fields
from sandbox.universal import INFRA
from sandbox.vpn_views import owned, present_endpoint, present_service, present_site

SIZE_WORDS = {"S": "Small", "M": "Medium", "L": "Large", "XL": "Extra Large"}
NOTHING = fields("")
CHANGES = fields("universal_service_id: string\naccess_location_id: string")
SERVICE = fields("""
    perspective: string required words=configuration/location
    universal_service_id: string required
""")
CONNECTIONS = fields("""
    perspective: string required words=configuration/location
    universal_service_id: string required
    access_location_id: string
""")


def catalog(call: Call) -> Answer:
    """List the services by id and name."""
    checked(NOTHING, call.body, partial=False)
    rows = [{"id": last(row["id"]), "name": row["name"]} for row in call.account[SERVICES]]
    return answer(200, {"results": rows})


def capabilities(call: Call) -> Answer:
    """Show how far the capabilities of a service are."""
    token = last(checked(SERVICE, call.body, partial=False)["universal_service_id"])
    shown = present_service(call.account, call.account[SERVICES].get(token))
    return answer(200, {"universal_service": {"capabilities": shown["capabilities"]}})


def connection_points(call: Call) -> Answer:
    """List the endpoints of a service, each with its access locations."""
    wish = checked(CONNECTIONS, call.body, partial=False)
    service, site = _wanted(call.account, wish)
    found = [
        _point(call.account, present_endpoint(call.account, row), site)
        for row in owned(call.account, ENDPOINTS, service)
    ]
    return answer(200, {"results": [one for one in found if not site or one["access_locations"]]})


def _wanted(account: Account, wish: Row) -> tuple[str, str | None]:
    service = last(account[SERVICES].get(last(wish["universal_service_id"]))["id"])
    site = wish.get("access_location_id")
    return service, last(account[SITES].get(last(site))["id"]) if site else None


def _point(account: Account, row: Row, site: str | None) -> Row:
    token = last(row["id"])
    attached = [one for one in account[SITES] if one["endpoint_id"] == token]
    same = (
        *("name", "service_location", "service_ip", "cnames", "neighbour_ips"),
        *("preferred_provider", "routing_type"),
    )
    return {
        "id": token,
        **{name: row[name] for name in same},
        "size": SIZE_WORDS[row["size"]],
        "access_location_count": len(attached),
        "access_locations": [
            {**present_site(account, one), "id": last(one["id"])}
            for one in attached
            if site in {None, last(one["id"])}
        ],
    }


def connection_status(call: Call) -> Answer:
    """List the access locations of a service with the state of their connection."""
    wish = checked(CONNECTIONS, call.body, partial=False)
    service, site = _wanted(call.account, wish)
    rows = [
        _status(call.account, present_site(call.account, row))
        for row in owned(call.account, SITES, service)
        if site in {None, last(row["id"])}
    ]
    return answer(200, {"results": rows})


def _status(account: Account, row: Row) -> Row:
    place = account[LOCATIONS].find(row.get("location_id") or "")
    return {
        "universal_service_id": row["universal_service_id"],
        "service_location": account[ENDPOINTS].get(row["endpoint_id"])["service_location"],
        "endpoint_id": row["endpoint_id"],
        "access_location_id": last(row["id"]),
        "access_location_name": row.get("name") or "",
        "access_location_country": place["address"]["country"] if place else "",
        "status": row["status"],
        "identity": row.get("identity") or "",
        "wan_ip_addresses": row.get("wan_ip_addresses") or [],
        "lan_subnets": row["lan_subnets"],
    }


def changes(call: Call) -> Answer:
    """List what was changed, by which request."""
    wanted = checked(CHANGES, call.body, partial=True)
    # The name of the service is enough to find the entries of all its parts.
    service = wanted.get("universal_service_id")
    site = wanted.get("access_location_id")
    rows = [
        {name: value for name, value in row.items() if name != "service"}
        for row in call.account.vpn.changes
        if (service is None or row["service"] == last(service))
        and (site is None or row["resource_id"] == last(site))
    ]
    return answer(200, {"results": rows})


READS: dict[str, Callable[[Call], Answer]] = {
    "getcatalog": catalog,
    "getcapabilities": capabilities,
    "listconnectionpoints": connection_points,
    "listconnectionstatus": connection_status,
    "getconfigchanges": changes,
}
OPERATIONS = {
    (f"{INFRA.prefix}/consolidated/{name}", "POST"): Operation(run, service=INFRA, has_body=True)
    for name, run in READS.items()
}
