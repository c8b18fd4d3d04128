"""What is special about fixed addresses: they use an address of a subnet."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.dhcp.options import match_value
from sandbox.errors import conflict, invalid
from sandbox.ipam import addresses
from sandbox.ipam.names import ADDRESS, FIXED, SUBNET
from sandbox.ipam.networks import address as read_address
from sandbox.plan import Address
from sandbox.schema import Row

WORD = "FIXEDADDRESS"


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle the address and the subnet of a fixed address."""
    space = row["ip_space"]
    found = addresses.read(account, row["address"], space=space)
    ident = account.plan.subnets.around((space, found.version), int(found))
    if ident is None:
        raise invalid(f"no subnet of the space holds {found}")
    value = match_value(row["match_type"], row["match_value"])
    parent = account[SUBNET].get(ident)["id"]
    _refuse_double(account, parent, {**row, "match_value": value}, before=before)
    _refuse_foreign(account, space, found, before=before)
    return {**row, "address": str(found), "parent": parent, "match_value": value}


def _refuse_double(account: Account, parent: str, row: Row, *, before: Row | None) -> None:
    """Keep a client to one address of a subnet."""
    for other in account[FIXED].having("match_value", row["match_value"]):
        own = before is not None and other["id"] == before["id"]
        if not own and other["parent"] == parent and other["match_type"] == row["match_type"]:
            raise conflict(f"The subnet has a fixed address for {row['match_value']} already")


def _refuse_foreign(account: Account, space: str, found: Address, *, before: Row | None) -> None:
    row = account[ADDRESS].find(account.plan.user(space, found) or "")
    taken = row is not None and "LEASED" in row["usage"]
    if taken and (before is None or before["address"] != str(found)):
        raise conflict(f"The address {found} is leased")


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the addresses behind fixed addresses."""
    if before is not None:
        old = read_address(before["address"])
        addresses.disuse(account, before["ip_space"], old, word=WORD)
    if after is not None:
        row = addresses.use(account, after["ip_space"], read_address(after["address"]), word=WORD)
        more = {"hwaddr": after["match_value"] if after["match_type"] == "mac" else None}
        account[ADDRESS].put(last(row["id"]), {**row, **more})
