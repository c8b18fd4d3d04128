"""Which parts of the address spaces are taken by subnets."""

from __future__ import annotations

import ipaddress
from bisect import bisect_left, insort
from collections import defaultdict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Span = tuple[int, int]


class AddressPlan:
    """Taken spans of every space, sorted, so that a clash or a gap is found quickly."""

    def __init__(self) -> None:
        """Start with nothing taken."""
        self._taken: dict[tuple[str, int], list[Span]] = defaultdict(list)

    def take(self, space: str, network: Network) -> None:
        """Note that a subnet exists."""
        insort(self._taken[space, network.version], _span(network))

    def release(self, space: str, network: Network) -> None:
        """Note that a subnet is gone."""
        spans = self._taken[space, network.version]
        at = bisect_left(spans, _span(network))
        if at < len(spans) and spans[at] == _span(network):
            del spans[at]

    def clash(self, space: str, network: Network) -> bool:
        """Tell whether a network touches one that exists."""
        spans = self._taken[space, network.version]
        first, final = _span(network)
        at = bisect_left(spans, (first, -1))
        before = at > 0 and spans[at - 1][1] >= first
        return before or (at < len(spans) and spans[at][0] <= final)

    def gap(self, space: str, block: Network, length: int) -> Network | None:
        """Find the lowest free network of a length inside a block."""
        size: int = 1 << (block.max_prefixlen - length)
        start, end = _span(block)
        spans = self._taken[space, block.version]
        at = max(bisect_left(spans, (start, -1)) - 1, 0)
        for first, final in spans[at:]:
            if first >= start + size or start + size - 1 > end:
                break
            if final >= start:
                start = -(-(final + 1) // size) * size
        if start + size - 1 > end:
            return None
        return type(block)((start, length))

    def used_inside(self, space: str, block: Network) -> int:
        """Count the addresses of a block that belong to subnets."""
        start, end = _span(block)
        spans = self._taken[space, block.version]
        at = bisect_left(spans, (start, -1))
        total = 0
        for first, final in spans[at:]:
            if first > end:
                break
            total += final - first + 1
        return total


def _span(network: Network) -> Span:
    return int(network.network_address), int(network.broadcast_address)
