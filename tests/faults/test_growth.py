"""What jobs leave in the store goes away again, so that days of calls do not fill it."""

import os
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from redis import Redis

from shared.settings import Settings
from shared.stores import broker_url, connect
from tests.support.calls import Json, ask, front_settings
from tests.support.chaos import record, rows
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
READS = 3000 if SOAK else 300
WARM_UP = 100
WRITES = 20
BATCH = 25
# What a host gets that asks for no size of page.
PAGE = 100
KEPT_SECONDS = 4.0
PER_SECOND = 10
HEARTBEATS = "dramatiq:__heartbeats__"
# Connections, buffers and what the allocator keeps; much less than the reads take.
SLACK_BYTES = 600_000
_ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]*|(?<=:)[^:]*:\d+:[0-9a-f]+")


class Contents:
    """What is in a store now, by the pattern of the key."""

    def __init__(self, *clients: Redis) -> None:
        self.keys: defaultdict[str, int] = defaultdict(int)
        self.bytes: defaultdict[str, int] = defaultdict(int)
        self.lasting: defaultdict[str, int] = defaultdict(int)
        for client in clients:
            for key in client.scan_iter(count=1000):
                self._add(client, str(key))

    def _add(self, client: Redis, key: str) -> None:
        size: Any = client.memory_usage(key, samples=0)
        if size is None:
            return
        pattern = _ID.sub("*", key)
        self.keys[pattern] += 1
        self.bytes[pattern] += size
        # A count has a field for each label, and labels are from closed lists.
        if client.ttl(key) == -1 and key != HEARTBEATS and not key.startswith("imq:counts"):
            self.lasting[pattern] += size


def test_jobs_leave_nothing_that_grows(stack: Begin, sandbox: Sandbox) -> None:
    kept = {"read_ttl_seconds": KEPT_SECONDS, "job_ttl_seconds": KEPT_SECONDS}
    here = stack("infoblox", join_after_seconds=KEPT_SECONDS, queue_limit=1000, **kept)
    settings = front_settings(here.env)
    clients = (here.valkey.client(), connect(broker_url(here.url, None), patient=True))
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    # The first jobs bring what stays: versions of collections, scripts, tables of their full size.
    make(settings, [record(f"grown-{n:02}", f"10.225.0.{n}", zone).call for n in range(WRITES)])
    make(settings, reads(0, WARM_UP))
    before = settled_down(*clients)
    used_before = used(clients[0])
    for first in range(WARM_UP, WARM_UP + READS, BATCH):
        make(settings, reads(first, BATCH))
    per_read = bytes_per_job(Contents(*clients))
    after = settled_down(*clients)
    more = used(clients[0]) - used_before
    held = PER_SECOND * Settings.model_fields["read_ttl_seconds"].default * per_read
    info: Any = clients[0].info("memory")
    tell(
        bytes_per_read=round(per_read),
        held_at_ten_a_second=f"{held / 1e6:.1f} MB of {info['maxmemory'] / 1e6:.0f} MB",
        used_before=f"{used_before / 1e6:.2f} MB",
        more_after=f"{more / 1e3:.0f} kB",
    )
    assert after.lasting == before.lasting
    assert after.keys == before.keys
    # One entry for each process of the last minute; dramatiq forgets the others.
    assert clients[1].zcard(HEARTBEATS) <= 20 + READS // BATCH
    assert more < SLACK_BYTES
    # Above four fifths new calls are refused.
    assert held < 0.8 * info["maxmemory"]
    clients[1].connection_pool.disconnect()


def reads(first: int, number: int) -> list[tuple[str, Json]]:
    """Return reads of which none joins another."""
    return [
        ("list_subnets", {"limit": PAGE + n % 20, "offset": n // 20})
        for n in range(first, first + number)
    ]


def make(settings: Settings, batch: list[tuple[str, Json]]) -> None:
    assert {answer["status"] for answer in ask(settings, *batch)} == {"done"}


def settled_down(*clients: Redis) -> Contents:
    """Wait until no record and no reply stream is left, and look at what is."""

    def over() -> bool:
        found = Contents(*clients).keys
        passing = ("imq:job:", "imq:replies:", "imq:ended:", "imq:last:")
        return not any(pattern.startswith(passing) for pattern in found)

    until(over, seconds=KEPT_SECONDS + 10, what="the end of all records")
    return Contents(*clients)


def bytes_per_job(now: Contents) -> float:
    size = sum(now.bytes[pattern] for pattern in now.bytes if pattern.startswith("imq:job:"))
    return size / now.keys["imq:job:*"]


def used(client: Redis) -> int:
    info: Any = client.info("memory")
    return int(info["used_memory"])
