"""What is special about hosts of address management: their addresses and their DNS records."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.dns import records
from sandbox.errors import conflict, invalid
from sandbox.ipam import addresses
from sandbox.ipam.names import ADDRESS, HOST
from sandbox.plan import Address
from sandbox.schema import Row

KINDS = {4: "A", 6: "AAAA"}


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Find the addresses, and refuse those of other hosts."""
    own = before["id"] if before else None
    wishes = row.get("addresses") or []
    found = [_wish(account, one) for one in wishes]
    if len(set(found)) < len(found):
        found = _spread(account, wishes)
    for space, address in found:
        _refuse_foreign(account, space, address, own=own)
    _check_names(row)
    shown = [{"address": str(address), "space": space} for space, address in found]
    return {"auto_generate_records": False, "host_names": [], **row, "addresses": shown}


def _wish(account: Account, wish: Row) -> tuple[str, Address]:
    ref, space, text = wish.get("ref"), wish.get("space"), wish.get("address")
    if ref is not None and not ref.endswith(addresses.NEXT_IP):
        row = account[ADDRESS].find(last(ref))
        if row is None or ref not in {row["id"], last(row["id"])}:
            raise invalid(f"address '{ref}' is not found")
        return row["space"], addresses.read(account, row["address"], space=None)
    if ref is None and (space is None or text is None):
        raise invalid("an address of a host is named by ref, or by address and space")
    text = str(ref or text)
    found = addresses.read(account, text, space=space)
    if text.endswith(addresses.NEXT_IP):
        space = _space_of(account, text.removesuffix(addresses.NEXT_IP))
    return str(space), found


def _space_of(account: Account, holder: str) -> str:
    path = holder.rpartition("/")[0]
    return str(account[path].get(last(holder))["space"])


def _spread(account: Account, wishes: list[Row]) -> list[tuple[str, Address]]:
    """Give wishes for the next address of one container different ones."""
    found: list[tuple[str, Address]] = []
    for wish in wishes:
        text = str(wish.get("ref") or wish.get("address"))
        if not text.endswith(addresses.NEXT_IP):
            found.append(_wish(account, wish))
            continue
        holder = text.removesuffix(addresses.NEXT_IP)
        row = account[holder.rpartition("/")[0]].get(last(holder))
        more = addresses.next_addresses(
            account, holder.rpartition("/")[0], row, count=len(found) + 1
        )
        found.append(next((row["space"], one) for one in more if (row["space"], one) not in found))
    if len(set(found)) < len(found):
        raise invalid("an address is named twice")
    return found


def _refuse_foreign(account: Account, space: str, address: Address, *, own: str | None) -> None:
    row = account[ADDRESS].find(account.plan.user(space, address) or "")
    if row is not None and row.get("host") not in {None, own}:
        raise conflict(f"The address {address} already belongs to the host {row['host']}")


def _check_names(row: Row) -> None:
    names = row.get("host_names") or []
    primary = [one for one in names if one.get("primary_name")]
    if len(primary) > 1:
        raise invalid("only one of host_names may be the primary name")
    if row.get("auto_generate_records") and not primary:
        raise invalid("auto_generate_records needs host_names with one primary name")


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Link the addresses, and make the records anew."""
    if before is not None:
        for row in account[ADDRESS].having("host", before["id"]):
            account[ADDRESS].put(last(row["id"]), {**row, "host": None})
        for record in account[records.RECORD].having("ipam_host", before["id"]):
            account[records.RECORD].remove(last(record["id"]))
    if after is None:
        return
    shown = []
    for one in after["addresses"]:
        address = addresses.read(account, one["address"], space=one["space"])
        row = addresses.use(account, one["space"], address, word="IPAM", host=after["id"])
        shown.append({**one, "ref": row["id"]})
        if after["auto_generate_records"]:
            for name in after["host_names"]:
                _make_record(account, after, name, address=address)
    account[HOST].put(last(after["id"]), {**after, "addresses": shown})


def _make_record(account: Account, host: Row, name: Row, *, address: Address) -> None:
    wish = {
        "zone": name["zone"],
        "name_in_zone": name["name"],
        "type": KINDS[address.version],
        "rdata": {"address": str(address)},
    }
    row = records.prepare(account, wish, None)
    if account[records.RECORD].taken(row) is None:
        now = account.now()
        stamps = {"created_at": now, "updated_at": now, "tags": {}}
        account.add(records.RECORD, {**row, **stamps, "ipam_host": host["id"]})
