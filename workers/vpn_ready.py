"""Following a VPN until it is up: addresses of its endpoints, states of its capabilities.

Tunnels are reported and not awaited: they come up when the customer's side does.
"""

from typing import Any

from shared.ledger import Outcome
from workers import vpn
from workers.moves import Finished, Json, Wait, Work

AVAILABLE = "Available"


def accepted(work: Work, result: Json) -> Finished | Wait:
    """Return what follows an accepted change: its end, or the following of what it started."""
    if work.arguments.get("wait_until") != "ready":
        return Finished(result)
    memo: Json = {
        "accepted": result,
        "accepted_at": work.job.now,
        "steps": [_step(work, "accepted by Infoblox")],
        "seen": {},
    }
    return Wait(
        0,
        "accepted; provisioning begins",
        memo=memo,
        release=True,
        instead=Outcome("done", result | {"ready": False, "steps": memo["steps"]}),
    )


def follow(work: Work) -> Finished | Wait:
    """Look how far an accepted change has come."""
    memo = work.memo
    service_id = memo["accepted"]["universal_service"]["id"]
    parts: Json = {
        "endpoints": [
            vpn.addresses(row) for row in vpn.of_service(work.look, vpn.ENDPOINTS, service_id)
        ],
        "capabilities": [
            vpn.picked(row, "type", "service_status")
            for row in vpn.capabilities(work.look, service_id)
        ],
        "access_locations": [
            _tunnels(row) for row in vpn.of_service(work.look, vpn.ACCESS_LOCATIONS, service_id)
        ],
    }
    seen = _states(parts)
    news = [f"{name}: {state}" for name, state in seen.items() if memo["seen"].get(name) != state]
    steps = memo["steps"] + [_step(work, text) for text in news]
    result = memo["accepted"] | parts | {"ready": _ready(parts), "steps": steps}
    if result["ready"]:
        return Finished(result)
    last = "; ".join(f"{name}: {state}" for name, state in seen.items()) or "nothing to be seen yet"
    if work.job.now - memo["accepted_at"] > work.times.ready:
        late = f"not ready after {work.times.ready:.0f} s; last seen: {last}"
        return Finished(result | {"note": late})
    return Wait(
        work.times.poll,
        f"provisioning: {last}",
        memo={"steps": steps, "seen": seen},
        instead=Outcome("done", result),
    )


def _ready(parts: Json) -> bool:
    states = [row["service_status"] for row in parts["capabilities"] if row.get("service_status")]
    return all(row["ready"] for row in parts["endpoints"]) and set(states) <= {AVAILABLE}


def _states(parts: Json) -> dict[str, str]:
    """Return one word per part, so that a change of it can be told."""
    found = {
        f"endpoint {row['name']}": f"{len(row['cnames'])} of 2 addresses"
        if not row["ready"]
        else "addresses " + ", ".join(row["cnames"])
        for row in parts["endpoints"]
    }
    for row in parts["capabilities"]:
        found[f"capability {row.get('type')}"] = row.get("service_status") or "no state"
    for row in parts["access_locations"]:
        found[f"access location {row.get('name')}"] = row.get("status") or "no state"
    return found


def _tunnels(row: Json) -> Json:
    tunnels: list[Any] = [
        vpn.picked(tunnel, "path", "access_ip", "identity", "status")
        for config in row.get("tunnel_configs") or []
        for tunnel in config.get("physical_tunnels") or []
    ]
    return vpn.picked(row, "id", "name", "status") | {"tunnels": tunnels}


def _step(work: Work, text: str) -> Json:
    return {"at": round(work.job.now, 1), "step": text}
