"""/health: what makes it degraded or unhealthy, on real state."""

import time

import pytest
from redis import Redis

from dashboard.health import Recent, Share
from shared.catalog import Queue
from shared.counting import Counts
from shared.guards import GuardStates
from shared.ledger import PREFIX, Ledger, Submission, Terms
from shared.settings import Settings
from shared.stores import connect
from tests.ops.conftest import Open

NOBODY = "redis://127.0.0.1:1/0"
TAG = "0" * 40


@pytest.fixture
def client(url: str) -> Redis:
    return connect(url, patient=True)


@pytest.fixture
def ledger(client: Redis) -> Ledger:
    found = Ledger(client, Terms.from_settings(Settings()))
    found.publish_account("default", TAG)
    return found


def write(job_id: str) -> Submission:
    """A write, which is accepted although no worker lives."""
    return Submission(
        id=job_id,
        tool="create_subnet",
        queue=Queue.INFOBLOX,
        writes=True,
        account=TAG,
        client="test",
        arguments={},
        fingerprint=job_id,
        joins=False,
    )


def test_nothing_going_on_is_healthy(opened: Open, ledger: Ledger) -> None:
    answer = opened().get("/health")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["status"], found["issues"]) == ("healthy", [])
    assert found["uptime_seconds"] == 0
    assert found["metrics"] == {
        "api_calls": 0,
        "error_rate_percent": 0.0,
        "cache_hit_rate_percent": 0.0,
        "circuit_breakers": {f"{queue}_api": "closed" for queue in Queue},
    }


def test_an_open_breaker_degrades(opened: Open, ledger: Ledger, client: Redis) -> None:
    GuardStates(client).open(TAG, Queue.ATCFW, seconds=60)
    answer = opened().get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["issues"] == ["circuit breaker atcfw_api is open"]
    assert answer.json()["metrics"]["circuit_breakers"]["atcfw_api"] == "open"


@pytest.mark.parametrize(("failed", "status"), [(5, "healthy"), (6, "degraded")])
def test_more_than_five_percent_of_errors_degrade(
    opened: Open, ledger: Ledger, client: Redis, failed: int, status: str
) -> None:
    ops = opened()
    assert ops.get("/health").json()["status"] == "healthy"
    client.hset(f"{PREFIX}counts", "calls|infoblox|GET|503", failed)
    client.hset(f"{PREFIX}counts", "calls|infoblox|GET|200", 80 - failed)
    # Refused for what was asked: that is no fault of the service.
    client.hset(f"{PREFIX}counts", "calls|infoblox|GET|404", 20)
    found = ops.get("/health").json()
    assert found["status"] == status
    assert found["metrics"]["error_rate_percent"] == failed
    assert found["metrics"]["api_calls"] == 100


def test_errors_are_forgotten_after_five_minutes() -> None:
    recent = Recent()
    recent.note(0, Counts({}))
    bad = Counts({"calls|infoblox|GET|500": 9})
    assert recent.note(10, bad) == Share(9, 9)
    assert recent.note(300, bad) == Share(9, 9)
    assert recent.note(320, bad) == Share(0, 0)


def test_a_store_that_was_emptied_starts_the_window_anew() -> None:
    recent = Recent()
    recent.note(0, Counts({"calls|infoblox|GET|500": 9}))
    assert recent.note(10, Counts({"calls|infoblox|GET|200": 1})) == Share(0, 0)


@pytest.mark.parametrize(("seconds", "status"), [(20, 200), (31, 503)])
def test_jobs_that_are_due_for_long_are_unhealthy(
    opened: Open, ledger: Ledger, client: Redis, *, seconds: float, status: int
) -> None:
    assert ledger.accept(write("j1")).verdict == "new"
    client.zadd(f"{PREFIX}due:infoblox", {"j1": (time.time() - seconds) * 1000})
    answer = opened().get("/health")
    assert answer.status_code == status
    if status == 503:
        assert answer.json()["status"] == "unhealthy"
        assert "jobs of infoblox have been due for 31 s" in answer.json()["issues"][0]


def test_without_its_store_it_is_unhealthy_at_once(opened: Open) -> None:
    begun = time.monotonic()
    answer = opened(store=NOBODY).get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert "does not answer" in answer.json()["issues"][0]
    assert time.monotonic() - begun < 5
