"""What is special about federated blocks: nesting, overlap, the next available one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import partial
from itertools import islice

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.ddi_base import DDI, operation
from sandbox.errors import invalid
from sandbox.paging import whole
from sandbox.plan import Network, gaps, span_of
from sandbox.schema import Row, checked, fields

REALM = "federation/federated_realm"
BLOCK = "federation/federated_block"
RESERVED = "federation/reserved_block"
OVERLAPPING = "federation/overlapping_block"
POOL = "federation/federated_pool"
KINDS = (BLOCK, RESERVED, OVERLAPPING)
FIGURES = {"allocated": 0, "delegated": 0, "overlapping": 0, "reserved": 0}
MOST = 1000
BODY = fields("""
    id: string readonly
    cidr: integer required size=1..128
    comment: string size=0..1024
    count: integer size=1..1000 default=1
    name: string
    tags: object
""")


def prepare_realm(_account: Account, row: Row, before: Row | None) -> Row:
    """Give a realm its figures."""
    figures = before["allocation_v4"] if before else FIGURES
    return {"comment": "", "tags": {}, **row, "allocation_v4": figures}


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle address, mask and the block around a block."""
    around = _network(row)
    own = before["id"] if before else None
    outer = _enclosing(account, row["federated_realm"], around, own=own)
    derived = {
        "address": str(around.network_address),
        "cidr": around.prefixlen,
        "parent": outer["id"] if outer else None,
        "protocol": f"ip{around.version}",
    }
    return {"comment": "", "tags": {}, **row, **derived}


def prepare_block(account: Account, row: Row, before: Row | None) -> Row:
    """Settle a block that others may lie in."""
    figures = before["allocation_v4"] if before else FIGURES
    return {**prepare(account, row, before), "allocation_v4": figures}


def prepare_forward(_account: Account, row: Row, before: Row | None) -> Row:
    """Settle a delegation that is planned."""
    around = _network(row)
    state = {"state": before["state"] if before else "PENDING"}
    place = {"address": str(around.network_address), "cidr": around.prefixlen}
    return {"comment": "", "tags": {}, **row, **place, "protocol": f"ip{around.version}", **state}


def _network(row: Row) -> Network:
    host, slash, mask = row["address"].partition("/")
    cidr = row.get("cidr")
    if not slash and cidr is None:
        raise invalid("required field missing: cidr")
    if slash and cidr is not None and mask != str(cidr):
        raise invalid(f"address '{row['address']}' and cidr {cidr} contradict each other")
    try:
        return ipaddress.ip_network(f"{host}/{mask if slash else cidr}")
    except ValueError:
        text = row["address"]
        raise invalid(f"invalid value for field 'address': '{text}' is no network") from None


def _enclosing(account: Account, realm: str, inner: Network, *, own: str | None) -> Row | None:
    for length in range(inner.prefixlen, -1, -1):
        outer = inner.supernet(new_prefix=length)
        found = account[BLOCK].holder(realm, outer.network_address, length)
        if found is not None and found["id"] != own:
            return found
    return None


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the nesting and the figures of the blocks above true."""
    if after is not None and before is None:
        for kind in KINDS:
            for row in account[kind].having("federated_realm", after["federated_realm"]):
                inside = after["id"].startswith(BLOCK) and _is_inside(row, after)
                if inside and row["parent"] == after["parent"]:
                    account[kind].put(last(row["id"]), {**row, "parent": after["id"]})
    for parent in {row["parent"] for row in (before, after) if row and row["parent"]}:
        block = account[BLOCK].find(last(parent))
        if block is not None:
            account[BLOCK].put(last(parent), {**block, "allocation_v4": _figures(account, block)})


def _is_inside(row: Row, block: Row) -> bool:
    if row["id"] == block["id"] or row["protocol"] != block["protocol"]:
        return False
    inner, outer = _network(row), _network(block)
    return inner.prefixlen >= outer.prefixlen and inner.network_address in outer


def _figures(account: Account, block: Row) -> Row:
    return {
        **FIGURES,
        "allocated": account[BLOCK].count("parent", block["id"]),
        "reserved": account[RESERVED].count("parent", block["id"]),
        "overlapping": account[OVERLAPPING].count("parent", block["id"]),
    }


def _next(account: Account, block: Row, cidr: int, *, count: int) -> list[Network]:
    """Find the lowest free networks of a block, all that were asked for or none."""
    around = _network(block)
    if not around.prefixlen <= cidr <= around.max_prefixlen:
        raise invalid(f"cidr {cidr} does not fit into {around}")
    spans = sorted(span_of(one) for one in _taken(account, block))
    found = list(islice(gaps(around, cidr, iter(spans)), count))
    if len(found) < count:
        raise invalid(f"not enough space in {around}: {count} of size /{cidr} were asked for")
    return found


def _taken(account: Account, block: Row) -> Iterator[Network]:
    for kind in KINDS:
        for row in account[kind].having("parent", block["id"]):
            yield _network(row)


def preview(call: Call) -> Answer:
    """Show the next blocks without taking them."""
    block = call.account[BLOCK].get(call.ident)
    if "cidr" not in call.query:
        raise invalid("required parameter missing: cidr")
    count = min(whole(call.query, "count", default=1, least=1), MOST)
    cidr = whole(call.query, "cidr", default=0, least=1)
    words = {name: call.query[name] for name in ("name", "comment") if name in call.query}
    rows = _rows(call.account, block, {**words, "cidr": cidr, "count": count})
    return answer(200, {"results": rows})


def take(path: str, call: Call) -> Answer:
    """Take the next blocks."""
    account = call.account
    body = checked(BODY, call.body, partial=False)
    block = account[BLOCK].get(call.ident)
    now = account.now()
    made = []
    for row in _rows(account, block, body):
        account[path].refuse_duplicate(row)
        made.append(account.add(path, {**row, "created_at": now, "updated_at": now}))
    for row in made:
        settled(account, None, row)
    asked = " ".join(f"{name}={value}" for name, value in sorted(body.items()) if name != "tags")
    call.wrote(f"allocate {path} from={call.ident} {asked}")
    return answer(DDI.created, {"results": made})


def _rows(account: Account, block: Row, wish: Row) -> list[Row]:
    words = {name: wish[name] for name in ("name", "comment", "tags") if wish.get(name) is not None}
    return [
        {
            "comment": "",
            "tags": {},
            **words,
            "address": str(one.network_address),
            "cidr": one.prefixlen,
            "federated_realm": block["federated_realm"],
            "parent": block["id"],
            "protocol": block["protocol"],
        }
        for one in _next(account, block, wish["cidr"], count=wish["count"])
    ]


OPERATIONS: dict[tuple[str, str], Operation] = {}
for _path in KINDS:
    _template = f"{BLOCK}/{{id}}/next_available_{_path.rpartition('/')[2]}"
    _query = frozenset({"cidr", "count", "name", "comment"})
    OPERATIONS |= operation(_template, "GET", preview, query=_query)
    OPERATIONS |= operation(_template, "POST", partial(take, _path))
