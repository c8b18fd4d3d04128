"""Writing a checked consolidated payload into the account."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.account import Account, last
from sandbox.payload import Entries
from sandbox.places import CREDENTIALS, ENDPOINTS, LOCATIONS, SERVICES, SITES
from sandbox.schema import Row

PUBLIC_BASE = "52.57"
OCTET = 254


@dataclass(slots=True)
class _Change:
    """One configure call while it is written."""

    account: Account
    request_id: str
    service: str = ""
    refs: dict[str, str] = field(default_factory=dict)

    def log(self, resource: str, message: str) -> None:
        account = self.account
        account.vpn.changes.append(
            {
                "id": account.entropy.uuid(),
                "resource_id": resource,
                "change_message": message,
                "created_at": account.now(),
                "user_name": f"service-user-{account.name}",
                "request_id": self.request_id,
                "service": self.service,
            }
        )

    def resolved(self, value: str) -> str:
        return self.refs.get(value) or last(value)

    def own(self, made: Row, label: str) -> str:
        token = last(made["id"])
        self.refs[label] = token
        self.account.vpn.owners[self.service, token] = token
        return token


def apply(
    account: Account, service: Row, entries: Entries, *, known: Row | None, request_id: str
) -> Row:
    """Write all sections; the answer names what was made."""
    change = _Change(account, request_id)
    made: Row = {"universal_service": _service(change, service, known)}
    for row in entries["access_locations"]["delete"]:
        _remove(change, SITES, row["id"], message="access location deleted")
    for row in entries["endpoints"]["delete"]:
        _remove(change, ENDPOINTS, row["id"], message="endpoint deleted")
    created = "created"
    made["credentials"] = {created: [_credential(change, r) for r in _new(entries, "credentials")]}
    made["locations"] = {created: [_location(change, row) for row in _new(entries, "locations")]}
    made["endpoints"] = {created: [_endpoint(change, row) for row in _new(entries, "endpoints")]}
    made["access_locations"] = {
        created: [_site(change, row) for row in _new(entries, "access_locations")]
    }
    _update(change, entries)
    return made


def _new(entries: Entries, section: str) -> list[Row]:
    return entries[section]["create"]


def _service(change: _Change, service: Row, known: Row | None) -> Row:
    account = change.account
    sent = ("name", "description", "capabilities", "tags")
    given = {name: service[name] for name in sent if service.get(name) is not None}
    if known is None:
        ophid = f"managedhost{account.entropy.token()}"
        blank: Row = {"description": "", "ophid": ophid, "tags": {}}
        row = account.add(SERVICES, {**blank, **given})
        account.vpn.born(last(row["id"]))
        message = "universal service created"
    else:
        row = {**known, **given}
        account[SERVICES].put(last(row["id"]), row)
        message = "universal service updated"
    change.service = last(row["id"])
    change.log(change.service, message)
    return {"id": change.service, "name": row["name"]}


def _remove(change: _Change, path: str, ident: str, *, message: str) -> None:
    change.account[path].remove(last(ident))
    change.log(last(ident), message)


def _credential(change: _Change, row: Row) -> Row:
    made = change.account.add(
        CREDENTIALS,
        {
            "account_id": change.account.name,
            "name": row["name"],
            "description": row.get("description", ""),
            "source_id": "psk",
            "key_type": "psk",
            "key_data": {"psk": row["value"]},
            "active": True,
        },
    )
    return {"id": change.own(made, row["id"]), "name": row["name"]}


def _location(change: _Change, row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name != "id"}
    made = change.account.add(LOCATIONS, kept)
    return {"id": change.own(made, row["id"]), "name": row["name"]}


def _endpoint(change: _Change, row: Row) -> Row:
    account = change.account
    kept = {name: value for name, value in row.items() if name != "id"}
    blank = {"tags": {}, "preferred_provider": "AWS", "routing_type": "dynamic"}
    made = account.add(
        ENDPOINTS,
        {
            **blank,
            **kept,
            "universal_service_id": change.service,
            "cnames": [_public_address(account), _public_address(account)],
        },
    )
    token = last(made["id"])
    change.refs[row["id"]] = token
    account.vpn.born(token)
    change.log(token, "endpoint created")
    return {"id": token, "name": made["name"], "service_ip": made["service_ip"]}


def _public_address(account: Account) -> str:
    draw = account.entropy.number
    return f"{PUBLIC_BASE}.{draw(1, OCTET)}.{draw(1, OCTET)}"


def _site(change: _Change, row: Row) -> Row:
    account = change.account
    kept = {name: value for name, value in row.items() if name != "id"}
    made = account.add(SITES, {"lan_subnets": [], "tags": {}, **kept, **_bound(change, row)})
    token = last(made["id"])
    account.vpn.born(token)
    change.log(token, "access location created")
    tunnels = [{"id": one["id"], "name": one["name"]} for one in made["tunnel_configs"]]
    return {"id": token, "name": made.get("name"), "tunnel_configs": tunnels}


def _bound(change: _Change, row: Row) -> Row:
    """Replace the labels of an access location by ids; mint identities."""
    account = change.account
    links = {
        name: change.resolved(row[name])
        for name in ("endpoint_id", "location_id", "credential_id")
        if row.get(name)
    }
    return {
        **links,
        "universal_service_id": change.service,
        "identity": account.entropy.token(),
        "tunnel_configs": [_tunnel(change, one) for one in row["tunnel_configs"]],
    }


def _tunnel(change: _Change, tunnel: Row) -> Row:
    draw = change.account.entropy
    physical = [
        {
            **one,
            "credential_id": change.resolved(one["credential_id"]),
            "credential_name": _credential_name(change, one["credential_id"]),
            "identity": f"{draw.token()}.infoblox.cloud",
            "remote_id": "infoblox.cloud",
            "bgp_configs": [_bgp(change, bgp) for bgp in one["bgp_configs"]],
        }
        for one in tunnel["physical_tunnels"]
    ]
    ident = tunnel.get("id") or draw.uuid()
    return {**tunnel, "id": ident, "remote_id": "infoblox.cloud", "physical_tunnels": physical}


def _credential_name(change: _Change, ident: str) -> str:
    name: str = change.account[CREDENTIALS].get(change.resolved(ident))["name"]
    return name


def _bgp(change: _Change, bgp: Row) -> Row:
    near = (bgp.get("neighbour_ips") or [""])[0]
    # The inside network of a tunnel is the /30 around the peer.
    head, _, tail = near.rpartition(".")
    network = f"{head}.{int(tail) & ~3}/30" if tail else bgp.get("cloud_cidr", "")
    return {
        "hop_limit": 2,
        "cloud_cidr": network,
        **bgp,
        "id": bgp.get("id") or change.account.entropy.uuid(),
    }


def _update(change: _Change, entries: Entries) -> None:
    account = change.account
    for row in entries["endpoints"]["update"]:
        _replace(change, ENDPOINTS, row, message="endpoint updated")
    for row in entries["access_locations"]["update"]:
        _replace(change, SITES, {**row, **_bound(change, row)}, message="access location updated")
        account.vpn.born(last(row["id"]))
    for row in entries["credentials"]["update"]:
        changed = {"id": row["id"], "name": row["name"], "key_data": {"psk": row["value"]}}
        _replace(change, CREDENTIALS, changed, message="credential updated")
    for row in entries["locations"]["update"]:
        _replace(change, LOCATIONS, row, message="location updated")


def _replace(change: _Change, path: str, row: Row, *, message: str) -> None:
    token = last(row["id"])
    collection = change.account[path]
    before = collection.get(token)
    collection.put(token, {**before, **row, "id": before["id"]})
    change.log(token, message)
