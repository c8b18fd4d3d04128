"""The store goes away and comes back: results, waits and the times they are kept for."""

import os
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from shared.ledger import Job
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.chaos import launch, settled
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until
from tests.support.worker_log import stories

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
LEASE_SECONDS = 1.0
# Several leases, so that the store finds them all run out when it is back.
AWAY_SECONDS = 8.0 if SOAK else 3.0
KEPT_SECONDS = 4.0
REQUEST_SECONDS = 1.0
QUEUES = ("infoblox", "niosxaas")
CONFIGURE = "/consolidated/configure"
CALLS: dict[str, tuple[str, Json]] = {
    "/ipam/subnet": ("list_subnets", {"limit": 5}),
    CONFIGURE: ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload("away")}),
}


def final(here: Stack, job_id: str) -> Job | None:
    job = here.ledger().read(job_id)
    return job if job is not None and job.final else None


ALL = tuple((path, gone) for path in CALLS for gone in ("killed", "frozen"))


@pytest.mark.parametrize(("path", "gone"), ALL if SOAK else (ALL[0], ALL[3]))
def test_a_job_that_ends_while_the_store_is_away_keeps_its_result(
    stack: Begin, sandbox: Sandbox, *, path: str, gone: str
) -> None:
    sandbox.faults("slow", match={"path": path}, seconds=REQUEST_SECONDS)
    here = stack(
        lease_seconds=LEASE_SECONDS, read_ttl_seconds=KEPT_SECONDS, job_ttl_seconds=KEPT_SECONDS
    )
    here.env["STRUCTLOG_JSON"] = "1"
    launch(here, "worker", *QUEUES)
    settled(here, {"worker": QUEUES})
    settings = front_settings(here.env, wait_seconds=0.1)
    (begun,) = ask(settings, CALLS[path])
    job_id = begun["job_id"]
    store_away(here, gone, while_answering=path)
    until(partial(final, here, job_id), what="the end of the job")
    (told,) = ask(settings, ("job_wait", {"job_id": job_id}))
    assert told["status"] == "done", told
    assert told["result"]
    if path == CONFIGURE:
        assert len(sandbox.journal(method="POST")) == 1
    until(lambda: not records(here, job_id), seconds=KEPT_SECONDS + 5, what="its disappearance")
    (told,) = ask(settings, ("job_status", {"job_id": job_id}))
    assert told["error"]["code"] == "invalid_arguments", told
    written = [line for line in here.logs if '"verdict": "ok"' in line and job_id in line]
    assert len(written) == 1
    assert stories(here.logs)[job_id].end == "done"


def store_away(here: Stack, gone: str, *, while_answering: str) -> None:
    """Take the store away before a request is answered, and bring it back much later."""
    until(lambda: here.sandbox.journal(path=while_answering), what="the request")
    (here.valkey.kill if gone == "killed" else here.valkey.freeze)()
    until(lambda: here.sandbox.journal(path=while_answering)[0]["ended"], what="its answer")
    threading.Event().wait(AWAY_SECONDS)
    (here.valkey.start if gone == "killed" else here.valkey.thaw)()


def records(here: Stack, job_id: str) -> list[str]:
    return list(here.valkey.client().scan_iter(match=f"*{job_id}*", count=1000))


def test_a_waiting_job_comes_when_due_though_store_and_workers_restarted(
    stack: Begin, sandbox: Sandbox
) -> None:
    asked = 20 if SOAK else 7
    sandbox.faults(
        "status", status=409, headers={"Retry-After": asked}, match={"path": CONFIGURE}, times=1
    )
    here = stack(*QUEUES)
    (begun,) = ask(front_settings(here.env, wait_seconds=0.1), CALLS[CONFIGURE])
    ledger = here.ledger()

    def due() -> float | None:
        job = ledger.read(begun["job_id"])
        assert job is not None
        return job.due if job.state == "waiting" else None

    instant = until(due, what="the wait")
    for name in QUEUES:
        here.kill(name)
    here.valkey.restart()
    for name in QUEUES:
        here.start(name)
    here.ready()
    # On a slow machine the restart may take longer than the wait.
    earliest = max(instant or 0, time.time())
    job = until(partial(final, here, begun["job_id"]), seconds=asked + 10, what="the end")
    assert job is not None
    assert job.state == "done"
    _, second = job.attempts
    tell(next_try_after_it_was_due=f"{second.started - (instant or 0):.3f} s")
    assert (instant or 0) <= second.started <= earliest + here.settings.sweep_seconds + 2
    assert len([entry for entry in sandbox.journal(method="POST") if entry["applied"]]) == 1
