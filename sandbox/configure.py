"""The consolidated call that makes or changes a whole VPN at once."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from sandbox import apply
from sandbox.account import Account, Collection, last
from sandbox.calls import Answer, Call, answer
from sandbox.errors import conflict, invalid, missing
from sandbox.payload import Entries, Lists, entries_of, service_of
from sandbox.places import CREDENTIALS, ENDPOINTS, LOCATIONS, SERVICES, SITES
from sandbox.schema import Row
from sandbox.vpn_rules import (
    IN_PROGRESS,
    named,
    refuse_attached,
    refuse_placeless,
    refuse_running,
    refuse_same_site,
)

REF = "ref_"
OWNER = "universal_service_id"
NONE: frozenset[str] = frozenset()
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
    refuse_running(account, *keys)
    _refuse_taken_names(account, service, entries, known=known)
    _check_targets(account, entries, known=known)
    _check_references(account, entries, known=known)
    _check_sites(account, entries)
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
    name = service.get("name") or (known or {}).get("name")
    return (*token, named(str(name)))


def _refuse_taken_names(
    account: Account, service: Row, entries: Entries, *, known: Row | None
) -> None:
    token = last(known["id"]) if known else ""
    if service.get("name") is not None:
        account[SERVICES].refuse_duplicate(service, token)
    ends = entries["endpoints"]
    gone = {last(row["id"]) for row in ends["delete"]}
    _refuse_repeated(account[CREDENTIALS], entries["credentials"])
    _refuse_repeated(account[LOCATIONS], entries["locations"])
    own = {name: [{**row, OWNER: token} for row in ends[name]] for name in ("create", "update")}
    _refuse_repeated(account[ENDPOINTS], own, gone)


def _refuse_repeated(collection: Collection, lists: Lists, gone: AbstractSet[str] = NONE) -> None:
    """Answer 409 for a name that is taken, or that the payload gives twice."""
    seen: set[str] = set()
    for row in (*lists["create"], *lists["update"]):
        holder = collection.taken(row)
        if (holder is not None and holder not in {last(row["id"]), *gone}) or row["name"] in seen:
            raise conflict(
                f"The {collection.resource.path} with name '{row['name']}' already exists"
            )
        seen.add(row["name"])


def _check_targets(account: Account, entries: Entries, *, known: Row | None) -> None:
    """Refuse changes of objects that are not there, not of this service, or still in use."""
    service = last(known["id"]) if known else None
    for section, lists in entries.items():
        for row in (*lists["update"], *lists.get("delete", [])):
            found = account[COLLECTIONS[section]].get(last(row["id"]))
            if found.get(OWNER, service) != service:
                raise missing(f"{section} {row['id']} is not found in this service")
    gone = {last(row["id"]) for row in entries["access_locations"]["delete"]}
    for row in entries["endpoints"]["delete"]:
        refuse_attached(account, last(row["id"]), gone)


def _check_sites(account: Account, entries: Entries) -> None:
    lists = entries["access_locations"]
    gone = {last(row["id"]) for row in lists["delete"]}
    seen: set[tuple[str, str]] = set()
    for site in lists["create"]:
        refuse_same_site(account, site, gone)
        key = last(site["endpoint_id"]), site.get("name") or f"{len(seen)}"
        if key in seen:
            raise conflict(f"The access location with name '{key[1]}' already exists")
        seen.add(key)
    for site in (*lists["create"], *lists["update"]):
        if site.get("location_id"):
            refuse_placeless(account, site["location_id"])


def _check_references(account: Account, entries: Entries, *, known: Row | None) -> None:
    labels = {section: _labels(lists["create"]) for section, lists in entries.items()}
    service = last(known["id"]) if known else None
    for name in ("create", "update"):
        for site in entries["access_locations"][name]:
            for section, value in _references(site):
                _check_reference(account, section, value, labels=labels[section])
            end = account[ENDPOINTS].find(last(site["endpoint_id"]))
            if end is not None and end[OWNER] != service:
                raise invalid(f"endpoint '{site['endpoint_id']}' is not one of this service")


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
