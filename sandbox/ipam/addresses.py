"""What is special about addresses: where they lie, who uses them, which is the next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sandbox.account import Account, last
from sandbox.errors import conflict, invalid
from sandbox.ipam.names import ADDRESS, BLOCK, FIXED, RANGE, SUBNET
from sandbox.ipam.networks import address, container, place, recount_subnet, span_of_range
from sandbox.plan import Address, address_at, hosts_of, span_of
from sandbox.schema import Row

NEXT_IP = "/nextavailableip"
RESERVED = ["IPAM", "RESERVED"]
MOST = 1000


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle the address, and the subnet and the range it lies in."""
    found = read(account, row["address"], space=row["space"])
    state = {"state": "used", "usage": before["usage"] if before else RESERVED}
    names: Row = {} if before else {"names": row.get("names") or []}
    return {**row, **names, **_derived(account, row["space"], found), **state}


def _derived(account: Account, space: str, found: Address) -> Row:
    home = container(account, space, found)
    pool = account.plan.ranges.around((space, found.version), int(found))
    return {
        "address": str(found),
        "space": space,
        "parent": home["id"] if home else None,
        "range": account[RANGE].get(pool)["id"] if pool else None,
        "protocol": f"ip{found.version}",
    }


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the plan and the figures of the subnets true."""
    if before is not None:
        account.plan.vacate(before["space"], address(before["address"]))
    if after is not None:
        account.plan.occupy(after["space"], address(after["address"]), last(after["id"]))
    for parent in {row["parent"] for row in (before, after) if row}:
        recount_subnet(account, parent)


def refuse_used(_account: Account, row: Row) -> None:
    """Keep the address of a fixed address."""
    if "FIXEDADDRESS" in row["usage"]:
        raise conflict(f"{row['id']} is in use: referenced by a {FIXED} object")


def read(account: Account, text: str, *, space: str | None) -> Address:
    """Read an address; `<subnet, range or block>/nextavailableip` takes the next one."""
    if not text.endswith(NEXT_IP):
        return address(text)
    holder_id = text.removesuffix(NEXT_IP)
    for path in (SUBNET, RANGE, BLOCK):
        row = account[path].find(last(holder_id))
        if row is not None and row["id"] == holder_id:
            if space not in {None, row["space"]}:
                raise invalid(f"'{holder_id}' belongs to another space")
            return next_addresses(account, path, row, count=1)[0]
    raise invalid(f"no subnet, range or address block '{holder_id}' is found")


def next_addresses(
    account: Account, path: str, row: Row, *, count: int, contiguous: bool = False
) -> list[Address]:
    """Find the lowest free addresses of a container, all that were asked for or none."""
    if not 1 <= count <= MOST:
        raise invalid(f"Invalid count: 1 to {MOST} are expected")
    version = int(row["protocol"][-1])
    free = free_numbers(account, path, row)
    found = _run(free, count) if contiguous else list(islice(free, count))
    if len(found) < count:
        raise invalid(f"no {count} free addresses are left in {row['id']}")
    return [address_at(number, version) for number in found]


def _run(free: Iterator[int], count: int) -> list[int]:
    found: list[int] = []
    for number in free:
        if found and number != found[-1] + 1:
            found.clear()
        found.append(number)
        if len(found) == count:
            break
    return found


def free_numbers(account: Account, path: str, row: Row) -> Iterator[int]:
    """Give the free numbers of a container, lowest first.

    A subnet leaves out its ranges: what lies there is for leases. A block offers its subnets.
    """
    plan, room = account.plan, (row["space"], int(row["protocol"][-1]))
    if path == RANGE:
        shut = [span_of_range(one) for one in row.get("exclusion_ranges") or []]
        for number in plan.free(room, span_of_range(row), pools=True):
            if not any(first <= number <= final for first, final in shut):
                yield number
    elif path == SUBNET:
        yield from plan.free(room, hosts_of(place(row)[1]))
    else:
        for _, _, ident in list(plan.subnets.inside(room, span_of(place(row)[1]))):
            yield from free_numbers(account, SUBNET, account[SUBNET].get(ident))


def use(account: Account, space: str, found: Address, *, word: str, host: str | None = None) -> Row:
    """Note who uses an address; one that is not kept yet is made."""
    ident = account.plan.user(space, found)
    if ident is None:
        row: Row = {"comment": "", "tags": {}, "names": [], "host": host, "state": "used"}
        now = account.now()
        stamps = {"created_at": now, "updated_at": now}
        usage = ["IPAM", word] if word != "IPAM" else RESERVED
        row |= {**stamps, **_derived(account, space, found), "usage": usage}
        made = account.add(ADDRESS, row)
        settled(account, None, made)
        return made
    row = account[ADDRESS].get(ident)
    usage = row["usage"] if word in row["usage"] else [*row["usage"], word]
    changed = {**row, "usage": usage, "host": host or row.get("host")}
    account[ADDRESS].put(ident, changed)
    return changed


def disuse(account: Account, space: str, found: Address, *, word: str) -> None:
    """Note that somebody left an address; nobody reserved it: then it is gone."""
    row = account[ADDRESS].find(account.plan.user(space, found) or "")
    if row is None:
        return
    usage = [one for one in row["usage"] if one != word]
    if usage == ["IPAM"] and not row.get("host"):
        account[ADDRESS].remove(last(row["id"]))
        settled(account, row, None)
    else:
        account[ADDRESS].put(last(row["id"]), {**row, "usage": usage})
