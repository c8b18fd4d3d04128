"""Which parts of the address spaces are taken: by subnets, by ranges, by addresses."""

from __future__ import annotations

import ipaddress
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Span = tuple[int, int]
Room = tuple[str, int]
"""A space and a version of the protocol: numbers of different rooms never meet."""
POINT_TO_POINT = 2
"""Networks this small have neither a network nor a broadcast address to spare."""


class SpanTable:
    """Spans that never overlap, sorted, so that a clash or a gap is found quickly."""

    def __init__(self) -> None:
        """Start with nothing taken."""
        self._taken: dict[Room, list[tuple[int, int, str]]] = defaultdict(list)

    def twin(self) -> SpanTable:
        """Copy the table."""
        made = SpanTable()
        made._taken.update({room: list(spans) for room, spans in self._taken.items()})
        return made

    def take(self, room: Room, span: Span, *, ident: str = "") -> None:
        """Note that a span belongs to somebody."""
        insort(self._taken[room], (*span, ident))

    def release(self, room: Room, span: Span) -> None:
        """Note that a span is free."""
        spans = self._taken[room]
        at = bisect_left(spans, (*span, ""))
        if at < len(spans) and spans[at][:2] == span:
            del spans[at]

    def clash(self, room: Room, span: Span) -> bool:
        """Tell whether a span touches one that is taken."""
        return next(self.inside(room, span), None) is not None

    def inside(self, room: Room, span: Span) -> Iterator[tuple[int, int, str]]:
        """Give the taken spans that touch this one, lowest first."""
        spans = self._taken[room]
        at = bisect_left(spans, (span[0], -1, ""))
        if at > 0 and spans[at - 1][1] >= span[0]:
            at -= 1
        while at < len(spans) and spans[at][0] <= span[1]:
            yield spans[at]
            at += 1

    def around(self, room: Room, number: int) -> str | None:
        """Find whose span holds a number."""
        found = next(self.inside(room, (number, number)), None)
        return found[2] if found else None


class AddressPlan:
    """What is taken in every space."""

    def __init__(self) -> None:
        """Start with nothing taken."""
        self.subnets = SpanTable()
        self.ranges = SpanTable()
        self.counts = True
        """Figures follow every change; off while many rows are planted at once."""
        self._used: dict[Room, dict[int, str]] = defaultdict(dict)

    def twin(self) -> AddressPlan:
        """Copy the plan."""
        made = AddressPlan()
        made.subnets, made.ranges = self.subnets.twin(), self.ranges.twin()
        made._used.update({room: dict(used) for room, used in self._used.items()})
        return made

    def occupy(self, space: str, address: Address, ident: str) -> None:
        """Note that an address is used."""
        self._used[space, address.version][int(address)] = ident

    def vacate(self, space: str, address: Address) -> None:
        """Note that an address is free."""
        self._used[space, address.version].pop(int(address), None)

    def user(self, space: str, address: Address) -> str | None:
        """Find the id of the row behind an address."""
        return self._used[space, address.version].get(int(address))

    def free(self, room: Room, span: Span, *, pools: bool = False) -> Iterator[int]:
        """Give the unused numbers of a span, lowest first; those of ranges only if asked."""
        used, ranges = self._used[room], self.ranges
        number, end = span
        while number <= end:
            pool = None if pools else next(ranges.inside(room, (number, number)), None)
            if pool is not None:
                number = pool[1] + 1
                continue
            if number not in used:
                yield number
            number += 1


def gaps(block: Network, length: int, taken: Iterator[Span]) -> Iterator[Network]:
    """Give the free networks of a length inside a block, lowest first.

    The taken spans come sorted; they may lie inside one another.
    """
    size: int = 1 << (block.max_prefixlen - length)
    start, end = span_of(block)
    clash = next(taken, None)
    while start + size - 1 <= end:
        if clash is not None and clash[0] < start + size:
            start = max(start, -(-(clash[1] + 1) // size) * size)
            clash = next(taken, None)
            continue
        yield type(block)((start, length))
        start += size


def span_of(network: Network) -> Span:
    """Give the first and the last number of a network."""
    return int(network.network_address), int(network.broadcast_address)


def hosts_of(network: Network) -> Span:
    """Give the first and the last number a host may have."""
    first, final = span_of(network)
    if network.num_addresses <= POINT_TO_POINT:
        return first, final
    return first + 1, final - (network.version == 4)  # noqa: PLR2004


def address_at(number: int, version: int) -> Address:
    """Read a number as an address of this version of the protocol."""
    if version == 4:  # noqa: PLR2004
        return ipaddress.IPv4Address(number)
    return ipaddress.IPv6Address(number)
