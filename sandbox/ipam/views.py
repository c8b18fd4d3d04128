"""What is only shown: ancestors, conflicts, use by DNS, the tree, free addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.crud import listed_rows, one_row
from sandbox.ddi_base import INHERIT_QUERY, PLAIN_QUERY, TAG_QUERY, operation
from sandbox.errors import invalid, missing
from sandbox.ipam import addresses, asm
from sandbox.ipam.names import ADDRESS, BLOCK, RANGE, SPACE, SUBNET
from sandbox.ipam.networks import place
from sandbox.paging import DEFAULT_LIMIT, whole
from sandbox.plan import address_at
from sandbox.references import check_references
from sandbox.schema import Row, checked

DNS_USAGE = "ipam/dns_usage"
TREE = "ipam/htree"
ASM = "ipam/asm"
TREE_QUERY = frozenset({"view", "node", "state"})
SHOWN = ("id", "address", "cidr", "parent", "space")


def ancestors(path: str, call: Call) -> Answer:
    """List the blocks around a block or a subnet, the nearest first."""
    row = call.account[path].get(call.ident)
    found = []
    while row.get("parent"):
        row = call.account[BLOCK].get(last(row["parent"]))
        realms = {"federated_realms": row.get("federated_realms") or []}
        found.append({**{name: row[name] for name in SHOWN}, **realms})
    return answer(200, {"results": found})


def conflicts(call: Call) -> Answer:
    """List the blocks of a space that overlap blocks of other spaces in the same realm."""
    account = call.account
    space = account[SPACE].get(call.ident)
    asked = call.query.get("federated_realms")
    wanted = {last(one) for one in asked.split(",")} if asked else None
    found = []
    for row in account[BLOCK].having("space", space["id"]):
        realms = {last(one) for one in row.get("federated_realms") or []}
        shared = realms if wanted is None else realms & wanted
        found += [
            {
                "address": f"{other['address']}/{other['cidr']}",
                "federated_realms": other["federated_realms"],
                "ip_space": other["space"],
                "type": "address_block",
            }
            for other in account[BLOCK]
            if other["space"] != space["id"]
            and shared & {last(one) for one in other.get("federated_realms") or []}
            and _overlap(row, other)
        ]
    return answer(200, {"results": found})


def _overlap(one: Row, other: Row) -> bool:
    mine, theirs = place(one)[1], place(other)[1]
    return mine.version == theirs.version and mine.overlaps(theirs)


def dns_usage(account: Account) -> Iterator[Row]:
    """Show which addresses the records of a view point at."""
    spaces = {row["id"]: (row.get("ip_spaces") or [None])[0] for row in account["dns/view"]}
    for row in account["dns/record"]:
        if row["type"] in {"A", "AAAA"}:
            yield {
                "id": f"{DNS_USAGE}/{last(row['id'])}",
                "absolute_name": row["absolute_name_spec"],
                "address": row["rdata"]["address"],
                "dns_rdata": row["dns_rdata"],
                "name": row["name_in_zone"],
                "record": row["id"],
                "space": spaces.get(row["view"]),
                "type": row["type"],
                "view": row["view"],
                "zone": row["zone"],
            }


def one_usage(call: Call) -> Answer:
    """Show one of them."""
    for row in dns_usage(call.account):
        if last(row["id"]) == call.ident:
            return one_row(call.account[DNS_USAGE].resource, call, row)
    raise missing(f"{DNS_USAGE} {call.ident} is not found")


def tree(call: Call) -> Answer:
    """List what lies directly in a space, a block or a subnet."""
    if call.query.get("view", "SPACE") != "SPACE":
        raise invalid("Invalid view: SPACE is expected")
    node = call.query.get("node")
    rows = [_leaf(path, row) for path, row in _children(call.account, node)]
    if call.query.get("state") not in {None, "used", "free"}:
        raise invalid("Invalid state: used or free is expected")
    if call.query.get("state") == "free":
        rows = []
    return listed_rows(call.account[TREE].resource, call, rows)


def _children(account: Account, node: str | None) -> Iterator[tuple[str, Row]]:
    if node is None:
        yield from ((SPACE, row) for row in account[SPACE])
        return
    path = node.rpartition("/")[0]
    if path not in {SPACE, BLOCK, SUBNET} or last(node) not in account[path]:
        raise invalid(f"node '{node}' is not found")
    name = "space" if path == SPACE else "parent"
    for kind in (BLOCK, SUBNET, RANGE, ADDRESS):
        for row in account[kind].having(name, node):
            if name == "parent" or row.get("parent") is None:
                yield kind, row


def _leaf(path: str, row: Row) -> Row:
    label = row.get("name") or row.get("address") or row.get("start")
    if "cidr" in row:
        label = f"{row['address']}/{row['cidr']}"
    leaf = {"id": row["id"], "label": label, "type": path}
    return leaf | {name: row[name] for name in ("utilization", "dhcp_info") if row.get(name)}


def list_addresses(call: Call) -> Answer:
    """List addresses; with `address_state=free` those of a container that nobody uses."""
    resource = call.account[ADDRESS].resource
    state, scope = call.query.get("address_state"), call.query.get("scope")
    if state not in {None, "used", "free"}:
        raise invalid("Invalid address_state: used or free is expected")
    if scope is None:
        if state == "free":
            raise invalid("address_state=free needs the container: scope")
        return listed_rows(resource, call, call.account[ADDRESS])
    path = scope.rpartition("/")[0]
    holder = call.account[path].find(last(scope)) if path in {SUBNET, RANGE, BLOCK} else None
    if holder is None:
        raise invalid(f"scope '{scope}' is not found")
    if state != "free":
        name = "range" if path == RANGE else "parent"
        return listed_rows(resource, call, call.account[ADDRESS].having(name, scope))
    return listed_rows(resource, call, _free(call, path, holder))


def _free(call: Call, path: str, holder: Row) -> Iterable[Row]:
    limit = whole(call.query, "_limit", default=DEFAULT_LIMIT, least=1)
    offset = whole(call.query, "_offset", default=0, least=0)
    version = int(holder["protocol"][-1])
    found = addresses.free_numbers(call.account, path, holder)
    # A network may have more free addresses than can be listed: no further than the page asked for.
    for number in islice(found, offset + limit):
        yield {
            "address": str(address_at(number, version)),
            "space": holder["space"],
            "parent": holder["id"] if path != RANGE else holder["parent"],
            "protocol": f"ip{version}",
            "state": "free",
            "usage": [],
        }


def suggestions(account: Account) -> Iterable[Row]:
    """Show which ranges are filling up."""
    return asm.suggestions(account)


def list_suggestions(call: Call) -> Answer:
    """List the suggestions, of one subnet if that was asked for."""
    wanted = call.query.get("subnet_id")
    rows = [
        row
        for row in asm.suggestions(call.account)
        if wanted is None or last(row["subnet_id"]) == last(wanted)
    ]
    return listed_rows(call.account[ASM].resource, call, rows)


def one_suggestion(call: Call) -> Answer:
    """Show one suggestion."""
    for row in asm.suggestions(call.account):
        if last(row["id"]) == call.ident:
            return one_row(call.account[ASM].resource, call, row)
    raise missing(f"{ASM} {call.ident} is not found")


def apply_suggestion(call: Call) -> Answer:
    """Do what a suggestion says, or put it off."""
    resource = call.account[ASM].resource
    body = checked(resource.fields, call.body, partial=False)
    check_references(call.account, resource.fields, body)
    row = asm.apply(call.account, body)
    call.wrote(f"apply {ASM} subnet={last(body['subnet_id'])} update={body.get('update')}")
    return one_row(resource, call, row)


_ADDRESSES = PLAIN_QUERY | TAG_QUERY | {"scope", "address_state"}
_FIELDS = frozenset({"_fields"})
OPERATIONS = {
    **operation(f"{BLOCK}/{{id}}/ancestor", "GET", partial(ancestors, BLOCK)),
    **operation(
        f"{SUBNET}/{{id}}/ancestor", "GET", partial(ancestors, SUBNET), query=INHERIT_QUERY
    ),
    **operation(
        f"{SPACE}/{{id}}/conflicts", "GET", conflicts, query=frozenset({"federated_realms"})
    ),
    **operation(f"{DNS_USAGE}/{{id}}", "GET", one_usage, query=_FIELDS),
    **operation(TREE, "GET", tree, query=PLAIN_QUERY | TREE_QUERY),
    **operation(ADDRESS, "GET", list_addresses, query=_ADDRESSES),
    **operation(ASM, "GET", list_suggestions, query=_FIELDS | {"subnet_id"}),
    **operation(f"{ASM}/{{id}}", "GET", one_suggestion, query=_FIELDS),
    **operation(ASM, "POST", apply_suggestion),
}
