"""Services, endpoints and access locations written one at a time.

Only scripts show these calls, no documentation: that `PUT` replaces (what is left out falls back to
its default) is a conclusion. `PUT` on an access location is shown nowhere and not available here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.account import Account, last
from sandbox.apply import (
    Change,
    add_endpoint,
    add_site,
    put_service,
    remove_endpoint,
    remove_site,
    replace_row,
)
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import invalid
from sandbox.payload import capability, check_endpoints, check_site
from sandbox.places import CREDENTIALS, ENDPOINTS, LOCATIONS, SERVICES, SITES
from sandbox.resource import Resource
from sandbox.schema import Row, checked
from sandbox.universal import ENDPOINT_RESOURCE, INFRA, SERVICE_RESOURCE, SITE_RESOURCE
from sandbox.vpn_rules import (
    named,
    refuse_attached,
    refuse_placeless,
    refuse_running,
    refuse_same_site,
)
from sandbox.vpn_views import owned

BLANK_SERVICE: Mapping[str, object] = {"description": "", "capabilities": [], "tags": {}}


def create_service(call: Call) -> Answer:
    """Make a service without endpoints."""
    row = _service_body(call, partial=False)
    call.account[SERVICES].refuse_duplicate(row)
    refuse_running(call.account, named(row["name"]))
    change = Change(call.account, call.request_id)
    put_service(change, row, None)
    call.wrote(f"create {SERVICES} name={row['name']}")
    return _done(call, SERVICE_RESOURCE, change.service, service=change.service)


def replace_service(call: Call) -> Answer:
    """Replace a service; its name stays when none is sent."""
    known = call.account[SERVICES].get(call.ident)
    row = _service_body(call, partial=True)
    refuse_running(call.account, call.ident)
    call.account[SERVICES].refuse_duplicate({"name": known["name"], **row}, call.ident)
    change = Change(call.account, call.request_id)
    put_service(change, {**BLANK_SERVICE, **row}, known)
    call.wrote(f"update {known['id']}")
    return _done(call, SERVICE_RESOURCE, call.ident, service=call.ident)


def _service_body(call: Call, *, partial: bool) -> Row:
    row = checked(SERVICE_RESOURCE.fields, call.body, partial=partial)
    row["capabilities"] = [capability(one) for one in row.get("capabilities") or []]
    return row


def delete_service(call: Call) -> Answer:
    """Remove a service and everything that was made with it."""
    account, row = call.account, call.account[SERVICES].get(call.ident)
    refuse_running(account, call.ident)
    change = Change(account, call.request_id, service=call.ident)
    for site in owned(account, SITES, call.ident):
        remove_site(change, site["id"])
    for endpoint in owned(account, ENDPOINTS, call.ident):
        remove_endpoint(change, endpoint["id"])
    for key in [key for key in account.vpn.owners if key[0] == call.ident]:
        token = account.vpn.owners.pop(key)
        for path in (CREDENTIALS, LOCATIONS):
            if token in account[path]:
                account[path].remove(token)
    account[SERVICES].remove(call.ident)
    change.log(call.ident, "universal service deleted")
    call.wrote(f"delete {row['id']}")
    return Answer(INFRA.deleted)


def create_endpoint(call: Call) -> Answer:
    """Make an endpoint of a service that is there."""
    row = _endpoint_body(call)
    token = row["universal_service_id"]
    if token not in call.account[SERVICES]:
        raise invalid(f"universal service '{token}' is not found")
    refuse_running(call.account, token)
    call.account[ENDPOINTS].refuse_duplicate(row)
    made = add_endpoint(Change(call.account, call.request_id, service=token), row)
    call.wrote(f"create {ENDPOINTS} universal_service_id={token} name={row['name']}")
    return _done(call, ENDPOINT_RESOURCE, made["id"], service=token)


def replace_endpoint(call: Call) -> Answer:
    """Replace an endpoint; it keeps its addresses and its state."""
    account, known = call.account, call.account[ENDPOINTS].get(call.ident)
    row = _endpoint_body(call)
    token = known["universal_service_id"]
    if row["universal_service_id"] != token:
        raise invalid("field 'universal_service_id' cannot be changed")
    refuse_running(account, token)
    account[ENDPOINTS].refuse_duplicate(row, call.ident)
    change = Change(account, call.request_id, service=token)
    blank = {"tags": {}, "routing_config": {}, "description": ""}
    replace_row(change, ENDPOINTS, {**blank, **row, "id": call.ident}, message="endpoint updated")
    call.wrote(f"update {known['id']}")
    return _done(call, ENDPOINT_RESOURCE, call.ident, service=token)


def _endpoint_body(call: Call) -> Row:
    row = checked(ENDPOINT_RESOURCE.fields, call.body, partial=False)
    check_endpoints([row])
    return {**row, "universal_service_id": last(row["universal_service_id"])}


def delete_endpoint(call: Call) -> Answer:
    """Remove an endpoint that no access location hangs on."""
    row = call.account[ENDPOINTS].get(call.ident)
    token = row["universal_service_id"]
    refuse_running(call.account, token)
    refuse_attached(call.account, call.ident)
    remove_endpoint(Change(call.account, call.request_id, service=token), call.ident)
    return _gone(call, row, token)


def create_site(call: Call) -> Answer:
    """Make an access location; without tunnels of its own one pair is made for its credential."""
    account, row = call.account, checked(SITE_RESOURCE.fields, call.body, partial=False)
    endpoint = account[ENDPOINTS].find(last(row["endpoint_id"]))
    if endpoint is None:
        raise invalid(f"endpoint '{row['endpoint_id']}' is not found")
    row["tunnel_configs"] = row.get("tunnel_configs") or _one_pair(row)
    _check_site(account, row)
    token = endpoint["universal_service_id"]
    refuse_running(account, token)
    refuse_same_site(account, row)
    made = add_site(Change(account, call.request_id, service=token), row)
    call.wrote(f"create {SITES} endpoint_id={last(endpoint['id'])} name={row.get('name')}")
    return _done(call, SITE_RESOURCE, made["id"], service=token)


def _one_pair(row: Row) -> list[Row]:
    if not row.get("credential_id"):
        return []
    pair = [
        {"path": path, "credential_id": row["credential_id"], "index": index}
        for index, path in enumerate(("primary", "secondary"))
    ]
    name = str(row.get("name") or "tunnel")
    return [{"name": name, "wan_ip": row["wan_ip_addresses"][0], "physical_tunnels": pair}]


def _check_site(account: Account, row: Row) -> None:
    if not row.get("location_id"):
        raise invalid("access location location_id cannot be empty")
    if row["tunnel_configs"]:
        check_site(row, known=False)
    used = [
        physical["credential_id"]
        for tunnel in row["tunnel_configs"]
        for physical in tunnel["physical_tunnels"]
    ]
    for path, ident in ((LOCATIONS, row["location_id"]), *((CREDENTIALS, one) for one in used)):
        if last(ident) not in account[path]:
            raise invalid(f"'{ident}' is not found in {path}")
    refuse_placeless(account, row["location_id"])


def delete_site(call: Call) -> Answer:
    """Remove an access location; the ids of its tunnels rest before they can be used again."""
    row = call.account[SITES].get(call.ident)
    token = row["universal_service_id"]
    refuse_running(call.account, token)
    remove_site(Change(call.account, call.request_id, service=token), call.ident)
    return _gone(call, row, token)


def _gone(call: Call, row: Row, service: str) -> Answer:
    call.account.vpn.started(service)
    call.wrote(f"delete {row['id']}")
    return Answer(INFRA.deleted)


def _done(call: Call, resource: Resource, token: str, *, service: str) -> Answer:
    """Show what was written; the service is busy with it for a while."""
    call.account.vpn.started(service)
    row = call.account[resource.path].get(token)
    shown = resource.present(call.account, row) if resource.present else row
    return answer(INFRA.created, {resource.item_key: shown})


WRITES: tuple[tuple[str, str, Callable[[Call], Answer]], ...] = (
    (SERVICES, "POST", create_service),
    (f"{SERVICES}/{{id}}", "PUT", replace_service),
    (f"{SERVICES}/{{id}}", "DELETE", delete_service),
    (ENDPOINTS, "POST", create_endpoint),
    (f"{ENDPOINTS}/{{id}}", "PUT", replace_endpoint),
    (f"{ENDPOINTS}/{{id}}", "DELETE", delete_endpoint),
    (SITES, "POST", create_site),
    (f"{SITES}/{{id}}", "DELETE", delete_site),
)
OPERATIONS = {
    (f"{INFRA.prefix}/{path}", method): Operation(run, service=INFRA, has_body=method != "DELETE")
    for path, method, run in WRITES
}
