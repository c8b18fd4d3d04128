"""Reading a VPN: where its parts are, and what every step about it has in common."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.errors import Conflict, Refused
from shared.expressions import comparison
from shared.identifiers import bare, segment
from shared.wire import Request, pick
from workers.caller import Caller
from workers.csp import Answer
from workers.judge import NOT_FOUND
from workers.reconcile import LookupFailed, every_row

Json = dict[str, Any]
BASE = "/api/universalinfra/v1"
CONFIGURE = f"{BASE}/consolidated/configure"
SERVICES = f"{BASE}/universalservices"
ENDPOINTS = f"{BASE}/endpoints"
ACCESS_LOCATIONS = f"{BASE}/accesslocations"
OWNER = "universal_service_id"
_PERSPECTIVE = {"perspective": "configuration/location"}


def service_named(look: Caller, name: str) -> Json | None:
    """Return the service of this exact name; the API also answers parts of names."""
    found = [row for row in _named(look, name) if row.get("name") == name]
    if len(found) > 1:
        ids = ", ".join(str(row["id"]) for row in found)
        raise Conflict(f"{len(found)} services are called {name!r}: {ids}")
    return found[0] if found else None


def _named(look: Caller, name: str) -> Iterator[Json]:
    return every_row(look, SERVICES, {"_filter": comparison("name", "==", name)})


def one(look: Caller, collection: str, object_id: str) -> Json | None:
    """Return an object by id; None when it is not there."""
    path = f"{collection}/{segment(bare(object_id))}"
    reply = look(Request("GET", path, f"{collection}/{{id}}"))
    if isinstance(reply, Answer) and reply.status == NOT_FOUND:
        return None
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    return dict(pick(reply.body, "result") or {})


def needed(look: Caller, collection: str, object_id: str, *, what: str, tool: str) -> Json:
    """Return an object by id, or say that it is not there and which tool lists those that are."""
    found = one(look, collection, object_id)
    if found is None:
        raise Refused(f"there is no {what} {object_id}", advice=f"{tool} shows those there are.")
    return found


def of_service(look: Caller, collection: str, service_id: str) -> list[Json]:
    """Return the rows of a collection that belong to a service."""
    token = bare(service_id)
    return [row for row in every_row(look, collection, {}) if bare(row.get(OWNER) or "") == token]


def capabilities(look: Caller, service_id: str) -> list[Json]:
    """Return the capabilities of a service with the state that each has reached."""
    path = f"{BASE}/consolidated/getcapabilities"
    body = {**_PERSPECTIVE, OWNER: bare(service_id)}
    reply = look(Request("POST", path, path, body=body))
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    return list(pick(reply.body, "universal_service.capabilities") or [])


def changes(look: Caller, service_id: str) -> list[Json]:
    """Return the change log of a service; entries of one request share its `request_id`."""
    path = f"{BASE}/consolidated/getconfigchanges"
    reply = look(Request("POST", path, path, body={OWNER: bare(service_id)}))
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    return list(pick(reply.body, "results") or [])


def configure(body: Json) -> Request:
    """Return the consolidated request."""
    return Request("POST", CONFIGURE, CONFIGURE, body=body, safe=False)


def deletion(collection: str, object_id: str) -> Request:
    """Return the request that deletes one object."""
    path = f"{collection}/{segment(bare(object_id))}"
    return Request("DELETE", path, f"{collection}/{{id}}", safe=False)


def unchanged_service(service: Mapping[str, Any]) -> Json:
    """Return the service part of an update that keeps the service as it is.

    The whole capability list is sent along: what is left out of it is taken from the service.
    """
    return {
        "operation": "UPDATE",
        "id": bare(service["id"]),
        "name": service["name"],
        "description": service.get("description") or "",
        "capabilities": [
            _given(capability, ("type", "profile_id", "anycast_enabled"))
            for capability in service.get("capabilities") or []
        ],
        "tags": service.get("tags") or {},
    }


def _given(row: Mapping[str, Any], names: tuple[str, ...]) -> Json:
    return {name: row[name] for name in names if row.get(name) is not None}


def picked(row: Mapping[str, Any], *names: str) -> Json:
    """Return these fields of a row, without the empty ones."""
    return {name: row[name] for name in names if row.get(name)}


def endpoint_cnames(caller: Caller, arguments: Mapping[str, Any]) -> Json:
    """Return the service addresses of one endpoint, named by its id or its service."""
    return addresses(_endpoint(caller, arguments))


def addresses(endpoint: Json) -> Json:
    """Return what the customer gateway needs of an endpoint."""
    cnames = endpoint.get("cnames") or []
    return {
        "id": endpoint.get("id"),
        "name": endpoint.get("name"),
        "service_location": endpoint.get("service_location"),
        "service_ip": endpoint.get("service_ip"),
        "state": endpoint.get("state"),
        "cnames": cnames,
        "ready": len(cnames) >= 2,  # noqa: PLR2004 - one address per tunnel, and there are two
    }


def _endpoint(caller: Caller, arguments: Mapping[str, Any]) -> Json:
    if endpoint_id := arguments.get("endpoint_id"):
        return needed(caller, ENDPOINTS, endpoint_id, what="endpoint", tool="list_vpn_endpoints")
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
    services = {bare(row["id"]) for row in _named(caller, service_name)}
    for row in every_row(caller, ENDPOINTS, {}):
        if bare(row.get(OWNER) or "") in services:
            yield row
