"""The VPN: what a configure sends, how it is found again, and what its result shows."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.catalog import Operation, Recovery
from shared.errors import Refused
from shared.expressions import comparison
from shared.identifiers import bare, segment
from shared.operations.vpn_payload import wire_payload
from shared.wire import Request, pick
from workers.caller import Caller
from workers.csp import Answer
from workers.reconcile import LookupFailed, every_row

Json = dict[str, Any]
BASE = "/api/universalinfra/v1"
CONFIGURE = f"{BASE}/consolidated/configure"
SERVICES = f"{BASE}/universalservices"
ENDPOINTS = f"{BASE}/endpoints"
ACCESS_LOCATIONS = f"{BASE}/accesslocations"
# A service is unique by name; the list also answers parts of names, so equality is asked for.
_NAME = {"name": "universal_service.name"}
BY_NAME = Recovery(SERVICES, where=_NAME, check=_NAME)


def configure_request(arguments: Mapping[str, Any], *, mark: str) -> Request:
    """Return the one request of a configure; a new service is tagged with the job's id."""
    body = wire_payload(arguments["vpn_payload"])
    service = body["universal_service"]
    if creates(body):
        tags = service.get("tags") or {}
        body["universal_service"] = {**service, "tags": {**tags, Operation.MARKER_TAG: mark}}
    return Request("POST", CONFIGURE, CONFIGURE, body=body, safe=False)


def creates(body: Mapping[str, Any]) -> bool:
    """Tell whether a payload makes a new service, which can be found again by its name."""
    return bool(pick(body, "universal_service.operation") == "CREATE")


def configured(body: object, sent: Mapping[str, Any]) -> Json:
    """Return the result of an accepted configure: names and ids, never a secret."""
    service = pick(body, "universal_service") or {}
    return {
        "universal_service": {
            "id": service.get("id") or pick(sent, "universal_service.id"),
            "name": service.get("name") or pick(sent, "universal_service.name"),
        },
        **{
            section: [_shown(entry) for entry in pick(body, f"{section}.created") or []]
            for section in ("endpoints", "access_locations", "credentials", "locations")
        },
    }


def adopted(caller: Caller, service: Json) -> Json:
    """Return the same result for a service that was found instead of answered."""
    service_id = bare(service["id"])

    def of_service(path: str) -> list[Json]:
        rows = every_row(caller, path, {})
        return [row for row in rows if bare(row.get("universal_service_id") or "") == service_id]

    return {
        "universal_service": {"id": service["id"], "name": service["name"]},
        "endpoints": [_shown(row) for row in of_service(ENDPOINTS)],
        "access_locations": [_shown(row) for row in of_service(ACCESS_LOCATIONS)],
        "credentials": [],
        "locations": [],
    }


def _shown(entry: Json) -> Json:
    return {name: entry[name] for name in ("id", "name", "service_ip") if entry.get(name)}


def endpoint_cnames(caller: Caller, arguments: Mapping[str, Any]) -> Json:
    """Return the service addresses of one endpoint, named by its id or its service."""
    endpoint = _endpoint(caller, arguments)
    cnames = endpoint.get("cnames") or []
    return {
        "id": endpoint.get("id"),
        "name": endpoint.get("name"),
        "service_location": endpoint.get("service_location"),
        "state": endpoint.get("state"),
        "cnames": cnames,
        "ready": len(cnames) >= 2,  # noqa: PLR2004 - one address per tunnel, and there are two
    }


def _endpoint(caller: Caller, arguments: Mapping[str, Any]) -> Json:
    if endpoint_id := arguments.get("endpoint_id"):
        request = Request("GET", f"{ENDPOINTS}/{segment(bare(endpoint_id))}", f"{ENDPOINTS}/{{id}}")
        reply = caller(request)
        if not isinstance(reply, Answer) or not reply.ok:
            raise LookupFailed(reply)
        return dict(pick(reply.body, "result") or {})
    found = list(_endpoints(caller, arguments.get("service_name")))
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(
            "there is no such endpoint",
            advice="list_universal_services shows the services; a new endpoint takes a moment.",
        )
    names = ", ".join(f"{row.get('name')} ({row['id']})" for row in found[:10])
    raise Refused(
        f"{len(found)} endpoints match: {names}", advice="Name one of them by endpoint_id."
    )


def _endpoints(caller: Caller, service_name: str | None) -> Iterator[Json]:
    if service_name is None:
        yield from every_row(caller, ENDPOINTS, {})
        return
    named = {"_filter": comparison("name", "==", service_name)}
    services = {bare(row["id"]) for row in every_row(caller, SERVICES, named)}
    for row in every_row(caller, ENDPOINTS, {}):
        if bare(row.get("universal_service_id") or "") in services:
            yield row


COMPOSITES: Mapping[str, Callable[[Caller, Mapping[str, Any]], Json]] = {
    "get_vpn_endpoint_cnames": endpoint_cnames,
}
