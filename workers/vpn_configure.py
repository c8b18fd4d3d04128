"""Configuring a VPN: a new service is found again by its name, a change by what it has changed.

A 409 to a new service means that its name is taken, or that Infoblox is busy: only a look tells.
"""

from collections.abc import Mapping
from typing import Any

from shared.catalog import Operation
from shared.errors import Conflict, UnknownOutcome
from shared.identifiers import bare
from shared.operations.vpn_payload import wire_payload
from shared.wire import pick
from workers import vpn
from workers.moves import Finished, Json, Move, Send, Wait, Work
from workers.vpn_keys import keys
from workers.vpn_ready import accepted, follow

_MADE = ("endpoints", "access_locations", "credentials", "locations")


def configure(work: Work) -> Move:
    """Return the next move of a configure."""
    if "accepted" in work.memo:
        return follow(work)
    body = wire_payload(work.arguments["vpn_payload"])
    service = body["universal_service"]
    return _create(work, body) if service["operation"] == "CREATE" else _update(work, body)


def _create(work: Work, body: Json) -> Move:
    service = body["universal_service"]
    found = vpn.service_named(work.look, service["name"])
    if found is not None:
        maker = (found.get("tags") or {}).get(Operation.MARKER_TAG)
        if maker in {work.job.id, *work.job.replays}:
            return accepted(work, _as_found(work, found))
        made = f"was made by job {maker}" if maker else "was not made here"
        raise Conflict(
            f"universal_service.name: {service['name']!r} already exists: {found['id']}, and {made}"
        )
    tags = (service.get("tags") or {}) | {Operation.MARKER_TAG: work.job.id}
    body = body | {"universal_service": service | {"tags": tags}}
    return _sent(work, body)


def _sent(work: Work, body: Json, *, memo: Json | None = None) -> Send:
    def after(answer: Any) -> Finished | Wait:
        return accepted(work, _as_answered(answer, body))

    service = body["universal_service"]
    note = f"configure {service.get('name') or service['id']!r}"
    return Send(vpn.configure(body), after, note, memo=memo, slow=True)


def _update(work: Work, body: Json) -> Move:
    service_id = body["universal_service"]["id"]
    known = {entry["request_id"] for entry in _log(work, service_id)}
    if not work.unsure:
        return _sent(work, body, memo={"changes_before": sorted(known)})
    # A record that lost what the log held before it was sent: then every entry may be ours.
    since = known - set(work.memo.get("changes_before", []))
    differs = differences(work, body)
    if not differs and (since or not _blind(body)):
        service = vpn.one(work.look, vpn.SERVICES, service_id) or body["universal_service"]
        return accepted(work, _as_found(work, service))
    if since and work.job.sending:
        raise UnknownOutcome(
            f"the change was sent, and service {service_id} was changed since (requests "
            f"{', '.join(sorted(since))}), but does not look as asked: {', '.join(differs[:8])}",
            advice="list_vpn_config_changes shows who changed what; then ask for what is missing.",
        )
    return _sent(work, body)


def _log(work: Work, service_id: str) -> list[Json]:
    return [entry for entry in vpn.changes(work.look, service_id) if entry.get("request_id")]


def _blind(body: Json) -> bool:
    """Tell whether it asks for what no look can show: a new value of a key, a changed place."""
    lists = [body.get(section) or {} for section in ("credentials", "locations")]
    return bool(lists[0].get("update") or lists[1].get("update") or lists[1].get("create"))


def differences(work: Work, body: Json) -> list[str]:
    """Return where a service differs from what a change asks for, as places of the payload."""
    service_id = body["universal_service"]["id"]
    service = vpn.one(work.look, vpn.SERVICES, service_id)
    if service is None:
        return ["universal_service"]
    wanted = {name: body["universal_service"].get(name) for name in ("name", "description", "tags")}
    found = [f"universal_service.{name}" for name in _unlike(wanted, service)]
    if not _same_capabilities(body["universal_service"].get("capabilities"), service):
        found.append("universal_service.capabilities")
    for section, collection in (
        ("endpoints", vpn.ENDPOINTS),
        ("access_locations", vpn.ACCESS_LOCATIONS),
    ):
        rows = vpn.of_service(work.look, collection, service_id)
        found += _section(section, body.get(section) or {}, rows)
    if created := (body.get("credentials") or {}).get("create"):
        found += _section("credentials", {"create": created}, keys(work.look))
    return found


def _section(section: str, lists: Mapping[str, Any], rows: list[Json]) -> list[str]:
    by_id = {bare(row["id"]): row for row in rows}
    names = {row.get("name") for row in rows}
    found = [
        f"{section}.create {entry.get('name')}"
        for entry in lists.get("create") or []
        if entry.get("name") not in names
    ]
    found += [f"{section}.delete {gone}" for gone in lists.get("delete") or [] if gone in by_id]
    for entry in lists.get("update") or []:
        row = by_id.get(entry["id"])
        unlike = _unlike(entry, row) if row else ["id"]
        found += [f"{section}.update {entry['id']} {name}" for name in unlike]
    return found


def _unlike(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields given that are not as wanted; ids compare in their bare form.

    What the server adds inside an object or an entry of a list does not count.
    """
    return [
        name
        for name, value in wanted.items()
        if value is not None and name != "id" and not _alike(name, value, row.get(name))
    ]


def _alike(name: str, value: Any, found: Any) -> bool:
    if isinstance(value, Mapping):
        return isinstance(found, Mapping) and not _unlike(value, found)
    if isinstance(value, list):
        same = isinstance(found, list) and len(found) == len(value)
        return same and all(_alike(name, *pair) for pair in zip(value, found, strict=True))
    if name.endswith("_id"):
        return bool(bare(str(value)) == bare(str(found)))
    return str(value) == str(found)


def _same_capabilities(wanted: Any, service: Json) -> bool:
    if wanted is None:
        return True
    found = {row["type"]: row.get("profile_id") or "" for row in service.get("capabilities") or []}
    return found == {row["type"]: row.get("profile_id") or "" for row in wanted}


def _as_answered(answer: object, sent: Mapping[str, Any]) -> Json:
    """Return the result of an accepted configure: names and ids, never a secret."""
    service = pick(answer, "universal_service") or {}
    return {
        "universal_service": {
            "id": service.get("id") or pick(sent, "universal_service.id"),
            "name": service.get("name") or pick(sent, "universal_service.name"),
        },
        **{
            section: [_shown(entry) for entry in pick(answer, f"{section}.created") or []]
            for section in _MADE
        },
    }


def _as_found(work: Work, service: Json) -> Json:
    """Return the same result for a service that was found instead of answered."""
    return {
        "universal_service": {"id": service["id"], "name": service["name"]},
        "endpoints": [
            _shown(row) for row in vpn.of_service(work.look, vpn.ENDPOINTS, service["id"])
        ],
        "access_locations": [
            _shown(row) for row in vpn.of_service(work.look, vpn.ACCESS_LOCATIONS, service["id"])
        ],
        "credentials": [],
        "locations": [],
    }


def _shown(entry: Json) -> Json:
    return vpn.picked(entry, "id", "name", "service_ip")
