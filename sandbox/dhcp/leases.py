"""Leases: a copy in the cloud of what the hosts hold."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.ddi_base import DDI, operation
from sandbox.errors import invalid
from sandbox.ipam import addresses
from sandbox.ipam.names import LEASE, RANGE, SUBNET
from sandbox.ipam.networks import address as read_address
from sandbox.ipam.networks import recount_subnet
from sandbox.references import check_references
from sandbox.schema import Row, checked, fields
from sandbox.shapes import SHAPES

COMMAND = fields(
    """
    address: objects of=lease_address
    command: string required words=clear|resend-ddns
    range: objects of=part_of size=0..1
    subnet: objects of=part_of size=0..1
    """,
    SHAPES,
)
TARGETS = ("address", "range", "subnet")
LEASED = "LEASED"


def command(call: Call) -> Answer:
    """Queue a command for the leases of an address, a range or a subnet."""
    account = call.account
    body = checked(COMMAND, call.body, partial=False)
    check_references(account, COMMAND, body)
    given = [name for name in TARGETS if body.get(name)]
    if len(given) != 1:
        raise invalid("exactly one of address, range and subnet is expected")
    rows = [row for wish in body[given[0]] for row in _leases(account, given[0], wish)]
    if body["command"] == "clear":
        for row in rows:
            account[LEASE].remove(last(row["id"]))
            settled(account, row, None)
    named = ",".join(last(one.get("id") or one.get("address") or "") for one in body[given[0]])
    call.wrote(f"lease {body['command']} {given[0]}={named}")
    return answer(DDI.created, {"success": "the command was sent"})


def _leases(account: Account, kind: str, wish: Row) -> list[Row]:
    if kind == "address":
        if not wish.get("address"):
            raise invalid("required field missing: address.address")
        found = account[LEASE].having("address", wish["address"])
        return [row for row in found if wish.get("space") in {None, row["space"]}]
    path = RANGE if kind == "range" else SUBNET
    row = account[path].find(last(wish["id"]))
    if row is None:
        raise invalid(f"{path} '{wish['id']}' is not found")
    return account[LEASE].having(kind, row["id"])


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the addresses and the figures behind leases."""
    if before is not None:
        old = read_address(before["address"])
        addresses.disuse(account, before["space"], old, word=LEASED)
        recount_subnet(account, before["subnet"])
    if after is not None:
        addresses.use(account, after["space"], read_address(after["address"]), word=LEASED)
        recount_subnet(account, after["subnet"])


OPERATIONS = operation("dhcp/leases_command", "POST", command)
