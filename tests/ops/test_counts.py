"""The counts say what really reached the API, whatever is killed meanwhile."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

import pytest

from shared.counting import CALLS, Counts
from shared.figures import Figures
from shared.guards import service_of
from shared.ledger import Terms
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.chaos import rows
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
QUEUES = ("infoblox", "niosxaas", "atcfw", "insights")
NUMBER = 2000 if SOAK else 200
BATCH = 100
KILLS = NUMBER // BATCH
LAST: tuple[tuple[str, tuple[str, Json]], ...] = (
    ("infoblox", ("list_subnets", {"limit": 999})),
    ("insights", ("list_security_insights", {"status": "OPEN", "limit": 99})),
)
QUICK = {
    "connect_timeout_seconds": 0.3,
    "read_timeout_seconds": 2,
    "vpn_read_timeout_seconds": 2,
    "lease_seconds": 1,
    "sweep_seconds": 0.2,
    "queue_limit": 1000,
    "threads": 4,
}
SUBNETS = "/api/ddi/v1/ipam/subnet"


def mixed(zone: str) -> Iterator[tuple[str, Json]]:
    """Calls of every queue: reads that differ, kept ones, writes, refused ones, VPN."""
    number = 0
    while True:
        number += 1
        yield "list_subnets", {"limit": number % 900 + 1}
        yield "list_ip_spaces", {"limit": 5}
        yield "list_universal_services", {"limit": number % 900 + 1}
        yield "get_subnet", {"subnet_id": f"none-{number}"}
        yield "list_security_policies", {"limit": number % 900 + 1}
        yield "list_security_insights", {"status": "OPEN", "limit": number % 90 + 1}
        yield "create_a_record", {"name": f"n{number}", "zone": zone, "ip_address": "10.0.0.1"}
        yield "list_dns_records", {"type_filter": "A", "limit": number % 900 + 1}
        if number % 20 == 0:
            yield "configure_vpn_infrastructure", {"vpn_payload": vpn_payload(f"vpn-{number}")}


@pytest.mark.timeout(600 if SOAK else 120)
def test_the_counts_are_those_of_the_api_although_workers_are_killed(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack(*QUEUES, **QUICK)
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    before = len(sandbox.journal())
    sandbox.vpn(busy_tries=1)
    figures = Figures(here.valkey.client(), Terms.from_settings(here.settings))
    settings = front_settings(here.env, wait_seconds=0.2)
    calls = mixed(zone)
    with watched(figures) as falls:
        for number in range(KILLS):
            sandbox.faults("status", status=503, times=2, match={"path": SUBNETS})
            slow = {"method": "GET", "path": "/subnet|insight"}
            sandbox.faults("slow", seconds=0.5, match=slow)
            ask(settings, *islice(calls, BATCH))
            queue, call = LAST[number % 2]
            # However fast the others were: this one is out when its worker is killed.
            sandbox.clear_faults()
            sandbox.faults("slow", seconds=1.5, match=slow)
            ask(settings, call)
            kill_at_work(here, sandbox, queue)
            sandbox.clear_faults()
        ended(here)
        assert falls == []
    compare(figures.counts().of(CALLS), sandbox.journal()[before:])


def compare(counted: Mapping[tuple[str, ...], int], journal: list[Json]) -> None:
    """Compare the counts with what the API was really asked."""
    known: Counter[tuple[str, ...]] = Counter()
    for entry in journal:
        known[service_of(entry["path"]), entry["method"], str(entry["status"])] += 1
    tell(requests=known.total(), counted=dict(counted))
    # None is missing. One that was written down, and whose worker was killed before it could send
    # it, is counted too: nobody is left who knows.
    never_sent = sum(counted.values()) - known.total()
    assert 0 <= never_sent <= max(1, KILLS // 4)
    unknown = sum(value for (*_, status), value in counted.items() if status == "unknown")
    assert unknown > 0
    # Each answer that a worker lived to see is counted as that; the others are unknown.
    answered = {labels: value for labels, value in counted.items() if labels[2] != "unknown"}
    assert all(value <= known[labels] for labels, value in answered.items())
    assert known.total() - sum(answered.values()) == unknown - never_sent


def kill_at_work(here: Stack, sandbox: Sandbox, queue: str) -> None:
    """Kill the worker of a queue while a request of its is out."""

    def out() -> bool:
        return any(
            service_of(entry["path"]) == queue and entry["ended"] is None
            for entry in sandbox.journal()
        )

    until(out, what=f"a request of {queue} that is out")
    here.restart(queue)


def ended(here: Stack) -> None:
    """Wait until no job is open."""
    ledger = here.ledger()
    until(lambda: not ledger.open_jobs(limit=1), seconds=300 if SOAK else 60, what="the end of all")


@contextmanager
def watched(figures: Figures) -> Iterator[list[str]]:
    """Look at the counts all the time and note every one that fell."""
    falls: list[str] = []
    over = threading.Event()

    def look() -> None:
        before = Counts({})
        while not over.wait(0.1):
            now = figures.counts()
            for name in (CALLS, "ended", "seconds", "accepts", "tries"):
                falls.extend(
                    f"{name} {labels}: {value} to {now.of(name).get(labels)}"
                    for labels, value in before.of(name).items()
                    if now.of(name).get(labels, 0) < value
                )
            before = now

    thread = threading.Thread(target=look, name="watch")
    thread.start()
    try:
        yield falls
    finally:
        over.set()
        thread.join()
