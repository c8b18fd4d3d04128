"""Next available networks and addresses: looked at with `GET`, taken with `POST`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.ddi_base import DDI
from sandbox.errors import invalid
from sandbox.ipam import addresses, blocks, subnets
from sandbox.ipam.names import ADDRESS, BLOCK, RANGE, SUBNET
from sandbox.ipam.networks import next_networks
from sandbox.paging import whole
from sandbox.schema import Row

NETWORK_QUERY = frozenset({"cidr", "count", "name", "comment"})
ADDRESS_QUERY = frozenset({"contiguous", "count"})
TRUTHS = {"true": True, "false": False}
LARGEST_MASK = 128

Prepare = Callable[[Account, Row, Row | None], Row]
Settled = Callable[[Account, Row | None, Row | None], None]


def _networks(path: str, prepare: Prepare, call: Call) -> list[Row]:
    """Write the rows of the next networks; nothing is taken yet."""
    block = call.account[BLOCK].get(call.ident)
    query = call.query
    if "cidr" not in query:
        raise invalid("required parameter missing: cidr")
    cidr = whole(query, "cidr", default=0, least=1)
    count = whole(query, "count", default=1, least=1)
    if cidr > LARGEST_MASK or count > addresses.MOST:
        raise invalid("Invalid cidr or count")
    words = {name: query[name] for name in ("name", "comment", "dhcp_host") if name in query}
    return [
        prepare(
            call.account,
            {
                **call.account[path].resource.blank(),
                **words,
                "space": block["space"],
                "address": str(one.network_address),
                "cidr": one.prefixlen,
            },
            None,
        )
        for one in next_networks(call.account, block, cidr, count=count)
    ]


def _addresses(path: str, call: Call) -> list[Row]:
    """Write the rows of the next addresses; nothing is taken yet."""
    row = call.account[path].get(call.ident)
    count = whole(call.query, "count", default=1, least=1)
    run = call.query.get("contiguous", "false")
    if run not in TRUTHS:
        raise invalid("Invalid contiguous: true or false is expected")
    found = addresses.next_addresses(call.account, path, row, count=count, contiguous=TRUTHS[run])
    return [
        addresses.prepare(call.account, {"address": str(one), "space": row["space"]}, None)
        for one in found
    ]


def _preview(rows: Callable[[Call], list[Row]], call: Call) -> Answer:
    return answer(200, {"results": rows(call)})


def _take(rows: Callable[[Call], list[Row]], path: str, settled: Settled, *, call: Call) -> Answer:
    """Store the rows: what was looked at and what is taken cannot differ, nothing runs between."""
    account = call.account
    now = account.now()
    made = []
    for row in rows(call):
        stamped = {"comment": "", "tags": {}, **row, "created_at": now, "updated_at": now}
        made.append(account.add(path, stamped))
        settled(account, None, made[-1])
    asked = " ".join(f"{name}={value}" for name, value in sorted(call.query.items()))
    call.wrote(f"allocate {path} from={call.ident} {asked}".rstrip())
    fresh = [account[path].get(last(row["id"])) for row in made]
    return answer(DDI.created, {"results": fresh})


def _pair(
    template: str,
    rows: Callable[[Call], list[Row]],
    path: str,
    *,
    settled: Settled,
    query: frozenset[str],
    looked: frozenset[str],
) -> dict[tuple[str, str], Operation]:
    def take(call: Call) -> Answer:
        return _take(rows, path, settled, call=call)

    full = f"{DDI.prefix}/{template}"
    return {
        (full, "GET"): Operation(partial(_preview, rows), service=DDI, query=query | looked),
        (full, "POST"): Operation(take, service=DDI, query=query),
    }


OPERATIONS = {
    **_pair(
        f"{BLOCK}/{{id}}{blocks.NEXT_BLOCK}",
        partial(_networks, BLOCK, blocks.prepare),
        BLOCK,
        settled=blocks.settled,
        query=NETWORK_QUERY,
        looked=frozenset({"federated_realms", "compartment_id"}),
    ),
    **_pair(
        f"{BLOCK}/{{id}}{subnets.NEXT_SUBNET}",
        partial(_networks, SUBNET, subnets.prepare),
        SUBNET,
        settled=subnets.settled,
        query=NETWORK_QUERY | {"dhcp_host"},
        looked=frozenset({"federated_realms"}),
    ),
}
for _path in (BLOCK, SUBNET, RANGE):
    OPERATIONS |= _pair(
        f"{_path}/{{id}}{addresses.NEXT_IP}",
        partial(_addresses, _path),
        ADDRESS,
        settled=addresses.settled,
        query=ADDRESS_QUERY,
        looked=frozenset(),
    )
