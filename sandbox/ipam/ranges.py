"""What is special about ranges: they lie in one subnet and never overlap."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.errors import conflict, invalid
from sandbox.ipam.names import ADDRESS, RANGE, SPACE, SUBNET
from sandbox.ipam.networks import address, range_figures, recount_subnet, span_of_range
from sandbox.plan import Room, Span
from sandbox.schema import Row


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Settle the subnet and the figures of a range."""
    first, final = address(row["start"], field="start"), address(row["end"], field="end")
    if first.version != final.version or int(first) > int(final):
        raise invalid(f"the range {first} - {final} does not go from low to high")
    room = (row["space"], first.version)
    span = (int(first), int(final))
    subnet = account.plan.subnets.around(room, span[0])
    if subnet is None or account.plan.subnets.around(room, span[1]) != subnet:
        raise invalid(f"no subnet of the space holds the range {first} - {final}")
    _refuse_clash(account, room, span, own=last(before["id"]) if before else None)
    _check_exclusions(row, span)
    derived = {
        "start": str(first),
        "end": str(final),
        "parent": account[SUBNET].get(subnet)["id"],
        "protocol": f"ip{first.version}",
        "space_name": account[SPACE].get(last(row["space"]))["name"],
    }
    made = {**row, **derived}
    return {**made, "utilization": range_figures(account, {"id": None, **made})}


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Keep the plan, the addresses inside and the figures of the subnet true."""
    for row in (before, after):
        if row is None:
            continue
        room = (row["space"], int(row["protocol"][-1]))
        if row is before:
            account.plan.ranges.release(room, span_of_range(row))
        else:
            account.plan.ranges.take(room, span_of_range(row), ident=last(row["id"]))
    for row in (before, after):
        if row is not None:
            _regroup(account, row)
            recount_subnet(account, row["parent"])


def _regroup(account: Account, row: Row) -> None:
    for one in account[ADDRESS].having("parent", row["parent"]):
        number = address(one["address"])
        ident = account.plan.ranges.around((one["space"], number.version), int(number))
        pool = account[RANGE].get(ident)["id"] if ident else None
        if one.get("range") != pool:
            account[ADDRESS].put(last(one["id"]), {**one, "range": pool})


def _refuse_clash(account: Account, room: Room, span: Span, *, own: str | None) -> None:
    for _, _, ident in account.plan.ranges.inside(room, span):
        if ident != own:
            other = account[RANGE].get(ident)
            raise conflict(f"The range overlaps the range {other['start']} - {other['end']}")


def _check_exclusions(row: Row, span: Span) -> None:
    shut: list[Span] = []
    for one in row.get("exclusion_ranges") or []:
        first, final = address(one["start"], field="start"), address(one["end"], field="end")
        if not span[0] <= int(first) <= int(final) <= span[1]:
            raise invalid(f"the exclusion {first} - {final} does not lie inside the range")
        if any(int(first) <= end and start <= int(final) for start, end in shut):
            raise invalid(f"the exclusion {first} - {final} overlaps another one")
        shut.append((int(first), int(final)))
