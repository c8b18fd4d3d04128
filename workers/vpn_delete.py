"""Deleting a VPN in the careful order: access locations, endpoints, then the service itself."""

from functools import partial
from typing import Any

from shared.errors import Refused
from shared.ledger import Outcome
from shared.wire import Request
from workers import vpn
from workers.moves import Finished, Json, Move, Send, Wait, Work
from workers.reconcile import every_row

_PARTS = (("access location", vpn.ACCESS_LOCATIONS), ("endpoint", vpn.ENDPOINTS))


def delete_service(work: Work) -> Move:
    """Return the next move; the id is kept, so that a new service of the same name is safe."""
    service = work.memo.get("service") or _chosen(work)
    if vpn.one(work.look, vpn.SERVICES, service["id"]) is None:
        return Finished(_result(work, service))
    for what, collection in _PARTS:
        rows = vpn.of_service(work.look, collection, service["id"])
        if rows:
            return _delete(work, service, (what, collection, rows[0]))
    return Send(
        vpn.deletion(vpn.SERVICES, service["id"]),
        lambda _body: Finished(_result(work, service)),
        f"delete service {service['name']}",
        memo={"service": service},
    )


def requests(work: Work) -> list[Request]:
    """Return every deletion a dry run shows, in order."""
    service = _chosen(work)
    parts = [
        (collection, row["id"])
        for _, collection in _PARTS
        for row in vpn.of_service(work.look, collection, service["id"])
    ]
    return [vpn.deletion(*part) for part in (*parts, (vpn.SERVICES, service["id"]))]


def _delete(work: Work, service: Json, part: tuple[str, str, Json]) -> Send:
    what, collection, row = part
    label = f"{what} {row.get('name') or row['id']}"
    return Send(
        vpn.deletion(collection, row["id"]),
        partial(_gone, work, service, label),
        f"delete {label}",
        memo={"service": service},
    )


def _gone(work: Work, service: Json, label: str, _body: Any) -> Wait:
    story = [*work.memo.get("story", []), f"deleted {label}"]
    memo = {"service": service, "story": story}
    partly = Outcome("cancelled", {"universal_service": service, "deleted": story})
    return Wait(0, f"deleted {label}", memo=memo, instead=partly)


def _result(work: Work, service: Json) -> Json:
    story = [*work.memo.get("story", []), f"deleted service {service['name']}"]
    return {"universal_service": service, "deleted": story}


def _chosen(work: Work) -> Json:
    name = work.arguments["service_name"]
    found = vpn.service_named(work.look, name)
    if found is None:
        near = sorted(
            str(row["name"])
            for row in every_row(work.look, vpn.SERVICES, {})
            if str(row.get("name")).lower() == name.lower()
        )
        other = f"; there is {', '.join(map(repr, near))}" if near else ""
        raise Refused(
            f"service_name: there is no service {name!r}{other}",
            advice="list_universal_services shows the exact names. Nothing was deleted.",
        )
    return vpn.picked(found, "id", "name")
