"""Copies of zones in other views, with their records."""

from __future__ import annotations

from functools import partial

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.ddi_base import DDI, operation
from sandbox.dns.names import FORWARD, RECORD, VIEW, ZONE
from sandbox.dns.zones import SYSTEM
from sandbox.errors import Refused, conflict, invalid
from sandbox.ipam.copying import done
from sandbox.references import check_references
from sandbox.removal import remove
from sandbox.schema import Row, checked, fields
from sandbox.shapes import SHAPES

COPY = """
    id: string required
    comment: string
    recursive: boolean default=false
    skip_on_error: boolean default=false
    target_view: string required ref=dns/view
"""
BODIES = {
    ZONE: fields(
        f"""{COPY}
        external_primaries: objects of=external_primary
        external_secondaries: objects of=external_secondary
        internal_secondaries: objects of=internal_secondary
        nsgs: strings ref=dns/auth_nsg|dns/forward_nsg
        """,
        SHAPES,
    ),
    FORWARD: fields(
        f"""{COPY}
        external_forwarders: objects of=forwarder
        hosts: strings ref=dns/host
        internal_forwarders: strings ref=dns/host
        nsgs: strings ref=dns/forward_nsg
        """,
        SHAPES,
    ),
}
BULK = fields(
    """
    auth_zone_config: object of=auth_zone_config
    forward_zone_config: object of=forward_zone_config
    recursive: boolean default=false
    resources: strings required
    secondary_zone_config: object of=auth_zone_config
    skip_on_error: boolean default=false
    target: string required ref=dns/view
    """,
    SHAPES,
)
OWN = frozenset({"id", "recursive", "skip_on_error", "target_view"})
LEFT = frozenset({"id", "parent", "created_at", "updated_at"})


def copy(path: str, call: Call) -> Answer:
    """Copy one zone to another view."""
    account, table = call.account, BODIES[path]
    body = checked(table, call.body, partial=False)
    check_references(account, table, body)
    source = account[path].find(last(body["id"]))
    if source is None:
        raise invalid(f"{path} '{body['id']}' is not found")
    changes = {name: value for name, value in body.items() if name not in OWN}
    _copy_tree(account, path, source, view=body["target_view"], body={**body, "changes": changes})
    call.wrote(f"copy {path} {last(body['id'])} view={last(body['target_view'])}")
    return answer(DDI.created, {"result": done(account, source)})


def bulk_copy(call: Call) -> Answer:
    """Copy several zones to a view; one that fails may be left out."""
    account = call.account
    body = checked(BULK, call.body, partial=False)
    check_references(account, BULK, body)
    sources = [_zone(account, ident) for ident in body["resources"]]
    results, errors = [], []
    for path, row in sources:
        name = "auth_zone_config" if path == ZONE else "forward_zone_config"
        changes = body.get(name) or {}
        try:
            _copy_tree(account, path, row, view=body["target"], body={**body, "changes": changes})
        except Refused as refusal:
            if not body["skip_on_error"]:
                raise
            errors.append({"id": row["id"], "message": refusal.message})
        else:
            results.append(done(account, row))
    named = ",".join(last(one) for one in body["resources"])
    call.wrote(f"copy {VIEW} target={last(body['target'])} zones={named}")
    return answer(DDI.created, {"results": results, "errors": errors})


def _zone(account: Account, ident: str) -> tuple[str, Row]:
    for path in (ZONE, FORWARD):
        row = account[path].find(last(ident))
        if row is not None and row["id"] == ident:
            return path, row
    raise invalid(f"zone '{ident}' is not found")


def _copy_tree(account: Account, path: str, source: Row, *, view: str, body: Row) -> None:
    """Copy a zone and, if that was asked for, those below it; all of them or none."""
    made: list[tuple[str, Row]] = []
    wanted = [source]
    if body["recursive"]:
        ending = f".{source['fqdn']}"
        wanted += [
            row
            for row in account[path]
            if row["view"] == source["view"] and row["fqdn"].endswith(ending)
        ]
    try:
        made.extend(
            (path, _copy_zone(account, path, row, view=view, changes=body["changes"]))
            for row in wanted
        )
    except Refused:
        for where, row in reversed(made):
            remove(account, where, row, recurse=True)
        raise


def _copy_zone(account: Account, path: str, source: Row, *, view: str, changes: Row) -> Row:
    if source["view"] == view:
        raise conflict(f"{source['id']} lies in the view already")
    resource = account[path].resource
    now = account.now()
    stamps = {"created_at": now, "updated_at": now}
    kept = {name: value for name, value in source.items() if name not in LEFT}
    row = {**kept, **changes, "view": view}
    if resource.prepare:
        row = resource.prepare(account, row, None)
    account[path].refuse_duplicate(row)
    made = account.add(path, {**row, **stamps})
    if resource.settled:
        resource.settled(account, None, made)
    name = account[VIEW].get(last(view))["name"]
    for record in account[RECORD].having("zone", source["id"]):
        if record["source"] != SYSTEM:
            own = {"zone": made["id"], "view": view, "view_name": name, **stamps}
            plain = {key: value for key, value in record.items() if key != "id"}
            account.add(RECORD, {**plain, **own})
    return made


OPERATIONS = {
    **operation(f"{ZONE}/copy", "POST", partial(copy, ZONE)),
    **operation(f"{FORWARD}/copy", "POST", partial(copy, FORWARD)),
    **operation(f"{VIEW}/bulk_copy", "POST", bulk_copy),
}
