"""Workers are replaced one after the other under load: no call fails, none is done twice."""

import os
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.calls import front_settings
from tests.support.chaos import SUBNET, Truth, configure, launch, record, rows, settled
from tests.support.load import Call, Load, counted
from tests.support.sandbox import Sandbox
from tests.support.stack import GRACE_SECONDS, Stack
from tests.support.told import tell

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
ROUNDS = 20 if SOAK else 3
QUEUES = ("infoblox", "niosxaas")
EVERY_SECONDS = 0.1
# So long, that whoever is told to stop has requests out.
REQUEST_SECONDS = 0.3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_replacing_workers_under_load_fails_and_doubles_nothing(
    stack: Begin, sandbox: Sandbox
) -> None:
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]

    def call(number: int) -> Call:
        # Most are reads; each asks for a page of another size, so that none joins another.
        if number % 3:
            return "list_subnets", {"limit": 1 + number % 1000, "offset": number // 1000}
        key = f"rolling-{number:05}"
        one = configure(key) if number % 2 else record(key, address(number), zone)
        return one.call

    here = stack(queue_limit=1000)
    sandbox.faults("slow", seconds=REQUEST_SECONDS)
    places = {place: f"{place}-0" for place in ("one", "two")}
    for name in places.values():
        launch(here, name, *QUEUES)
    settled(here, dict.fromkeys(places.values(), QUEUES))
    took = []
    with Load(front_settings(here.env), counted(call), every_seconds=EVERY_SECONDS) as load:
        for number in range(ROUNDS):
            for place, old in places.items():
                begun = time.monotonic()
                here.stop(old)
                took.append(time.monotonic() - begun)
                places[place] = f"{place}-{number + 1}"
                launch(here, places[place], *QUEUES)
                settled(here, dict.fromkeys(places.values(), QUEUES))
    tell(
        replaced=len(took),
        calls=len(load.answers),
        longest_call=f"{max(one.seconds for one in load.answers):.2f} s",
        longest_stop=f"{max(took):.2f} s",
    )
    assert [one for one in load.answers if one.envelope["status"] != "done"] == []
    # None was ended by force, which would have looked like a kill.
    assert max(took) < GRACE_SECONDS
    assert requested_once(sandbox, load)


def requested_once(sandbox: Sandbox, load: Load) -> bool:
    """Make sure that each call was one request, and each write one change."""
    truth = Truth(sandbox)
    sent = Counter(
        (entry["method"], entry["path"], entry["query"], entry["body_sha256"])
        for entry in sandbox.journal()
    )
    assert {request: times for request, times in sent.items() if times > 1} == {}
    for answer in load.answers:
        if key := answer.call[1].get("idempotency_key"):
            assert truth.applied(key) == 1, answer
    reads = sum(one.call[0] == "list_subnets" for one in load.answers)
    return reads == sum(request[:2] == ("GET", SUBNET) for request in sent)


def address(number: int) -> str:
    return f"10.224.{number // 250}.{1 + number % 250}"
