"""What a stack logs: the older events, every line JSON, and next to nothing while it is idle."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.chaos import launch, settled
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
QUEUES = ("infoblox", "niosxaas", "atcfw", "insights")
IDLE_SECONDS = 8
MOST_PER_MINUTE = 5


def lines(here: Stack, event: str = "") -> list[Json]:
    found: list[Any] = [json.loads(line.partition(" | ")[2]) for line in told(here)]
    return [line for line in found if event in ("", line["event"])]


def told(here: Stack) -> list[str]:
    """Return the log without what the commands print for people."""
    return [line for line in here.logs if "listening on http" not in line]


@pytest.mark.slow
def test_the_events_of_the_older_server_are_there(stack: Begin, sandbox: Sandbox) -> None:
    here = stack()
    here.env |= {"STRUCTLOG_JSON": "1", "INFOBLOX_MQ_METRICS_SNAPSHOT_SECONDS": "0.5"}
    here.env |= {"INFOBLOX_MQ_BREAKER_FAILURES": "1", "INFOBLOX_MQ_CONNECT_TIMEOUT_SECONDS": "2"}
    for queue in QUEUES:
        here.start(queue)
    here.ready()
    here.ops()
    sandbox.vpn(busy_tries=1)
    settings = front_settings(here.env, wait_seconds=8)
    ask(settings, ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload("told")}))
    sandbox.faults("status", status=503, match={"path": "/subnet"})
    ask(settings, ("list_subnets", {"limit": 2}))
    until(lambda: lines(here, "metrics_snapshot"), what="a snapshot")
    of_the_start(here, sandbox)
    of_the_configure(here)
    assert lines(here, "circuit_breaker_failure")
    change = lines(here, "circuit_breaker_state_change")[0]
    assert (change["old_state"], change["new_state"]) == ("closed", "open")
    assert lines(here, "metrics_snapshot")[0]["workers"] == dict.fromkeys(QUEUES, 1)


def of_the_start(here: Stack, sandbox: Sandbox) -> None:
    started = {line["event"]: line for line in lines(here) if "client_initialized" in line["event"]}
    assert set(started) == {f"{queue}_client_initialized" for queue in QUEUES}
    assert (
        started["infoblox_client_initialized"].items()
        >= {
            "base_url": sandbox.url,
            "timeout_connect": 2,
            "timeout_read": 30,
        }.items()
    )


def of_the_configure(here: Stack) -> None:
    retry = lines(here, "api_retry")[0]
    assert retry["level"] == "warning"
    assert retry["status_code"] == 409
    assert (retry["attempt"], retry["max_retries"]) == (1, 12)
    assert retry["sleep_seconds"] >= 0.5
    assert retry["endpoint"]
    (configured,) = lines(here, "vpn_configured_successfully")
    assert (
        configured.items()
        >= {
            "operation": "CREATE",
            "service_name": "told",
            "attempts": 2,
            "tool": "configure_vpn_infrastructure",
            "queue": "niosxaas",
            "attempt": 2,
        }.items()
    )
    assert configured["job_id"]
    assert configured["account"]
    assert configured["request_id"]


@pytest.mark.slow
def test_an_idle_stack_says_next_to_nothing(stack: Begin) -> None:
    here = stack()
    launch(here, "all", *QUEUES)
    here.ops()
    here.front()
    settled(here, {"all": QUEUES})
    before = len(told(here))
    threading.Event().wait(IDLE_SECONDS)
    assert (len(told(here)) - before) * 60 / IDLE_SECONDS < MOST_PER_MINUTE
