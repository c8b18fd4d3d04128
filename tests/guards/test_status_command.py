"""`infoblox-mq status`, over a real stack whose API misbehaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from infoblox_mq.commands import status
from infoblox_mq.parser import read
from shared.catalog import Queue
from shared.errors import InvalidArguments
from tests.support.calls import Json, ask, front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
NAMED_LISTS = "/api/atcfw/v1/named_lists"
SUBNETS = "/api/ddi/v1/ipam/subnet"


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command and return what it prints."""

    def run(here: Stack, *words: str) -> str:
        capsys.readouterr()
        assert status.status(read(["status", *words]), here.env) == 0
        return capsys.readouterr().out

    return run


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_a_quiet_stack_is_shown(stack: Begin, shown: Callable[..., str]) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    for _ in range(4):
        ask(settings, ("list_ip_spaces", {}))
    text = shown(here)
    assert ["infoblox", "1", "0", "0", "0", "0", "-"] in lines(text)
    assert ["insights", "0", "0", "0", "0", "0", "-"] in lines(text)
    assert "account default: no rate limit in use yet" in text
    assert ["infoblox", "closed", "0", "of", "5", "-"] in lines(text)
    (spaces,) = [line for line in lines(text) if line[:1] == ["ip_space"]]
    assert spaces[3:] == ["75%", "of", "4"]
    found = json.loads(shown(here, "--json", "--account", "default"))
    assert list(found["queues"]) == [str(queue) for queue in Queue]
    assert found["accounts"]["default"]["caches"]["ip_space"]["entries"] == 1
    assert str(here.sandbox.key) not in json.dumps(found) + text
    with pytest.raises(InvalidArguments, match="account other"):
        shown(here, "--account", "other")


@pytest.mark.slow
def test_a_breaker_that_opened_is_shown_and_closed_by_hand(
    stack: Begin, sandbox: Sandbox, shown: Callable[..., str]
) -> None:
    here = stack("atcfw", breaker_failures=3)
    settings = front_settings(here.env)

    def breaker() -> Any:
        found = json.loads(shown(here, "--json"))
        return found["accounts"]["default"]["breakers"]["atcfw"]

    sandbox.faults("status", status=503, match={"path": NAMED_LISTS})
    reads: list[tuple[str, Json]] = [("list_threat_named_lists", {"limit": n}) for n in (1, 2, 3)]
    ask(settings, *reads)
    until(lambda: breaker()["state"] == "open", what="an open breaker")
    assert (breaker()["failures"], breaker()["opens_after"]) == (3, 3)
    (row,) = [line for line in lines(shown(here)) if line[:2] == ["atcfw", "open"]]
    assert row[2:5] == ["3", "of", "3"]
    assert 30 < int(row[5]) <= 60
    assert ["infoblox", "closed", "0", "of", "3", "-"] in lines(shown(here))
    sandbox.clear_faults()
    (refused,) = ask(settings, reads[0])
    assert refused["error"]["code"] == "unavailable"
    shown(here, "--reset-breaker", "infoblox")
    assert breaker()["state"] == "open"
    assert ["atcfw", "closed", "0", "of", "3", "-"] in lines(
        shown(here, "--reset-breaker", "atcfw")
    )

    def answered() -> bool:
        (answer,) = ask(settings, reads[0])
        return bool(answer["status"] == "done")

    until(answered, what="an answer")


@pytest.mark.slow
def test_a_rate_that_was_told_to_pause_is_shown(
    stack: Begin, sandbox: Sandbox, shown: Callable[..., str]
) -> None:
    here = stack("infoblox", rate_per_second=8, rate_burst=4)
    sandbox.faults(
        "status", status=429, times=1, headers={"Retry-After": "40"}, match={"path": SUBNETS}
    )
    settings = front_settings(here.env, wait_seconds=0.2)

    def limiter() -> Any:
        return json.loads(shown(here, "--json"))["accounts"]["default"]["limiter"]

    ask(settings, ("list_subnets", {"limit": 1}))
    until(lambda: limiter()["pause_seconds"] > 0, what="a pause")
    ask(settings, ("list_subnets", {"limit": 2}))
    until(lambda: limiter()["waiting"] == 1, what="a job that waits")
    seen = limiter()
    assert 25 < seen["pause_seconds"] <= 40
    assert (seen["tokens"], seen["throttled_in_last_hour"]) == (0, 1)
    assert (seen["most_per_second"], seen["burst"]) == (8, 4)
    text = shown(here)
    assert "account default: paused for " in text
    assert "of 8/s, 0 of 4 tokens, 1 waiting, 429 in the last hour: 1" in text
    (row,) = [line for line in lines(text) if line[:2] == ["infoblox", "1"]]
    opened, waiting = row[2:4]
    assert opened == waiting == "2"
