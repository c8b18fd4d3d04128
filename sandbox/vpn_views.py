"""VPN objects as reading shows them: what has come up, and what has not yet."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.apply import capability_key
from sandbox.places import ENDPOINTS, SERVICES, SITES
from sandbox.provisioning import CNAMES_APPEAR, IDENTITY, READY, STARTED
from sandbox.schema import Row


def present_service(account: Account, row: Row) -> Row:
    """Show a service with the state each of its capabilities has reached."""
    return {**row, "capabilities": [_capability(account, row, one) for one in row["capabilities"]]}


def _capability(account: Account, row: Row, one: Row) -> Row:
    token = last(row["id"])
    ready = account.vpn.progress(capability_key(token, one["type"])) >= READY
    policy = account["security_policies"].find(one["profile_id"]) or {"name": ""}
    return {
        **one,
        "profile_name": policy["name"],
        "service_status": "Available" if ready else "Provisioning",
        "association_count": len(owned(account, ENDPOINTS, token)),
    }


def owned(account: Account, path: str, service: str) -> list[Row]:
    """List the endpoints or the access locations of a service, as they are stored."""
    return [row for row in account[path] if row["universal_service_id"] == service]


def present_endpoint(account: Account, row: Row) -> Row:
    """Show an endpoint with the public addresses that are up."""
    progress = account.vpn.progress(last(row["id"]))
    up = sum(progress >= share for share in CNAMES_APPEAR)
    state = "Pending" if progress < STARTED else "Provisioning"
    return {
        **row,
        "cnames": row["cnames"][:up],
        "state": "Available" if progress >= READY else state,
    }


def present_site(account: Account, row: Row) -> Row:
    """Show an access location with the state of its tunnels."""
    progress = account.vpn.progress(last(row["id"]))
    status = "Connected" if progress >= READY else "Not Ready"
    minted = progress >= IDENTITY
    tunnels = [_tunnel(one, status, minted=minted) for one in row["tunnel_configs"]]
    return {**_minted(row, minted=minted), "status": status, "tunnel_configs": tunnels}


def _tunnel(tunnel: Row, status: str, *, minted: bool) -> Row:
    physical: list[Row] = [
        {**_minted(one, minted=minted), "status": status} for one in tunnel["physical_tunnels"]
    ]
    return {**tunnel, "physical_tunnels": physical}


def _minted(row: Row, *, minted: bool) -> Row:
    return row if minted else {k: v for k, v in row.items() if k != "identity"}


def connections(account: Account) -> list[Row]:
    """List every tunnel as the far side sees it: the API itself says nothing of BGP."""
    found: list[Row] = []
    for site in account[SITES]:
        token = last(site["id"])
        ipsec = account.vpn.progress(token) >= READY
        service = account[SERVICES].get(site["universal_service_id"])
        found.extend(
            {
                "service": service["name"],
                "access_location": site.get("name"),
                "path": physical["path"],
                "access_ip": physical.get("access_ip"),
                "ipsec": "up" if ipsec else "down",
                "bgp": "up" if physical["bgp_configs"] and account.vpn.has_bgp(token) else "down",
            }
            for tunnel in site["tunnel_configs"]
            for physical in tunnel["physical_tunnels"]
        )
    return found
