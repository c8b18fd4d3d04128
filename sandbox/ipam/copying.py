"""Copies of spaces, blocks and subnets, with what lies in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.ddi_base import DDI, operation
from sandbox.errors import Refused, conflict, invalid
from sandbox.ipam.names import BLOCK, RANGE, SPACE, SUBNET
from sandbox.references import check_references
from sandbox.schema import Fields, Row, checked, fields

DERIVED = frozenset({"id", "created_at", "updated_at", "parent", "utilization", "dhcp_utilization"})
FLAGS = """
    copy_dhcp_options: boolean default=false
    skip_on_error: boolean default=false
"""
NAMED = f"""{FLAGS}
    id: string readonly
    comment: string size=0..1024
"""
SPACE_BODY = fields(f"{NAMED}\nname: string required size=1..256")
PART_BODY = fields(f"""{NAMED}
    name: string size=1..256
    recursive: boolean default=false
    space: string required ref=ipam/ip_space
""")
BULK_BODY = fields(f"""{FLAGS}
    copy_objects: strings required
    recursive: boolean default=false
    retain_child_compartment: boolean
    target: string required ref=ipam/ip_space
""")


def _body(call: Call, table: Fields) -> Row:
    body = checked(table, call.body, partial=False)
    check_references(call.account, table, body)
    return body


def done(account: Account, source: Row) -> Row:
    """Describe a copy: a job that nobody can ask after."""
    return {
        "id": source["id"],
        "job_id": account.entropy.uuid(),
        "description": f"copy of {source['id']}",
    }


class _Copier:
    """Copies rows to one space, and takes them back when one is refused."""

    def __init__(self, account: Account, target: str, body: Row) -> None:
        self._account = account
        self._target = target
        self._body = body
        self._made: list[tuple[str, Row]] = []

    def tree(self, path: str, source: Row) -> None:
        """Copy a block or a subnet, and what lies in it if that was asked for; all or nothing."""
        if source["space"] == self._target:
            raise conflict(f"{source['id']} lies in the space already")
        words = {name: self._body.get(name) for name in ("name", "comment")}
        with self._whole():
            self._row(
                path, source, {name: text for name, text in words.items() if text is not None}
            )
            if self._body["recursive"]:
                self._inside(source)

    def rows(self, path: str, sources: list[Row]) -> None:
        """Copy rows as they are."""
        with self._whole():
            for source in sources:
                self._row(path, source, {})

    def _inside(self, source: Row) -> None:
        for path in (BLOCK, SUBNET, RANGE):
            for child in self._account[path].having("parent", source["id"]):
                try:
                    self._row(path, child, {})
                except Refused:
                    if not self._body["skip_on_error"]:
                        raise
                if path != RANGE:
                    self._inside(child)

    def _row(self, path: str, source: Row, words: Row) -> None:
        account = self._account
        resource = account[path].resource
        bare = _bare(source, options=self._body["copy_dhcp_options"])
        row = {**bare, **words, "space": self._target}
        if resource.prepare:
            row = resource.prepare(account, row, None)
        account[path].refuse_duplicate(row)
        made = _added(account, path, row)
        self._made.append((path, made))
        if resource.settled:
            resource.settled(account, None, made)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except Refused:
            while self._made:
                path, row = self._made.pop()
                self._account[path].remove(last(row["id"]))
                settled = self._account[path].resource.settled
                if settled:
                    settled(self._account, row, None)
            raise


def copy_space(call: Call) -> Answer:
    """Copy a space with all its blocks, subnets and ranges."""
    account, body = call.account, _body(call, SPACE_BODY)
    source = account[SPACE].get(call.ident)
    row = {**_bare(source, options=body["copy_dhcp_options"]), "name": body["name"]}
    if body.get("comment") is not None:
        row["comment"] = body["comment"]
    account[SPACE].refuse_duplicate(row)
    target = _added(account, SPACE, row)
    copier = _Copier(account, target["id"], body)
    for path in (BLOCK, SUBNET, RANGE):
        copier.rows(path, account[path].having("space", source["id"]))
    call.wrote(f"copy {SPACE} {call.ident} name={body['name']}")
    return answer(DDI.created, {"result": done(account, source)})


def copy_part(path: str, call: Call) -> Answer:
    """Copy a block or a subnet to another space."""
    account, body = call.account, _body(call, PART_BODY)
    source = account[path].get(call.ident)
    _Copier(account, body["space"], body).tree(path, source)
    call.wrote(f"copy {path} {call.ident} space={last(body['space'])}")
    return answer(DDI.created, {"result": done(account, source)})


def bulk_copy(call: Call) -> Answer:
    """Copy several blocks and subnets to a space; one that fails may be left out."""
    account, body = call.account, _body(call, BULK_BODY)
    sources = [_copyable(account, ident) for ident in body["copy_objects"]]
    results, errors = [], []
    copier = _Copier(account, body["target"], body)
    for path, row in sources:
        try:
            copier.tree(path, row)
        except Refused as refusal:
            if not body["skip_on_error"]:
                raise
            errors.append({"id": row["id"], "message": refusal.message})
        else:
            results.append(done(account, row))
    named = ",".join(last(one) for one in body["copy_objects"])
    call.wrote(f"copy {SPACE} target={last(body['target'])} objects={named}")
    return answer(DDI.created, {"results": results, **({"errors": errors} if errors else {})})


def _copyable(account: Account, ident: str) -> tuple[str, Row]:
    path = ident.rpartition("/")[0]
    row = account[path].find(last(ident)) if path in {BLOCK, SUBNET} else None
    if row is None:
        raise invalid(f"'{ident}' cannot be copied")
    return path, row


def _bare(row: Row, *, options: bool) -> Row:
    kept = {name: value for name, value in row.items() if name not in DERIVED}
    return kept if options else {**kept, "dhcp_options": []}


def _added(account: Account, path: str, row: Row) -> Row:
    now = account.now()
    return account.add(path, {**row, "created_at": now, "updated_at": now})


OPERATIONS = {
    **operation(f"{SPACE}/{{id}}/copy", "POST", copy_space),
    **operation(f"{SPACE}/bulk_copy", "POST", bulk_copy),
    **operation(f"{BLOCK}/{{id}}/copy", "POST", partial(copy_part, BLOCK)),
    **operation(f"{SUBNET}/{{id}}/copy", "POST", partial(copy_part, SUBNET)),
}
