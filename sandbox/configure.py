"""The consolidated call that makes or changes a whole VPN at once."""

from __future__ import annotations

from sandbox import apply
from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.errors import conflict, invalid
from sandbox.payload import Entries, entries_of, service_of
from sandbox.places import CREDENTIALS, ENDPOINTS, LOCATIONS, SERVICES, SITES
from sandbox.schema import Row

IN_PROGRESS = "another operation is in progress"
REF = "ref_"
COLLECTIONS = {
    "endpoints": ENDPOINTS,
    "access_locations": SITES,
    "credentials": CREDENTIALS,
    "locations": LOCATIONS,
}


def configure(call: Call) -> Answer:
    """Check everything, then be busy, then apply all of it or nothing."""
    account, vpn = call.account, call.account.vpn
    service = service_of(call.body)
    entries = entries_of(call.body)
    known = _known_service(account, service)
    keys = _keys(service, known)
    if any(vpn.is_applying(key) for key in keys):
        raise conflict(IN_PROGRESS)
    _refuse_taken_names(account, service, entries, known=known)
    _check_targets(account, entries)
    _check_references(account, entries)
    if vpn.turned_away(keys[0]):
        raise conflict(IN_PROGRESS)
    made = apply.apply(account, service, entries, known=known, request_id=call.request_id)
    vpn.started(*_keys(service, made["universal_service"]), *keys)
    call.wrote(_natural(service, entries))
    return answer(vpn.settings.configure_status, made)


def _known_service(account: Account, service: Row) -> Row | None:
    if service["operation"] == "CREATE":
        return None
    return account[SERVICES].get(last(service["id"]))


def _keys(service: Row, known: Row | None) -> tuple[str, ...]:
    """Name the service in the ways a running change can be asked for."""
    token = (last(known["id"]),) if known else ()
    named = service.get("name") or (known or {}).get("name")
    return (*token, f"name:{named}")


def _refuse_taken_names(
    account: Account, service: Row, entries: Entries, *, known: Row | None
) -> None:
    name = service.get("name")
    if name is not None:
        own = last(known["id"]) if known else None
        account[SERVICES].refuse_duplicate({"name": name}, own)
    seen: set[str] = set()
    for row in entries["credentials"]["create"]:
        account[CREDENTIALS].refuse_duplicate(row)
        if row["name"] in seen:
            raise conflict(f"The keys with name '{row['name']}' already exists")
        seen.add(row["name"])
    if known:
        for row in entries["endpoints"]["create"]:
            place = {"universal_service_id": last(known["id"]), "name": row["name"]}
            account[ENDPOINTS].refuse_duplicate(place)


def _check_targets(account: Account, entries: Entries) -> None:
    """Refuse changes of objects that do not exist, or that others still hang on."""
    for section, lists in entries.items():
        for name in ("update", "delete"):
            for row in lists.get(name, []):
                account[COLLECTIONS[section]].get(last(row["id"]))
    gone = {last(row["id"]) for row in entries["access_locations"]["delete"]}
    closed = {last(row["id"]) for row in entries["endpoints"]["delete"]}
    for site in account[SITES]:
        if site["endpoint_id"] in closed and last(site["id"]) not in gone:
            raise conflict("access locations are still attached to the endpoint")


def _check_references(account: Account, entries: Entries) -> None:
    labels = {section: _labels(lists["create"]) for section, lists in entries.items()}
    for name in ("create", "update"):
        for site in entries["access_locations"][name]:
            for section, value in _references(site):
                _check_reference(account, section, value, labels=labels[section])


def _labels(rows: list[Row]) -> set[str]:
    labels = [row["id"] for row in rows if row.get("id")]
    if len(set(labels)) < len(labels):
        raise invalid("a reference label is used twice")
    for label in labels:
        if not label.startswith(REF):
            raise invalid(f"'{label}' is no reference label")
    return set(labels)


def _references(site: Row) -> list[tuple[str, str]]:
    found = [("endpoints", site["endpoint_id"])]
    if site.get("location_id"):
        found.append(("locations", site["location_id"]))
    if site.get("credential_id"):
        found.append(("credentials", site["credential_id"]))
    for tunnel in site["tunnel_configs"]:
        found.extend(("credentials", one["credential_id"]) for one in tunnel["physical_tunnels"])
    return found


def _check_reference(account: Account, section: str, value: str, *, labels: set[str]) -> None:
    if value.startswith(REF):
        known = value in labels
    else:
        known = last(value) in account[COLLECTIONS[section]]
    if not known:
        raise invalid(f"reference '{value}' to {section} is not defined")


def _natural(service: Row, entries: Entries) -> str:
    if service["operation"] == "CREATE":
        return f"configure CREATE {service['name']}"
    parts = [
        f"{section}.{name}={','.join(str(row.get('name') or row['id']) for row in rows)}"
        for section, lists in entries.items()
        for name, rows in lists.items()
        if rows
    ]
    return " ".join((f"configure UPDATE {last(service['id'])}", *parts))
