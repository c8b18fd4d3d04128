"""The consolidated payload: which sections and entries it may have, and what must hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sandbox.errors import Refused, invalid
from sandbox.places import CAPABILITIES, SERVICE_LOCATIONS
from sandbox.schema import Fields, Row, checked, fields

TOP = fields("""
    universal_service: object required
    endpoints: object
    access_locations: object
    credentials: object
    locations: object
""")
SERVICE = fields("""
    operation: string required words=CREATE|UPDATE
    id: string
    name: string size=1..256
    description: string
    capabilities: objects
    tags: object
""")
CAPABILITY = fields("""
    type: string required
    profile_id: string
    profile_name: string readonly
    service_status: string readonly
    association_count: integer readonly
    anycast_enabled: boolean
""")
ENDPOINT_CREATE = """
    id: string required
    name: string required size=1..256
    size: string required words=S|M|L|XL
    service_location: string required
    service_ip: ipv4 required
    neighbour_ips: ipv4s required
    preferred_provider: string words=AWS|Any
    routing_type: string words=static|dynamic
    routing_config: object
    universal_service_id: string
    tags: object
"""
ENDPOINT_UPDATE = (
    ENDPOINT_CREATE.replace("4 required", "4")
    .replace("4s required", "4s")
    .replace("size: string required", "size: string")
    .replace("location: string required", "location: string")
)
SITE_CREATE = """
    id: string
    endpoint_id: string required
    type: string
    name: string size=1..256
    routing_type: string words=static|dynamic
    cloud_type: string words=AWS
    cloud_region: string
    location_id: string
    credential_id: string
    wan_ip_addresses: ipv4s
    lan_subnets: cidrs
    tunnel_configs: objects required
    tags: object
"""
TUNNEL = fields("""
    id: string
    name: string required
    wan_ip: ipv4
    identity_type: string words=KeyID|FQDN
    remote_id: string readonly
    physical_tunnels: objects required
""")
PHYSICAL = fields("""
    path: string required words=primary|secondary
    credential_id: string required
    credential_name: string readonly
    index: integer size=0..1
    access_ip: ipv4
    identity: string readonly
    remote_id: string readonly
    status: string readonly
    bgp_configs: objects
""")
BGP = fields("""
    id: string
    asn: asn required
    hop_limit: integer size=1..255
    neighbour_ips: ipv4s
    cloud_cidr: string
""")
CREDENTIAL_CREATE = fields("""
    id: string required
    type: string required words=psk
    name: string required size=1..256
    value: string required size=1..1024
    cred_data: object
    description: string
""")
LOCATION_CREATE = fields("""
    id: string required
    name: string required size=1..256
    address: object required
    latitude: number
    longitude: number
""")
SECTIONS: Mapping[str, Mapping[str, Fields | None]] = {
    "endpoints": {
        "create": fields(ENDPOINT_CREATE),
        "update": fields(ENDPOINT_UPDATE),
        "delete": None,
    },
    "access_locations": {
        "create": fields(SITE_CREATE),
        "update": fields(SITE_CREATE.replace("id: string\n", "id: string required\n", 1)),
        "delete": None,
    },
    "credentials": {"create": CREDENTIAL_CREATE, "update": CREDENTIAL_CREATE},
    "locations": {"create": LOCATION_CREATE, "update": LOCATION_CREATE},
}
CLOUD = "Cloud VPN"
AWS_CONNECTIONS = 2
SITE_TUNNELS = 2
NEIGHBOURS = 2
_REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d+$")

Lists = dict[str, list[Row]]
Entries = dict[str, Lists]
"""Section, then list name, then entries; a delete entry is `{"id": token}`."""


def service_of(body: Row) -> Row:
    """Check the part about the service itself."""
    service = checked(
        SERVICE, checked(TOP, body, partial=False)["universal_service"], partial=False
    )
    if service["operation"] == "CREATE":
        for name in ("name", "capabilities"):
            if service.get(name) is None:
                raise invalid(f"required field missing: universal_service.{name}")
    elif not service.get("id"):
        raise invalid("required field missing: universal_service.id")
    if service.get("capabilities") is not None:
        service["capabilities"] = [capability(one) for one in service["capabilities"]]
    return service


def capability(one: Row) -> Row:
    """Check one capability of a service."""
    kept = checked(CAPABILITY, one, partial=False)
    if kept["type"] not in CAPABILITIES:
        raise invalid(f"HTTP interceptor error: capability '{kept['type']}' is not allowed")
    if kept["type"] == "dfp" and not kept.get("profile_id"):
        raise invalid("HTTP interceptor error: profile_id of capability 'dfp' cannot be empty")
    return {"profile_id": "", **kept}


def entries_of(body: Row) -> Entries:
    """Check all entries of all sections."""
    entries: Entries = {}
    for section, lists in SECTIONS.items():
        given = body.get(section) or {}
        unknown = set(given) - set(lists)
        if unknown:
            raise invalid(f"unknown field: {section}.{min(unknown)}")
        entries[section] = {
            name: list(_entries(f"{section}.{name}", table, given.get(name)))
            for name, table in lists.items()
        }
    for name in ("create", "update"):
        check_endpoints(entries["endpoints"][name])
        _check_locations(entries["locations"][name])
        for site in entries["access_locations"][name]:
            check_site(site, known=name == "update")
    return entries


def _entries(name: str, table: Fields | None, given: object) -> Iterator[Row]:
    if given is not None and not isinstance(given, list):
        raise invalid(f"invalid value for field '{name}': a list is expected")
    for one in given or []:
        if table is None and isinstance(one, str):
            yield {"id": one}
        elif table is not None and isinstance(one, dict):
            yield checked(table, one, partial=False)
        else:
            raise invalid(f"invalid entry of {name}")


def check_endpoints(rows: list[Row]) -> None:
    """Refuse unknown points of presence and neighbours that cannot be."""
    for row in rows:
        place = row.get("service_location")
        if place is not None and place not in SERVICE_LOCATIONS:
            raise invalid(f"HTTP interceptor error: Service location {place} not supported")
        near = row.get("neighbour_ips") or []
        if len(near) not in {0, NEIGHBOURS} or row.get("service_ip") in near:
            raise invalid("two neighbour_ips that differ from service_ip are required")


def _check_locations(rows: list[Row]) -> None:
    for row in rows:
        if not row["address"].get("country"):
            raise Refused(500, "error fetching country from location address")


def check_site(site: Row, *, known: bool) -> None:
    """Refuse tunnels that the kind of an access location does not allow."""
    kind = site.get("type", "Site")
    if kind not in {CLOUD, "Site"}:
        raise invalid(f"HTTP interceptor error: type '{kind}' is not allowed")
    tunnels = site["tunnel_configs"] = [_tunnel(one, known=known) for one in site["tunnel_configs"]]
    physical = sum(len(one["physical_tunnels"]) for one in tunnels)
    if kind == CLOUD:
        region = site.get("cloud_region")
        if region is not None and not _REGION.match(region):
            raise invalid(f"HTTP interceptor error: Cloud region {region} not supported")
        if len(tunnels) != AWS_CONNECTIONS or physical != AWS_CONNECTIONS:
            raise invalid("2 connections are required for AWS Cloud VPN")
        return
    if not site.get("location_id"):
        raise invalid("access location location_id cannot be empty")
    if physical < SITE_TUNNELS:
        raise invalid("minimum of 2 physical tunnels are required")


def _tunnel(one: Row, *, known: bool) -> Row:
    tunnel = checked(TUNNEL, one, partial=False)
    if known and not tunnel.get("id"):
        raise invalid("tunnel config id cannot be empty")
    physical = [checked(PHYSICAL, item, partial=False) for item in tunnel["physical_tunnels"]]
    for item in physical:
        item.setdefault("index", 0)
        item["bgp_configs"] = [
            checked(BGP, bgp, partial=False) for bgp in item.get("bgp_configs") or []
        ]
        if known and not all(bgp.get("id") for bgp in item["bgp_configs"]):
            raise invalid("bgp config id cannot be empty")
    tunnel["physical_tunnels"] = physical
    return tunnel
