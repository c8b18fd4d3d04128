"""A VPN configure that was accepted ends once, whatever dies. Judged by the sandbox's journal."""

import os
import random
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest

from shared.broker import WokenBroker, hint
from shared.catalog import Queue
from shared.ledger import Job, Ledger
from shared.stores import broker_url, connect
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.jobs import ended
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
CONFIGURE = "/consolidated/configure"
# A request that was marked and never left counts as ended after its time-outs and five seconds.
QUICK = {"connect_timeout_seconds": 0.3, "vpn_read_timeout_seconds": 0.7, "lease_seconds": 1.5}
FEW = ("claim.after", "send.after_mark", "send.after_post", "record.before", "wait.after_schedule")
MORE = (
    "claim.before",
    "send.before_mark",
    "record.after",
    "ack.before",
    "ack.after",
    "result.before",
    "result.after",
    "sweep.after_claim",
)
KILLS = 20 if SOAK else 3
HALF = 0.5


def begun(here: Stack, name: str) -> str:
    """Hand a configure in and return its job id at once."""
    settings = front_settings(here.env, wait_seconds=0.1)
    (answer,) = ask(settings, ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload(name)}))
    assert "job_id" in answer, answer
    return str(answer["job_id"])


def tried(ledger: Ledger, job_id: str, times: int) -> Job | None:
    """Return the job once it was sent so often, or has ended."""
    job = ledger.read(job_id)
    return job if job and (job.tries >= times or job.final) else None


def waits(ledger: Ledger, job_id: str) -> bool:
    """Tell whether the job waits for its next try, or has ended."""
    job = ledger.read(job_id)
    return job is not None and (job.state == "waiting" or job.final)


def applied(sandbox: Sandbox) -> list[Json]:
    """Return the configures that changed something."""
    return [entry for entry in sandbox.journal(method="POST", path=CONFIGURE) if entry["applied"]]


def never_overlapping(sandbox: Sandbox) -> bool:
    """Tell whether each configure came after the one before it had ended."""
    seen = sandbox.journal(method="POST", path=CONFIGURE)
    return all(
        one["ended"] is not None and one["ended"] <= other["started"]
        for one, other in pairwise(seen)
    )


@pytest.mark.parametrize("point", FEW + (MORE if SOAK else ()))
def test_a_worker_that_dies_at_a_named_point_loses_and_doubles_nothing(
    stack: Begin, sandbox: Sandbox, point: str
) -> None:
    sandbox.vpn(busy_tries=1)
    here = stack("niosxaas", fault_points=f"{point}=exit", **QUICK)
    job_id = begun(here, "survivor")
    until(lambda: len(here.pids("niosxaas")) < 2, seconds=20, what=f"the death at {point}")
    here.kill("niosxaas")
    here.env["INFOBLOX_MQ_FAULT_POINTS"] = ""
    here.start("niosxaas")
    job = ended(here, job_id)
    assert job.state == "done", job
    assert len(applied(sandbox)) == 1
    assert never_overlapping(sandbox)


def test_a_worker_killed_again_and_again_still_makes_one_service(
    stack: Begin, sandbox: Sandbox
) -> None:
    sandbox.vpn(busy_tries=KILLS)
    here = stack("niosxaas", vpn_backoff_cap_seconds=1, vpn_max_tries=100, **QUICK)
    job_id = begun(here, "stubborn")
    ledger = here.ledger()
    dice = random.Random(7)
    for kill in range(1, KILLS + 1):
        seen = until(partial(tried, ledger, job_id, kill), seconds=30, what=f"try {kill}")
        if dice.random() < HALF and seen is not None and not seen.final:
            until(partial(waits, ledger, job_id), what="its wait")
        here.restart("niosxaas")
    assert ended(here, job_id).state == "done"
    assert len(applied(sandbox)) == 1
    assert never_overlapping(sandbox)


@pytest.mark.parametrize(
    "fault", [{"kind": "reset_after_apply"}, {"kind": "status_after_apply", "status": 502}]
)
def test_an_answer_that_was_lost_is_found_by_name_and_tag(
    stack: Begin, sandbox: Sandbox, fault: Json
) -> None:
    here = stack("niosxaas", **QUICK)
    sandbox.faults(match={"method": "POST", "path": CONFIGURE}, times=1, **fault)
    job = ended(here, begun(here, "lost-answer"))
    assert job.state == "done"
    assert job.outcome is not None
    assert job.outcome.result is not None
    assert job.outcome.result["universal_service"]["name"] == "lost-answer"
    assert len(sandbox.journal(method="POST", path=CONFIGURE)) == 1


def test_a_name_that_somebody_else_took_is_a_conflict_at_once(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("niosxaas", join_after_seconds=0.001, **QUICK)
    assert ended(here, begun(here, "taken")).state == "done"
    job = ended(here, begun(here, "taken"))
    assert job.state == "failed"
    assert job.outcome is not None
    assert job.outcome.problem is not None
    assert job.outcome.problem.code == "conflict"
    assert len(applied(sandbox)) == 1


def test_the_store_killed_while_the_job_waits_brings_it_back(
    stack: Begin, sandbox: Sandbox
) -> None:
    sandbox.vpn(busy_tries=2)
    here = stack("niosxaas", vpn_backoff_base_seconds=1.5, **QUICK)
    job_id = begun(here, "patient")
    until(lambda: sandbox.journal(method="POST", path=CONFIGURE), what="the first try")
    for _ in range(5 if SOAK else 2):
        here.valkey.restart()
    assert ended(here, job_id).state == "done"
    assert len(applied(sandbox)) == 1


def test_a_repeated_call_finds_the_job_that_goes_on(stack: Begin, sandbox: Sandbox) -> None:
    sandbox.vpn(busy_tries=2)
    here = stack("niosxaas", **QUICK)
    first = begun(here, "repeated")
    assert begun(here, "repeated") == first
    assert ended(here, first).state == "done"
    assert begun(here, "repeated") == first
    assert len(applied(sandbox)) == 1


def test_a_worker_told_to_stop_finishes_the_request_that_is_out(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("niosxaas", **QUICK | {"vpn_read_timeout_seconds": 10})
    sandbox.faults("slow", match={"method": "POST", "path": CONFIGURE}, seconds=2.0, times=1)
    job_id = begun(here, "in-flight")
    until(lambda: sandbox.journal(method="POST", path=CONFIGURE), what="the request")
    here.stop("niosxaas")
    job = here.ledger().read(job_id)
    assert job is not None
    assert job.state == "done"
    assert len(applied(sandbox)) == 1


def test_a_job_that_was_cancelled_before_it_was_sent_is_never_sent(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("infoblox")
    job_id = begun(here, "unwanted")
    (answer,) = ask(front_settings(here.env), ("job_cancel", {"job_id": job_id}))
    assert answer["status"] == "cancelled", answer
    here.start("niosxaas")
    here.ready()
    (other,) = ask(front_settings(here.env), ("list_universal_services", {}))
    assert other["status"] == "done"
    assert sandbox.journal(method="POST", path=CONFIGURE) == []


def test_a_thousand_doubled_hints_send_one_request(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", **QUICK)
    sandbox.faults("slow", match={"method": "POST", "path": CONFIGURE}, seconds=0.5, times=1)
    job_id = begun(here, "shouted")
    broker = WokenBroker(connect(broker_url(here.url, None), patient=True), middleware=[])
    broker.declare_queue(Queue.NIOSXAAS)
    for _ in range(1000):
        hint(broker, Queue.NIOSXAAS, job_id)
    assert ended(here, job_id).state == "done"
    until(lambda: broker.waiting(Queue.NIOSXAAS) == 0, what="the hints to be looked at")
    assert len(sandbox.journal(method="POST", path=CONFIGURE)) == 1
