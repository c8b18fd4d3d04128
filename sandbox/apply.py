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
class Change:
    """One call while it is written: who asked, for which service, what its labels became."""

    account: Account
    request_id: str
    service: str = ""
    refs: dict[str, str] = field(default_factory=dict)

    def log(self, resource: str, message: str) -> None:
        """Leave an entry in the change log."""
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
        """Give the id behind a label, or the id in its bare form."""
        return self.refs.get(value) or last(value)

    def own(self, made: Row, label: str) -> str:
        """Note what belongs to the service and goes with it."""
        token = last(made["id"])
        self.refs[label] = token
        self.account.vpn.owners[self.service, token] = token
        return token


def apply(
    account: Account, service: Row, entries: Entries, *, known: Row | None, request_id: str
) -> Row:
    """Write all sections; the answer names what was made."""
    change = Change(account, request_id)
    made: Row = {"universal_service": put_service(change, service, known)}
    for row in entries["access_locations"]["delete"]:
        remove_site(change, row["id"])
    for row in entries["endpoints"]["delete"]:
        remove_endpoint(change, row["id"])
    created = "created"
    made["credentials"] = {created: [_credential(change, r) for r in _new(entries, "credentials")]}
    made["locations"] = {created: [_location(change, row) for row in _new(entries, "locations")]}
    made["endpoints"] = {created: [add_endpoint(change, r) for r in _new(entries, "endpoints")]}
    made["access_locations"] = {
        created: [add_site(change, row) for row in _new(entries, "access_locations")]
    }
    _update(change, entries)
    return made


def _new(entries: Entries, section: str) -> list[Row]:
    return entries[section]["create"]


def put_service(change: Change, service: Row, known: Row | None) -> Row:
    """Make a service, or change the fields that were sent."""
    account = change.account
    sent = ("name", "description", "capabilities", "tags")
    given = {name: service[name] for name in sent if service.get(name) is not None}
    if known is None:
        ophid = f"managedhost{account.entropy.token()}"
        blank: Row = {"description": "", "ophid": ophid, "capabilities": [], "tags": {}}
        row = account.add(SERVICES, {**blank, **given})
        message = "universal service created"
    else:
        row = {**known, **given}
        account[SERVICES].put(last(row["id"]), row)
        message = "universal service updated"
    change.service = last(row["id"])
    before = {one["type"] for one in known["capabilities"]} if known else set()
    for one in row["capabilities"]:
        if one["type"] not in before:
            account.vpn.born(capability_key(change.service, one["type"]))
    change.log(change.service, message)
    return {"id": change.service, "name": row["name"]}


def capability_key(service: str, kind: str) -> str:
    """Name a capability among the things that come up."""
    return f"{service}/{kind}"


def remove_endpoint(change: Change, ident: str) -> None:
    """Take an endpoint away."""
    change.account[ENDPOINTS].remove(last(ident))
    change.log(last(ident), "endpoint deleted")


def remove_site(change: Change, ident: str) -> None:
    """Take an access location away; the ids of its tunnels rest for a while."""
    site = change.account[SITES].get(last(ident))
    change.account.vpn.free_tunnels(site["endpoint_id"], site_label(site))
    change.account[SITES].remove(last(ident))
    change.log(last(ident), "access location deleted")


def site_label(site: Row) -> str:
    """Name an access location within its endpoint; a name is not compulsory."""
    return str(site.get("name") or last(site.get("location_id") or ""))


def _credential(change: Change, row: Row) -> Row:
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


def _location(change: Change, row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name != "id"}
    made = change.account.add(LOCATIONS, kept)
    return {"id": change.own(made, row["id"]), "name": row["name"]}


def add_endpoint(change: Change, row: Row) -> Row:
    """Make an endpoint; its public addresses show later."""
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
    change.refs[row.get("id", "")] = token
    account.vpn.born(token)
    change.log(token, "endpoint created")
    return {"id": token, "name": made["name"], "service_ip": made["service_ip"]}


def _public_address(account: Account) -> str:
    draw = account.entropy.number
    return f"{PUBLIC_BASE}.{draw(1, OCTET)}.{draw(1, OCTET)}"


def add_site(change: Change, row: Row) -> Row:
    """Make an access location with its tunnels."""
    account = change.account
    kept = {name: value for name, value in row.items() if name != "id"}
    made = account.add(SITES, {"lan_subnets": [], "tags": {}, **kept, **_bound(change, row)})
    token = last(made["id"])
    account.vpn.born(token)
    change.log(token, "access location created")
    tunnels = [{"id": one["id"], "name": one["name"]} for one in made["tunnel_configs"]]
    return {"id": token, "name": made.get("name"), "tunnel_configs": tunnels}


def _bound(change: Change, row: Row) -> Row:
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


def _tunnel(change: Change, tunnel: Row) -> Row:
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


def _credential_name(change: Change, ident: str) -> str:
    name: str = change.account[CREDENTIALS].get(change.resolved(ident))["name"]
    return name


def _bgp(change: Change, bgp: Row) -> Row:
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


def _update(change: Change, entries: Entries) -> None:
    for row in entries["endpoints"]["update"]:
        replace_row(change, ENDPOINTS, row, message="endpoint updated")
    for row in entries["access_locations"]["update"]:
        _update_site(change, row)
    for row in entries["credentials"]["update"]:
        changed = {"id": row["id"], "name": row["name"], "key_data": {"psk": row["value"]}}
        replace_row(change, CREDENTIALS, changed, message="credential updated")
    for row in entries["locations"]["update"]:
        replace_row(change, LOCATIONS, row, message="location updated")


def _update_site(change: Change, row: Row) -> None:
    account, token = change.account, last(row["id"])
    before = _addresses(account[SITES].get(token))
    replace_row(change, SITES, {**row, **_bound(change, row)}, message="access location updated")
    if _addresses(account[SITES].get(token)) != before:
        account.vpn.moved.add(token)
    account.vpn.born(token)


def _addresses(site: Row) -> list[str | None]:
    return [
        physical.get("access_ip")
        for tunnel in site["tunnel_configs"]
        for physical in tunnel["physical_tunnels"]
    ]


def replace_row(change: Change, path: str, row: Row, *, message: str) -> None:
    """Write the fields that were sent over those of a row."""
    token = last(row["id"])
    collection = change.account[path]
    before = collection.get(token)
    collection.put(token, {**before, **row, "id": before["id"]})
    change.log(token, message)
