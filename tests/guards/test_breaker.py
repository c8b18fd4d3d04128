"""One breaker, on a real store; time passes when the test says so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pybreaker
import pytest
from structlog.testing import capture_logs

from shared.catalog import Queue
from shared.guards import service_of
from shared.operations import CATALOG
from shared.stores import connect
from tests.guards.world import ACCOUNT, World
from tests.support.valkey import Valkey
from tests.support.waiting import until
from workers.breaker import Breaker, Outcome, outcome_of
from workers.csp import Answer, Lost, NotSent
from workers.permit import Held, Permit

BAD, GOOD = Answer(503, text="down"), Answer(200)
REFUSED, TIMED_OUT = NotSent("the connection was refused"), Lost("timed out", timed_out=True)
THROTTLED, NOT_FOUND = Answer(429), Answer(404)
LONGEST = 30.0

Reply = Answer | NotSent | Lost


def let_in(breaker: Breaker) -> Permit:
    permit = breaker.enter(longest_seconds=LONGEST)
    assert isinstance(permit, Permit), permit
    return permit


def refused(breaker: Breaker) -> Held:
    held = breaker.enter(longest_seconds=LONGEST)
    assert isinstance(held, Held), held
    return held


def call(breaker: Breaker, reply: Reply, *, name: str = "call") -> None:
    breaker.leave(let_in(breaker), reply, fingerprint=name)


def opened(world: World, **terms: Any) -> Breaker:
    breaker = world.breaker(**terms)
    for number in range(5):
        call(breaker, BAD, name=f"call-{number}")
    assert world.states.breaker(ACCOUNT, Queue.INFOBLOX).state == "open"
    return breaker


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        *((Answer(status), "success") for status in (200, 201, 204)),
        *((Answer(status), "failure") for status in (500, 502, 503, 504)),
        *((Answer(status), "answered") for status in (400, 401, 403, 404, 409, 422, 501)),
        (THROTTLED, "neutral"),
        (REFUSED, "failure"),
        (NotSent("connecting took too long"), "failure"),
        (NotSent("the time to send it ran out", late=True), "neutral"),
        (Lost("the connection was closed"), "failure"),
        (Lost("the answer is too long", too_long=True), "neutral"),
        (TIMED_OUT, "neutral"),
    ],
    ids=str,
)
def test_a_reply_says_of_its_service(reply: Reply, says: Outcome) -> None:
    assert outcome_of(reply, counts_read_timeouts=False) == says


def test_read_time_outs_count_where_they_are_told_to() -> None:
    assert outcome_of(TIMED_OUT, counts_read_timeouts=True) == "failure"


def test_it_opens_after_five_failures_in_a_row(world: World) -> None:
    breaker = world.breaker()
    for number in range(4):
        call(breaker, BAD, name=f"call-{number}")
    call(breaker, GOOD)
    for number in range(5):
        call(breaker, REFUSED, name=f"call-{number}")
    held = refused(breaker)
    assert held.why == "open"
    assert 59 < held.wait_seconds <= 60
    assert str(held) == "API unavailable, retry in 60 s"


@pytest.mark.parametrize("reply", [NOT_FOUND, Answer(409), THROTTLED, Answer(501), TIMED_OUT])
def test_ten_answers_that_blame_the_request_never_open_it(world: World, reply: Reply) -> None:
    breaker = world.breaker()
    for number in range(10):
        call(breaker, reply, name=f"call-{number}")
    assert world.states.breaker(ACCOUNT, Queue.INFOBLOX).failures == 0
    let_in(breaker)


def test_an_answer_that_blames_the_request_ends_no_count(world: World) -> None:
    breaker = world.breaker()
    for number in range(5):
        call(breaker, BAD, name=f"call-{number}")
        if number < 4:
            call(breaker, NOT_FOUND)
    refused(breaker)


def test_the_same_call_counts_once_in_a_row(world: World) -> None:
    breaker = world.breaker()
    for _ in range(20):
        call(breaker, BAD, name="one")
    assert world.states.breaker(ACCOUNT, Queue.INFOBLOX).failures == 1
    for name in ("two", "one", "two", "one"):
        call(breaker, BAD, name=name)
    refused(breaker)


def test_other_services_and_accounts_stay_closed(world: World) -> None:
    opened(world)
    let_in(world.breaker(service=Queue.ATCFW))
    assert world.states.breaker("another", Queue.INFOBLOX).state == "closed"


def test_after_its_time_one_of_many_tries(world: World) -> None:
    opened(world)
    world.reset_is_over()
    fleet = [world.breaker() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda one: one.enter(longest_seconds=LONGEST), fleet))
    permits = [answer for answer in answers if isinstance(answer, Permit)]
    assert len(permits) == 1
    assert {answer.why for answer in answers if isinstance(answer, Held)} == {"probing"}
    fleet[0].leave(permits[0], GOOD, fingerprint="")
    assert all(let_in(one).probe is None for one in fleet)


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (GOOD, "closed"),
        (NOT_FOUND, "closed"),
        (Answer(409), "closed"),
        (BAD, "open"),
        (REFUSED, "open"),
        (THROTTLED, "half-open"),
        (None, "half-open"),
    ],
    ids=str,
)
def test_the_probe_decides(world: World, reply: Reply | None, state: str) -> None:
    breaker = opened(world)
    world.reset_is_over()
    breaker.leave(let_in(breaker), reply, fingerprint="probe")
    assert world.states.breaker(ACCOUNT, Queue.INFOBLOX).state == state
    if state == "half-open":
        assert let_in(breaker).probe is not None


def test_a_lost_probe_is_replaced_and_has_no_say_any_more(world: World) -> None:
    breaker = opened(world)
    world.reset_is_over()
    lost = let_in(breaker)
    assert refused(breaker).why == "probing"
    world.probe_is_lost()
    second = let_in(breaker)
    breaker.leave(lost, GOOD, fingerprint="")
    breaker.leave(lost, BAD, fingerprint="")
    assert refused(breaker).why == "probing"
    breaker.leave(second, GOOD, fingerprint="")
    assert let_in(breaker).probe is None


def test_a_probe_ends_by_itself_after_its_longest_time(world: World) -> None:
    breaker = opened(world)
    world.reset_is_over()
    breaker.enter(longest_seconds=0.2)
    refused(breaker)
    until(lambda: isinstance(breaker.enter(longest_seconds=LONGEST), Permit), what="a new probe")


def test_who_was_let_in_before_it_opened_does_not_change_it(world: World) -> None:
    breaker = world.breaker()
    early = [let_in(breaker) for _ in range(3)]
    opened(world)
    before = world.states.breaker(ACCOUNT, Queue.INFOBLOX).opened_at
    for permit, reply in zip(early, (GOOD, BAD, BAD), strict=True):
        breaker.leave(permit, reply, fingerprint=str(id(permit)))
    seen = world.states.breaker(ACCOUNT, Queue.INFOBLOX)
    assert (seen.state, seen.opened_at) == ("open", before)


def test_what_is_known_to_be_open_is_refused_without_asking(world: World) -> None:
    breaker = opened(world)
    assert breaker.known_open() is None
    refused(breaker)
    known = breaker.known_open()
    assert known is not None
    assert 58 < known.wait_seconds <= 60


def test_a_hand_closes_it(world: World) -> None:
    breaker = opened(world)
    world.states.reset(ACCOUNT, Queue.INFOBLOX)
    assert let_in(breaker).probe is None


def test_it_has_the_interface_of_pybreaker(world: World) -> None:
    breaker = world.breaker(failures=3, reset_seconds=7)
    assert isinstance(breaker, pybreaker.CircuitBreaker)
    assert (breaker.current_state, breaker.fail_max, breaker.reset_timeout) == ("closed", 3, 7)
    call(breaker, BAD)
    assert breaker.fail_counter == 1
    breaker.open()
    assert (breaker.current_state, world.breaker().current_state) == ("open", "open")
    assert breaker.state.name == "open"
    world.reset_is_over()
    assert breaker.current_state == pybreaker.STATE_HALF_OPEN
    breaker.close()
    assert (breaker.current_state, breaker.fail_counter) == ("closed", 0)
    with pytest.raises(TypeError, match="enter"):
        breaker.call(lambda: None)


def test_its_events_name_service_states_and_failures(world: World) -> None:
    with capture_logs() as logs:
        breaker = opened(world)
        refused(breaker)
        world.reset_is_over()
        call(world.breaker(), GOOD)
    changes = [
        (line["old_state"], line["new_state"], line["failures"])
        for line in logs
        if line["event"] == "circuit_breaker_state_change"
    ]
    assert changes == [("closed", "open", 5), ("open", "half-open", 5), ("half-open", "closed", 0)]
    failures = [line for line in logs if line["event"] == "circuit_breaker_failure"]
    assert [line["failures"] for line in failures] == [1, 2, 3, 4, 5]
    assert failures[0]["error"] == "answered 503: down"
    assert [line["event"] for line in logs].count("circuit_breaker_open") == 1
    assert {(line["service"], line["account"]) for line in logs} == {("infoblox", ACCOUNT)}


def test_without_the_store_everybody_is_let_in(valkey: Valkey) -> None:
    world = World(connect(valkey.url, patient=False))
    breaker = world.breaker()
    valkey.kill()
    for number in range(10):
        call(breaker, BAD, name=f"call-{number}")
    assert world.breaker().current_state == "closed"
    world.client.connection_pool.disconnect()


def test_every_tool_asks_the_service_of_its_queue() -> None:
    for row in CATALOG.values():
        if row.path is not None:
            assert service_of(row.path) is row.queue, row.name
    assert service_of("/api/iam/v2/keys") is Queue.NIOSXAAS
    assert service_of("/api/infra/v1/hosts") is Queue.INFOBLOX
