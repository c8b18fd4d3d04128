"""Cloud-hosted services under /api/universalinfra/v1: what is kept of them and how it is read."""

from __future__ import annotations

from sandbox.account import last
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.configure import configure
from sandbox.crud import shown_row
from sandbox.errors import listed
from sandbox.places import (
    CAPABILITIES,
    ENDPOINTS,
    LOCATIONS,
    PROVIDER_REGIONS,
    SERVICES,
    SITES,
    SIZES,
)
from sandbox.resource import Resource, Service
from sandbox.schema import checked, fields
from sandbox.vpn_views import present_endpoint, present_service, present_site

INFRA = Service("/api/universalinfra/v1", listed, wrong_method=501)
PLACES = Service("/api/infra/v1", listed, wrong_method=501)
QUERY = frozenset({"_filter", "_fields", "_limit", "_offset", "_order_by"})

SERVICE = """
    id: string readonly
    name: string required size=1..256
    description: string
    ophid: string readonly
    capabilities: objects
    tags: object
"""
ENDPOINT = """
    id: string readonly
    name: string required size=1..256
    universal_service_id: string required
    service_location: string required
    service_ip: ipv4 required
    cnames: strings readonly
    neighbour_ips: ipv4s required
    size: string required words=S|M|L|XL
    routing_type: string words=static|dynamic
    routing_config: object
    preferred_provider: string words=AWS|Any
    state: string readonly
    description: string
    tags: object
"""
SITE = """
    id: string readonly
    name: string size=1..256
    endpoint_id: string required
    universal_service_id: string readonly
    location_id: string
    credential_id: string
    type: string
    cloud_type: string words=AWS
    cloud_region: string
    routing_type: string words=static|dynamic
    identity: string readonly
    identity_type: string readonly
    wan_ip_addresses: ipv4s required
    lan_subnets: cidrs
    status: string readonly
    tunnel_configs: objects
    description: string
    tags: object
"""
LOCATION = """
    id: string readonly
    name: string required size=1..256
    address: object required
    latitude: number
    longitude: number
    enable_managed_service: boolean
"""
PROVIDER_BODY = fields("provider: string required words=AWS|GCP")


def first_endpoint(call: Call) -> Answer:
    """Answer one object under `result`: what the trailing slash does."""
    rows = [present_endpoint(call.account, row) for row in call.account[ENDPOINTS]]
    shown = shown_row(ENDPOINT_RESOURCE, rows[0], None, inherit=False, listed=False) if rows else {}
    return answer(200, {"result": shown})


def sizes(_call: Call) -> Answer:
    """List the sizes of an endpoint; the shape of an entry is a guess."""
    return answer(200, {"results": [{"name": one} for one in SIZES]})


def capabilities(_call: Call) -> Answer:
    """List what a service can carry; the shape of the answer is a guess."""
    return answer(200, {"results": [{"type": one} for one in sorted(CAPABILITIES)]})


def regions(call: Call) -> Answer:
    """List the regions of a cloud provider; the shape of the answer is a guess."""
    provider = checked(PROVIDER_BODY, call.body, partial=False)["provider"]
    rows = [{"name": name, "display_name": text} for name, text in PROVIDER_REGIONS[provider]]
    return answer(200, {"results": rows})


def associations(call: Call) -> Answer:
    """List the DNS views and zones that a service answers for; known from one script only."""
    service = call.account[SERVICES].get(last(call.ident))
    serves = any(one["type"] == "dns" for one in service["capabilities"])
    rows = [
        {"type": path.partition("/")[2], "assignment": row["id"]}
        for path in ("dns/view", "dns/auth_zone")
        for row in call.account[path]
    ]
    return answer(200, {"results": rows if serves else []})


SERVICE_RESOURCE = Resource(
    INFRA,
    SERVICES,
    fields(SERVICE),
    prefix="infra/universal_service/",
    ids="token",
    list_query=QUERY,
    item_query=frozenset({"_fields"}),
    unique=("name",),
    present=present_service,
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
LOCATION_RESOURCE = Resource(
    PLACES,
    LOCATIONS,
    fields(LOCATION),
    prefix="infra/location/",
    ids="token",
    collection_methods=frozenset({"GET", "POST"}),
    item_methods=frozenset(),
    list_query=QUERY,
    unique=("name",),
    natural=lambda row: f"name={row['name']}",
)
RESOURCES = (SERVICE_RESOURCE, ENDPOINT_RESOURCE, SITE_RESOURCE, LOCATION_RESOURCE)
OPERATIONS = {
    (f"{ENDPOINT_RESOURCE.template}/", "GET"): Operation(
        first_endpoint, service=INFRA, query=QUERY
    ),
    (f"{INFRA.prefix}/supportedsizes", "GET"): Operation(sizes, service=INFRA),
    (f"{INFRA.prefix}/capabilities", "GET"): Operation(capabilities, service=INFRA),
    (f"{INFRA.prefix}/cloudproviderregions", "POST"): Operation(
        regions, service=INFRA, has_body=True
    ),
    (f"{INFRA.prefix}/consolidated/configure", "POST"): Operation(
        configure, service=INFRA, has_body=True
    ),
    ("/api/ddi/v1/dns/universal_service/{id}/associations", "GET"): Operation(
        associations, service=INFRA
    ),
}
NOT_FOR_KEYS = frozenset({f"{INFRA.prefix}/credentials"})
