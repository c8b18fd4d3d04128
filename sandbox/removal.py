"""Taking rows out, with everything that hangs on them."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.bin import Deleted
from sandbox.errors import conflict
from sandbox.resource import Link
from sandbox.schema import Row

Rows = list[tuple[str, Row]]


def remove(
    account: Account, path: str, row: Row, *, recurse: bool = False, into: Rows | None = None
) -> None:
    """Remove a row as its links say.

    What goes with it by recursion is binned by itself, what only lived in it is binned with it.
    """
    resource = account[path].resource
    if not recurse:
        _refuse_held(account, row, resource.links)
    members: Rows = []
    for link in resource.links:
        inner = members if link.rule == "along" else into
        for child in account[link.path].having(link.name, row["id"]):
            if link.rule == "lift" and not recurse:
                lifted = {**child, link.name: row.get(link.name)}
                account[link.path].put(last(child["id"]), lifted)
            elif last(child["id"]) in account[link.path]:
                remove(account, link.path, child, recurse=True, into=inner)
    account[path].remove(last(str(row[resource.key])))
    if resource.settled:
        resource.settled(account, row, None)
    _keep(account, Deleted(path, row, account.now(), tuple(members)), into=into)


def _keep(account: Account, item: Deleted, *, into: Rows | None) -> None:
    if into is not None:
        into += [(item.path, item.row), *item.members]
    elif account[item.path].resource.bin:
        account.bin.put(item)


def _refuse_held(account: Account, row: Row, links: tuple[Link, ...]) -> None:
    for link in links:
        if link.rule == "hold" and account[link.path].count(link.name, row["id"]):
            raise conflict(f"{row['id']} is in use: referenced by a {link.path} object")
