"""The caches: which of them there are, how long an answer is kept, and how many of them.

An answer is kept under the fingerprint of its call, together with the versions of what it depends
on. A write moves a version on, so nothing has to be found and removed when something changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

# An answer bigger than this share of its cache would push too many others out.
LARGEST_SHARE = 4


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache: how many answers it holds, and for how many times CACHE_TTL_SECONDS."""

    entries: int
    times: float = 1


CACHES: Mapping[str, Cache] = MappingProxyType(
    {
        "ip_space": Cache(1000),
        "dns_zone": Cache(1000),
        "dhcp_option": Cache(500),
        "address_block": Cache(1000),
        "security_policy": Cache(500),
        "named_list": Cache(1000),
        # Sizes, regions, capabilities, categories, feeds: what Infoblox itself rarely changes.
        "catalogue": Cache(500, times=12),
    }
)


@dataclass(frozen=True, slots=True)
class Room:
    """How one cache keeps answers: seconds, and bounds for each account."""

    seconds: float
    entries: int
    bytes: int

    @property
    def largest(self) -> int:
        """Return the bytes of the biggest answer that is kept."""
        return self.bytes // LARGEST_SHARE


Rooms = Mapping[str, Room]
NO_ROOMS: Rooms = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Keep:
    """The wish to keep a read's answer, if nothing it depends on has changed since its start."""

    cache: str
    collections: tuple[str, ...]
    room: Room

    @property
    def terms(self) -> dict[str, Any]:
        """Return what the ledger's script needs; its time is in milliseconds."""
        return {
            "cache": self.cache,
            "collections": self.collections,
            "ttl": round(self.room.seconds * 1000),
            "entries": self.room.entries,
            "bytes": self.room.bytes,
            "largest": self.room.largest,
        }


def rooms(seconds: float, *, each: Mapping[str, float], most_bytes: int) -> Rooms:
    """Return the caches that are on; `each` gives some of them seconds of their own."""
    found = {
        name: Room(each.get(name, seconds * cache.times), cache.entries, most_bytes)
        for name, cache in CACHES.items()
    }
    return {name: room for name, room in found.items() if room.seconds > 0 and most_bytes > 0}
