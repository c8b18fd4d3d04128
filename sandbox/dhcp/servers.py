"""Hosts, their servers (config profiles), groups of them, and what is linked to what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.crud import get, listed_rows, listing, one_row
from sandbox.ddi_base import DDI, PLAIN_QUERY, TAG_QUERY, operation
from sandbox.errors import conflict, invalid, missing
from sandbox.ipam.names import SPACE, SUBNET
from sandbox.references import check_references
from sandbox.schema import Row, checked, fields

DHCP_HOST = "dhcp/host"
SERVER = "dhcp/server"
HA_GROUP = "dhcp/ha_group"
SERVICE = "dhcp/service"
PROFILE = "dhcp/config_profile"
FEWEST_HOSTS = 2
STATISTICS = frozenset({"status", "status_v6"})
HOST_STATISTICS = frozenset({"state", "state_v6", "heartbeats"})
PACKETS = ("pkt_received", "pkt_received_v6", "pkt_sent", "pkt_sent_v6")
REQUESTS = ("req_received", "req_received_v6")
ONE_PROFILE = fields("""
    config_profile_id: string required ref=dhcp/server
    object_ids: strings required ref=ipam/subnet|dhcp/host
""")
ONE_OBJECT = fields("""
    config_profile_ids: strings required ref=dhcp/server
    object_id: string required ref=ipam/subnet|dhcp/host
""")


def prepare_group(account: Account, row: Row, before: Row | None) -> Row:
    """Check the hosts of a group: several, each in one group only."""
    idents = [one["host"] for one in row["hosts"]]
    if len(set(idents)) < FEWEST_HOSTS or len(set(idents)) < len(idents):
        raise invalid(f"hosts: at least {FEWEST_HOSTS} different ones are expected")
    if row["mode"] == "active-passive" and {one.get("role") for one in row["hosts"]} != {
        "active",
        "passive",
    }:
        raise invalid("mode active-passive needs an active and a passive host")
    own = before["id"] if before else None
    for other in account[HA_GROUP]:
        if other["id"] != own and {one["host"] for one in other["hosts"]} & set(idents):
            raise conflict(f"a host already belongs to the HA group '{other['name']}'")
    hosts = [_member(account, one) for one in row["hosts"]]
    return {**row, "hosts": hosts, "status": "ok", "status_v6": "ok"}


def _member(account: Account, wish: Row) -> Row:
    address = account[DHCP_HOST].get(last(wish["host"]))["address"]
    state = {"state": "ok", "state_v6": "ok", "heartbeats": []}
    return {"address": address, "port": 647, "port_v6": 847, **wish, **state}


def _without_statistics(row: Row) -> Row:
    hosts = [{k: v for k, v in one.items() if k not in HOST_STATISTICS} for one in row["hosts"]]
    return {**{k: v for k, v in row.items() if k not in STATISTICS}, "hosts": hosts}


def list_groups(call: Call) -> Answer:
    """List groups; their state is collected only when asked for."""
    resource = call.account[HA_GROUP].resource
    if call.query.get("collect_stats") == "true":
        return listing(resource, call)
    return listed_rows(resource, call, [_without_statistics(row) for row in call.account[HA_GROUP]])


def get_group(call: Call) -> Answer:
    """Read a group; its state is collected only when asked for."""
    resource = call.account[HA_GROUP].resource
    if call.query.get("collect_stats") == "true":
        return get(resource, call)
    return one_row(resource, call, _without_statistics(call.account[HA_GROUP].get(call.ident)))


def associations(call: Call) -> Answer:
    """Show what a host serves."""
    account = call.account
    host = account[DHCP_HOST].get(call.ident)
    groups = [
        row for row in account[HA_GROUP] if any(one["host"] == host["id"] for one in row["hosts"])
    ]
    served = {host["id"], *(row["id"] for row in groups)}
    subnets = [
        row for ident in sorted(served) for row in account[SUBNET].having("dhcp_host", ident)
    ]
    stats = {f"dhcp_{name}": "0" for name in (*PACKETS, *REQUESTS)}
    shown = {"host": host, "ha_groups": groups, "subnets": subnets, "dhcp_pkt_stats": stats}
    return answer(200, shown)


def services(account: Account) -> Iterator[Row]:
    """Show the DHCP service of each host."""
    for row in account[DHCP_HOST]:
        named = {name: row[name] for name in ("id", "name", "address", "ophid")}
        yield {
            "id": f"{SERVICE}/{last(row['id'])}",
            "name": f"dhcp-{row['name']}",
            "comment": row["comment"],
            "ip_space": row["ip_space"],
            "associated_hosts": [named],
            "associated_server": row["associated_server"],
            "tags": row["tags"],
        }


def get_service(call: Call) -> Answer:
    """Show one service."""
    for row in services(call.account):
        if last(row["id"]) == call.ident:
            return one_row(call.account[SERVICE].resource, call, row)
    raise missing(f"{SERVICE} {call.ident} is not found")


def prepare_host(account: Account, row: Row, _before: Row | None) -> Row:
    """Name the server of a host beside its id."""
    server = account[SERVER].find(last(row.get("server") or ""))
    shown = {"id": server["id"], "name": server["name"]} if server else None
    return {**row, "associated_server": shown}


def link(call: Call, *, one_profile: bool, wanted: bool) -> Answer:
    """Link config profiles to subnets and hosts, or take the links away."""
    account, table = call.account, ONE_PROFILE if one_profile else ONE_OBJECT
    body = checked(table, call.body, partial=False)
    check_references(account, table, body)
    profiles = [body["config_profile_id"]] if one_profile else body["config_profile_ids"]
    objects = body["object_ids"] if one_profile else [body["object_id"]]
    for ident in objects:
        path = ident.rpartition("/")[0]
        row = account[path].get(last(ident))
        kept = [one for one in _profiles(row) if one not in profiles]
        linked = [*kept, *profiles] if wanted else kept
        account[path].put(last(ident), {**row, **_linked(path, linked)})
    verb = "link" if wanted else "delink"
    named = ",".join(last(one) for one in [*profiles, *objects])
    call.wrote(f"{verb} {PROFILE} {named}")
    return answer(DDI.created, {})


def _profiles(row: Row) -> list[str]:
    return row.get("config_profiles") or ([row["server"]] if row.get("server") else [])


def _linked(path: str, profiles: list[str]) -> Row:
    if path == SUBNET:
        return {"config_profiles": profiles}
    return {"server": profiles[-1] if profiles else None}


def profiles_of(call: Call) -> Answer:
    """List the config profiles of a subnet or a host."""
    ident = call.query.get("object_id") or ""
    path = ident.rpartition("/")[0]
    if path not in {SUBNET, DHCP_HOST} or last(ident) not in call.account[path]:
        raise invalid(f"object '{ident}' is not found")
    found = _profiles(call.account[path].get(last(ident)))
    rows = [call.account[SERVER].get(last(one)) for one in found]
    return answer(200, {"results": rows})


def subnets_of(call: Call) -> Answer:
    """List the subnets of a config profile."""
    ident = call.query.get("config_profile_id") or ""
    if last(ident) not in call.account[SERVER]:
        raise invalid(f"config profile '{ident}' is not found")
    rows = call.account[SUBNET].having("config_profiles", f"{SERVER}/{last(ident)}")
    shown = [
        {
            **{name: row.get(name) for name in ("id", "address", "cidr", "comment", "name")},
            "ip_space_ref": row["space"],
            "ip_space_name": call.account[SPACE].get(last(row["space"]))["name"],
            "parent": row["parent"],
            "protocol": row["protocol"],
        }
        for row in rows
    ]
    plain = {name: value for name, value in call.query.items() if name != "config_profile_id"}
    call.query = plain
    return listed_rows(call.account[SUBNET].resource, call, shown)


_STATISTICS = frozenset({"collect_stats"})
OPERATIONS = {
    **operation(HA_GROUP, "GET", list_groups, query=PLAIN_QUERY | TAG_QUERY | _STATISTICS),
    **operation(f"{HA_GROUP}/{{id}}", "GET", get_group, query=_STATISTICS | {"_fields"}),
    **operation(f"{DHCP_HOST}/{{id}}/associations", "GET", associations),
    **operation(f"{SERVICE}/{{id}}", "GET", get_service, query=frozenset({"_fields"})),
    **operation(f"{PROFILE}/profiles", "GET", profiles_of, query=frozenset({"object_id"})),
    **operation(
        f"{PROFILE}/subnets",
        "GET",
        subnets_of,
        query=frozenset({"config_profile_id", "_order_by", "_offset", "_limit", "_page_token"}),
    ),
}
for _verb, _wanted in (("link", True), ("delink", False)):
    for _kind in ("profile", "object"):
        OPERATIONS |= operation(
            f"{PROFILE}/{_verb}_{_kind}",
            "POST",
            partial(link, one_profile=_kind == "profile", wanted=_wanted),
        )
