"""The gate before the store, what its errors mean, and the view of a waiting call."""

import asyncio
import itertools
from typing import Any

import pytest
import redis
from redis import exceptions

from mcp_front.dispatch import perhaps
from mcp_front.server import Front
from mcp_front.store import Gate, StoreAway, maybe_sent, translated
from mcp_front.waiting import Watch
from shared.errors import Busy, CallError, NotConfigured, Unavailable
from shared.ledger import Accepted, Submission
from shared.operations import CATALOG
from shared.settings import Settings
from shared.submitting import refuse
from tests.unit.mcp_front.jobs_made import job


class Hours:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> float:
        return self.at

    def steady(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_gate_lets_one_probe_through_at_a_time() -> None:
    clock = Hours()
    gate = Gate(clock)
    assert not gate.enter()
    gate.failed()
    with pytest.raises(StoreAway):
        gate.enter()
    clock.sleep(0.25)
    assert gate.enter()
    with pytest.raises(StoreAway):
        gate.enter()
    gate.failed()
    clock.sleep(0.25)
    assert gate.enter()
    gate.worked()
    assert not gate.shut
    assert [gate.enter(), gate.enter()] == [False, False]


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (redis.ConnectionError("Error 111 connecting to x:1. Connection refused."), StoreAway),
        (redis.TimeoutError("Timeout reading from socket"), StoreAway),
        (redis.AuthenticationError("invalid password"), NotConfigured),
        (exceptions.NoPermissionError("no permissions"), NotConfigured),
        (exceptions.OutOfMemoryError("command not allowed"), Busy),
        (redis.ReadOnlyError("You can't write against a read only replica."), Unavailable),
        (redis.ResponseError("MISCONF Errors writing to the AOF file"), Unavailable),
    ],
)
def test_errors_of_the_store_have_a_meaning(
    error: redis.RedisError, meaning: type[CallError]
) -> None:
    assert type(translated(error)) is meaning


def test_an_error_of_a_script_is_a_bug() -> None:
    assert translated(redis.ResponseError("user_script:1: attempt to index nil")) is None


@pytest.mark.parametrize(
    ("error", "maybe"),
    [
        (redis.ConnectionError("Error 111 connecting to x:1. Connection refused."), False),
        (redis.TimeoutError("Timeout connecting to server"), False),
        (redis.TimeoutError("Timeout reading from socket"), True),
        (redis.ConnectionError("Connection closed by server."), True),
        (redis.AuthenticationError("invalid password"), False),
        (redis.ResponseError("WRONGTYPE"), False),
    ],
)
def test_only_a_connection_never_made_proves_that_nothing_was_sent(
    error: redis.RedisError, maybe: bool
) -> None:
    assert maybe_sent(error) is maybe


def submission(**changes: Any) -> Submission:
    row = CATALOG["delete_subnet"]
    given: dict[str, Any] = {
        "id": "1",
        "tool": row.name,
        "queue": row.queue,
        "writes": True,
        "account": "a",
        "client": "c",
        "arguments": {},
        "fingerprint": "f",
        "joins": False,
    }
    return Submission(**given | changes)


@pytest.mark.parametrize(
    ("changes", "safe"), [({}, False), ({"joins": True}, True), ({"idempotency_key": "k"}, True)]
)
def test_lost_acceptance_says_whether_repeating_is_safe(
    changes: dict[str, Any], safe: bool
) -> None:
    advice = perhaps(CATALOG["delete_subnet"], submission(**changes)).problem.advice
    assert ("is safe" in advice) is safe
    assert ("job_status" in advice) is not safe


@pytest.mark.parametrize(("wait", "seconds"), [(0.1, 1.0), (1.0, 1.0), (25.0, 25.0)])
def test_full_queue_says_when_it_has_room(wait: float, seconds: float) -> None:
    with pytest.raises(Busy) as caught:
        refuse(CATALOG["list_subnets"], Accepted("busy", None, 1, 250, wait))
    assert caught.value.problem.retry_after_seconds == seconds


def test_front_end_needs_a_store() -> None:
    with pytest.raises(NotConfigured, match="REDIS_URL"):
        Front(Settings())


def test_watch_wakes_for_news_and_keeps_the_end() -> None:
    async def scenario() -> None:
        watch = Watch("1")
        assert await watch.changed(0.001) is False
        watch.show(job(state="running"))
        assert await watch.changed(60) is True
        ends = [watch.over]
        watch.loop.call_soon(watch.show, job(state="done"))
        assert await watch.changed(60) is True
        watch.show(job(state="running"))
        ends.append(watch.over)
        assert ends == [False, True]
        assert watch.job is not None
        assert watch.job.state == "done"

    asyncio.run(scenario())


def test_watch_that_leaves_waits_no_more() -> None:
    async def scenario() -> None:
        watch = Watch("1")
        watch.loop.call_soon(watch.leave)
        assert await watch.changed(60) is False
        assert watch.over
        assert await watch.changed(60) is False

    asyncio.run(scenario())


def test_progress_numbers_only_grow() -> None:
    from mcp_front.host import tell_of

    told: list[float] = []

    class Session:
        async def report_progress(self, done: float, _total: None, _text: str) -> None:
            told.append(done)

    class Context:
        meta = None
        request = None
        session = Session()

    context: Any = Context()
    tell = tell_of(context)
    assert tell is not None

    async def scenario() -> None:
        for done in (0.0, 0.5, 0.5, 0.4):
            await tell(done, "x")

    asyncio.run(scenario())
    assert all(later > earlier for earlier, later in itertools.pairwise(told))
    context.request = object()
    assert tell_of(context) is None
    context.meta = {"progress_token": 0}
    assert tell_of(context) is not None
