"""Setting a host up and removing it: each object is looked for before it is made or deleted."""

from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from typing import Any

from shared.catalog import NEXT_AVAILABLE, Operation
from shared.errors import Conflict, Refused
from shared.expressions import comparison
from shared.identifiers import bare, segment
from shared.ledger import Outcome
from shared.operations.resource import DDI
from shared.wire import Request, pick
from workers.moves import Finished, Json, Move, Send, Wait, Work
from workers.reconcile import every_row

HOSTS, RECORDS, FIXED = f"{DDI}/ipam/host", f"{DDI}/dns/record", f"{DDI}/dhcp/fixed_address"
_CALLED = {HOSTS: "host", RECORDS: "record", FIXED: "fixed address"}


def provision(work: Work) -> Move:
    """Return the next move: make the first part that is not there yet."""
    parts = dict(work.memo.get("parts", {}))
    wanted = [HOSTS, RECORDS, *([FIXED] if work.arguments.get("mac_address") else [])]
    found = {path: _there(work, path, parts) for path in wanted if path not in parts}
    for path in wanted:
        if path in parts:
            continue
        if row := found[path]:
            parts |= {path: _kept(row)}
            continue
        body = _wish(work, path, parts)
        after = partial(_made, work, path, parts=parts)
        request = Request("POST", path, path, body=body, safe=False)
        return Send(request, after, f"create the {_CALLED[path]} {work.arguments['hostname']}")
    return Finished(_host_result(work, parts))


def decommission(work: Work) -> Move:
    """Return the next move; the host's id is kept, so that a new one of its name is safe."""
    host = work.memo.get("host") or _chosen(work)
    if _one(work, host["id"]) is None:
        return Finished(_gone_result(work, host))
    path, row = next(_belongings(work, host), (HOSTS, host))
    label = f"{_CALLED[path]} {row.get('name') or row.get('absolute_name_spec') or row['id']}"
    after = partial(_deleted, work, host, label=label, last=path == HOSTS)
    return Send(_deletion(path, row["id"]), after, f"delete {label}", memo={"host": host})


def requests(work: Work) -> list[Request]:
    """Return every deletion that a dry run shows, in order."""
    host = _chosen(work)
    parts = [(path, row["id"]) for path, row in _belongings(work, host)]
    return [_deletion(*part) for part in (*parts, (HOSTS, host["id"]))]


# --- setting up


def _there(work: Work, path: str, parts: Json) -> Json | None:
    """Return what is there of this job; raise Conflict for what is somebody else's."""
    expression = _key(work, path, parts)
    if expression is None:
        return None
    owners = {work.job.id, *work.job.replays}
    for row in every_row(work.look, path, {"_filter": expression}):
        if (row.get("tags") or {}).get(Operation.MARKER_TAG) in owners:
            return row
        name = row.get("name") or row.get("absolute_name_spec") or row.get("address")
        raise Conflict(f"the {_CALLED[path]} {name} ({row['id']}) exists, and is not of this job")
    return None


def _key(work: Work, path: str, parts: Json) -> str | None:
    """Return what finds an object by its natural key; None where its address is not known yet."""
    asked = work.arguments
    address = parts.get(HOSTS, {}).get("address") or asked.get("ip_address")
    wanted = {
        HOSTS: {"name": asked["hostname"]},
        RECORDS: {"zone": asked["zone"], "name_in_zone": asked["hostname"], "type": "A"},
        FIXED: {"address": address, "ip_space": asked["space"]},
    }[path]
    if None in wanted.values():
        return None
    return " and ".join(comparison(name, "==", value) for name, value in wanted.items())


def _wish(work: Work, path: str, parts: Json) -> Json:
    asked = work.arguments
    name, said = asked["hostname"], {"tags": {Operation.MARKER_TAG: work.job.id}}
    if asked.get("comment"):
        said |= {"comment": asked["comment"]}
    if path == HOSTS:
        wished = asked.get("ip_address") or f"{asked['subnet']}{NEXT_AVAILABLE}ip"
        return said | {"name": name, "addresses": [{"address": wished, "space": asked["space"]}]}
    address = parts[HOSTS]["address"]
    if path == RECORDS:
        options = {"create_ptr": True, "check_rmz": True}
        where = {"zone": asked["zone"], "name_in_zone": name, "type": "A"}
        return said | where | {"rdata": {"address": address}, "options": options}
    match = {"match_type": "mac", "match_value": asked["mac_address"]}
    return said | match | {"name": name, "address": address, "ip_space": asked["space"]}


def _made(work: Work, path: str, body: Any, *, parts: Json) -> Wait:
    kept = parts | {path: _kept(pick(body, "result") or {})}
    label = f"created {_CALLED[path]} {work.arguments['hostname']}"
    story = [*work.memo.get("story", []), label]
    partly = Outcome("cancelled", {"created": story})
    return Wait(0, label, memo={"parts": kept, "story": story}, instead=partly)


def _kept(row: Json) -> Json:
    addresses = row.get("addresses") or [row]
    return {"id": row.get("id"), "address": addresses[0].get("address")}


def _host_result(work: Work, parts: Json) -> Json:
    facts = {
        "hostname": work.arguments["hostname"],
        "address": parts[HOSTS]["address"],
        "host_id": parts[HOSTS]["id"],
        "record_id": parts[RECORDS]["id"],
        "fixed_address_id": parts.get(FIXED, {}).get("id"),
    }
    return {name: value for name, value in facts.items() if value}


# --- removing


def _chosen(work: Work) -> Json:
    if host_id := work.arguments.get("host_id"):
        found = _one(work, host_id)
        rows = [found] if found else []
    else:
        name = work.arguments["hostname"]
        rows = list(every_row(work.look, HOSTS, {"_filter": comparison("name", "==", name)}))
    if len(rows) == 1:
        addresses = [
            {"address": one["address"], "space": one.get("space")}
            for one in rows[0].get("addresses") or []
        ]
        return {"id": rows[0]["id"], "name": rows[0]["name"], "addresses": addresses}
    if not rows:
        raise Refused("there is no such host", advice="list_ipam_hosts shows the exact names.")
    ids = ", ".join(row["id"] for row in rows[:10])
    raise Refused(f"{len(rows)} hosts have this name: {ids}", advice="Name one by its host_id.")


def _one(work: Work, host_id: str) -> Json | None:
    asked = comparison("id", "==", host_id)
    return next(every_row(work.look, HOSTS, {"_filter": asked}), None)


def _belongings(work: Work, host: Json) -> Iterator[tuple[str, Json]]:
    """Return what is the host's own: by its address, and by its name where others share that."""
    for one in host["addresses"]:
        space = {"ip_space": one["space"]} if one["space"] else {}
        for row in _rows(work, FIXED, {"address": one["address"], **space}):
            yield FIXED, row
    addresses = {one["address"] for one in host["addresses"]}
    names = set()
    for row in _rows(work, RECORDS, {"name_in_zone": host["name"]}):
        if (row.get("rdata") or {}).get("address") in addresses and not row.get("ipam_host"):
            names.add(str(row.get("absolute_name_spec")))
            yield RECORDS, row
    for address in addresses:
        pointer = f"{ip_address(address).reverse_pointer}."
        for row in _rows(work, RECORDS, {"absolute_name_spec": pointer, "type": "PTR"}):
            if _leads_to(row, host["name"]):
                yield RECORDS, row


def _leads_to(pointer: Json, name: str) -> bool:
    return str((pointer.get("rdata") or {}).get("dname")).partition(".")[0] == name


def _rows(work: Work, path: str, wanted: dict[str, str]) -> Iterator[Json]:
    expression = " and ".join(comparison(name, "==", value) for name, value in wanted.items())
    yield from every_row(work.look, path, {"_filter": expression})


def _deletion(path: str, object_id: str) -> Request:
    return Request("DELETE", f"{path}/{segment(bare(object_id))}", f"{path}/{{id}}", safe=False)


def _deleted(work: Work, host: Json, _body: Any, *, label: str, last: bool) -> Finished | Wait:
    story = [*work.memo.get("story", []), f"deleted {label}"]
    if last:
        return Finished({"hostname": host["name"], "deleted": story})
    partly = Outcome("cancelled", {"hostname": host["name"], "deleted": story})
    return Wait(0, f"deleted {label}", memo={"host": host, "story": story}, instead=partly)


def _gone_result(work: Work, host: Json) -> Json:
    return {"hostname": host["name"], "deleted": work.memo.get("story", [])}
