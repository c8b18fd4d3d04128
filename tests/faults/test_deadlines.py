"""Deadlines: what came too late is not asked of the API, and the caller is told."""

from collections.abc import Callable
from functools import partial

import pytest

from shared.ledger import Job
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
SUBNETS = "/api/ddi/v1/ipam/subnet"
DEADLINE_SECONDS = 1.5
# A frozen worker counts as alive meanwhile, so that reads are accepted.
SLOW_SWEEPS = {"sweep_seconds": 3, "lease_seconds": 2}


def final(here: Stack, job_id: str) -> Job | None:
    job = here.ledger().read(job_id)
    return job if job is not None and job.final else None


def ended(here: Stack, job_id: str) -> Job:
    job = until(partial(final, here, job_id), what="the end of the job")
    assert job is not None
    return job


def past(here: Stack, job_id: str) -> bool:
    job = here.ledger().read(job_id)
    return job is not None and job.now > job.deadline


def test_a_read_that_waited_past_its_deadline_is_not_run(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", **SLOW_SWEEPS)
    settings = front_settings(here.env, read_deadline_seconds=DEADLINE_SECONDS, wait_seconds=0.1)
    here.freeze("infoblox")
    (queued,) = ask(settings, ("list_subnets", {"limit": 9}))
    assert queued["status"] == "running", queued
    until(partial(past, here, queued["job_id"]), what="the deadline")
    here.thaw("infoblox")
    ended(here, queued["job_id"])
    (told,) = ask(settings, ("job_wait", {"job_id": queued["job_id"]}))
    assert (told["status"], told["error"]["code"]) == ("failed", "expired")
    assert sandbox.journal(path=SUBNETS) == []


def test_a_write_never_sent_by_its_deadline_says_that_nothing_was_sent(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env, write_deadline_seconds=0.5, wait_seconds=0.1)
    call = ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload("late")})
    # Nobody serves its queue yet.
    (queued,) = ask(settings, call)
    until(partial(past, here, queued["job_id"]), what="the deadline")
    here.restart("niosxaas")
    ended(here, queued["job_id"])
    (told,) = ask(settings, ("job_wait", {"job_id": queued["job_id"]}))
    assert (told["status"], told["error"]["code"]) == ("failed", "expired")
    assert "nothing was sent" in told["error"]["message"]
    assert sandbox.journal(method="POST") == []


@pytest.mark.parametrize("asks", ["join", "job_wait", "job_status"])
def test_asking_after_a_read_keeps_it_from_expiring(
    stack: Begin, sandbox: Sandbox, asks: str
) -> None:
    here = stack("infoblox", **SLOW_SWEEPS)
    settings = front_settings(here.env, read_deadline_seconds=DEADLINE_SECONDS, wait_seconds=0.1)
    read = ("list_subnets", {"limit": 9})
    here.freeze("infoblox")
    (queued,) = ask(settings, read)
    job_id = queued["job_id"]
    again: Json = {
        "join": read,
        "job_wait": ("job_wait", {"job_id": job_id, "seconds": 0}),
        "job_status": ("job_status", {"job_id": job_id}),
    }
    first = here.ledger().read(job_id)
    assert first is not None

    def long_past() -> bool:
        (asked,) = ask(settings, again[asks])
        assert asked["job_id"] == job_id
        now = here.ledger().read(job_id)
        assert now is not None
        return now.now > first.deadline + 0.5

    until(long_past, what="the first deadline, asking all the time")
    here.thaw("infoblox")
    assert ended(here, job_id).state == "done"
    assert len(sandbox.journal(path=SUBNETS)) == 1
