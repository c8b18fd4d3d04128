"""Cloud-hosted services under /api/universalinfra/v1: what is read and how it comes up."""

from __future__ import annotations

from typing import Any

from sandbox.account import Account, Collection, last
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.configure import configure
from sandbox.crud import shown_row
from sandbox.errors import conflict, listed
from sandbox.places import CREDENTIALS, ENDPOINTS, LOCATIONS, SERVICES, SITES
from sandbox.provisioning import CNAMES_APPEAR, IDENTITY, READY, STARTED
from sandbox.resource import READ, Resource, Service
from sandbox.schema import Row, checked, fields

INFRA = Service("/api/universalinfra/v1", listed)
IAM = Service("/api/iam/v2", listed)
QUERY = frozenset({"_filter", "_fields", "_limit", "_offset", "_order_by"})

SERVICE = """
    id: string readonly
    name: string
    description: string
    ophid: string readonly
    capabilities: objects
    tags: object
"""
ENDPOINT = """
    id: string readonly
    name: string
    universal_service_id: string
    service_location: string
    service_ip: ipv4
    cnames: strings readonly
    neighbour_ips: ipv4s
    size: string
    routing_type: string
    routing_config: object
    preferred_provider: string
    state: string readonly
    tags: object
"""
SITE = """
    id: string readonly
    name: string
    endpoint_id: string
    universal_service_id: string
    location_id: string
    credential_id: string
    type: string
    cloud_type: string
    cloud_region: string
    routing_type: string
    identity: string readonly
    identity_type: string
    wan_ip_addresses: ipv4s
    lan_subnets: cidrs
    status: string readonly
    tunnel_configs: objects
    tags: object
"""
KEY = """
    id: string readonly
    account_id: string readonly
    name: string
    source_id: string
    key_type: string
    key_data: object
    active: boolean
    description: string
"""
LOCATION = """
    id: string readonly
    name: string
    address: object
    latitude: number
    longitude: number
"""
CHANGES_BODY = fields("universal_service_id: string\naccess_location_id: string")


def present_service(account: Account, row: Row) -> Row:
    """Show a service with the state its capabilities have reached."""
    ready = account.vpn.progress(last(row["id"])) >= READY
    status = "Available" if ready else "Provisioning"
    ends = [one for one in account[ENDPOINTS] if one["universal_service_id"] == last(row["id"])]
    more = {"service_status": status, "association_count": len(ends)}
    return {**row, "capabilities": [{**one, **more} for one in row["capabilities"]]}


def present_endpoint(account: Account, row: Row) -> Row:
    """Show an endpoint with the public addresses that are up."""
    progress = account.vpn.progress(last(row["id"]))
    up = sum(progress >= share for share in CNAMES_APPEAR)
    state = "Pending" if progress < STARTED else "Provisioning"
    return {
        **row,
        "cnames": row["cnames"][:up],
        "state": "Available" if progress >= READY else state,
    }


def present_site(account: Account, row: Row) -> Row:
    """Show an access location with the state of its tunnels."""
    progress = account.vpn.progress(last(row["id"]))
    status = "Connected" if progress >= READY else "Not Ready"
    minted = progress >= IDENTITY
    tunnels = [_tunnel(one, status, minted=minted) for one in row["tunnel_configs"]]
    return {**_minted(row, minted=minted), "status": status, "tunnel_configs": tunnels}


def _tunnel(tunnel: Row, status: str, *, minted: bool) -> Row:
    physical: list[Row] = [
        {**_minted(one, minted=minted), "status": status} for one in tunnel["physical_tunnels"]
    ]
    return {**tunnel, "physical_tunnels": physical}


def _minted(row: Row, *, minted: bool) -> Row:
    return row if minted else {k: v for k, v in row.items() if k != "identity"}


def refuse_running(account: Account, row: Row) -> None:
    """Answer 409 while a change on the service is applied."""
    if account.vpn.is_applying(last(row["id"])):
        raise conflict("another operation is in progress")


def cascade(account: Account, before: Row | None, after: Row | None) -> None:
    """Take everything that belongs to a deleted service along."""
    if before is None or after is not None:
        return
    token = last(before["id"])
    sites = _owned(account[SITES], "universal_service_id", token)
    owned = {account.vpn.owners.pop(key) for key in list(account.vpn.owners) if key[0] == token}
    for collection, rows in (
        (account[SITES], sites),
        (account[ENDPOINTS], _owned(account[ENDPOINTS], "universal_service_id", token)),
        (account[CREDENTIALS], [row for row in account[CREDENTIALS] if last(row["id"]) in owned]),
        (account[LOCATIONS], [row for row in account[LOCATIONS] if last(row["id"]) in owned]),
    ):
        for row in rows:
            collection.remove(last(row["id"]))


def _owned(collection: Collection, name: str, value: Any) -> list[Row]:
    return [row for row in collection if row[name] == value]


def first_endpoint(call: Call) -> Answer:
    """Answer one object under `result`: what the trailing slash does."""
    rows = [present_endpoint(call.account, row) for row in call.account[ENDPOINTS]]
    shown = shown_row(ENDPOINT_RESOURCE, rows[0], None, inherit=False, listed=False) if rows else {}
    return answer(200, {"result": shown})


def changes(call: Call) -> Answer:
    """List what was changed, by which request."""
    wanted = checked(CHANGES_BODY, call.body, partial=True)
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


SERVICE_RESOURCE = Resource(
    INFRA,
    SERVICES,
    fields(SERVICE),
    prefix="infra/universal_service/",
    ids="token",
    item_methods=frozenset({"GET", "DELETE"}),
    list_query=QUERY,
    item_query=frozenset({"_fields"}),
    unique=("name",),
    present=present_service,
    deletable=refuse_running,
    settled=cascade,
)
ENDPOINT_RESOURCE = Resource(
    INFRA,
    ENDPOINTS,
    fields(ENDPOINT),
    prefix="infra/endpoint/",
    ids="token",
    list_query=QUERY,
    item_query=frozenset({"_fields"}),
    unique=("universal_service_id", "name"),
    present=present_endpoint,
)
SITE_RESOURCE = Resource(
    INFRA,
    SITES,
    fields(SITE),
    prefix="infra/access_location/",
    ids="token",
    list_query=QUERY,
    item_query=frozenset({"_fields"}),
    present=present_site,
)
KEY_RESOURCE = Resource(IAM, CREDENTIALS, fields(KEY), item_methods=READ, unique=("name",))
# Locations are only reached through configure so far.
LOCATION_RESOURCE = Resource(
    INFRA,
    LOCATIONS,
    fields(LOCATION),
    prefix="infra/location/",
    ids="token",
    collection_methods=frozenset(),
    item_methods=frozenset(),
)
RESOURCES = (SERVICE_RESOURCE, ENDPOINT_RESOURCE, SITE_RESOURCE, KEY_RESOURCE, LOCATION_RESOURCE)
OPERATIONS = {
    (f"{ENDPOINT_RESOURCE.template}/", "GET"): Operation(
        first_endpoint, service=INFRA, query=QUERY
    ),
    (f"{INFRA.prefix}/consolidated/configure", "POST"): Operation(
        configure, service=INFRA, has_body=True
    ),
    (f"{INFRA.prefix}/consolidated/getconfigchanges", "POST"): Operation(
        changes, service=INFRA, has_body=True
    ),
}
NOT_FOR_KEYS = frozenset({f"{INFRA.prefix}/credentials"})
