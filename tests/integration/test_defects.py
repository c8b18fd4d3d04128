"""A job that meets a defect of ours, or a worker of another release, in a real store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from shared.catalog import Queue
from shared.ledger import Claim, Job, Outcome, Submission
from shared.operations import CATALOG
from shared.settings import Settings
from shared.wire import Request
from tests.properties.ledger_world import DEAD, UNKNOWN
from tests.support.valkey import Valkey
from workers.app import App, build
from workers.csp import Answer, Limits

KEY, URL = "key", "http://sandbox.invalid"
READY = Outcome("done", {"ready": False})
STORY = "service prod was created"


class Broken:
    """An API client with a defect."""

    def send(self, request: Request, *, limits: Limits, send_before: float | None = None) -> Answer:
        raise RuntimeError("a defect")


@pytest.fixture
def app(valkey: Valkey) -> Iterator[App]:
    valkey.client().flushall()
    settings = Settings.from_env(
        {"REDIS_URL": valkey.url, "INFOBLOX_API_KEY": KEY, "INFOBLOX_BASE_URL": URL}
    )
    known = {name: row for name, row in CATALOG.items() if name != "create_dns_view"}
    app = build(settings, api_of=lambda _account: Broken(), catalog=known)
    app.ledger.sweep(Queue.INFOBLOX, worker="somebody", queued=0)
    app.ledger.sweep(Queue.NIOSXAAS, worker="somebody", queued=0)
    yield app
    app.broker.close()


def accepted(app: App, tool: str, **arguments: Any) -> str:
    row = CATALOG[tool]
    call = Submission(
        id=uuid4().hex,
        tool=tool,
        queue=row.queue,
        writes=row.writes,
        account=next(iter(app.accounts)).tag,
        client="client",
        arguments=row.args.model_validate(arguments).model_dump(mode="json"),
        fingerprint=uuid4().hex,
        joins=False,
    )
    answer = app.ledger.accept(call)
    assert answer.verdict == "new", answer
    return call.id


def carried_out(app: App, job_id: str) -> Job:
    app.executor(job_id)
    job = app.ledger.read(job_id)
    assert job is not None
    return job


def taken(app: App, job_id: str) -> Job:
    claim = app.ledger.claim(job_id, owner="another", dead=DEAD, unknown=UNKNOWN)
    assert isinstance(claim, Claim)
    return claim.job


def said(job: Job) -> str:
    assert job.outcome is not None
    assert job.outcome.problem is not None
    return job.outcome.problem.message


def deletion(app: App) -> str:
    return accepted(app, "delete_vpn_service", service_name="prod", confirm=True)


def test_a_defect_before_anything_was_sent_fails_the_job(app: App) -> None:
    job = carried_out(app, accepted(app, "list_subnets"))
    assert job.state == "failed"
    assert "before anything was sent" in said(job)


def test_a_defect_after_the_mark_leaves_the_outcome_unknown(app: App) -> None:
    job = carried_out(app, accepted(app, "delete_subnet", subnet_id="5"))
    assert (job.state, job.tries) == ("unknown", 1)


def test_what_was_done_before_a_defect_is_told(app: App) -> None:
    job_id = deletion(app)
    app.ledger.park(taken(app, job_id), wait_seconds=0, note="", memo={"story": [STORY]})
    job = carried_out(app, job_id)
    assert job.state == "failed"
    assert STORY in said(job)


def test_a_change_that_was_accepted_stays_accepted_after_a_defect(app: App) -> None:
    job_id = deletion(app)
    app.ledger.park(taken(app, job_id), wait_seconds=0, note="", memo={"x": 1}, instead=READY)
    job = carried_out(app, job_id)
    assert (job.state, job.outcome) == ("done", READY)


def test_a_tool_of_another_release_waits_for_a_worker_that_knows_it(app: App) -> None:
    job = carried_out(app, accepted(app, "create_dns_view", name="lab"))
    assert (job.state, job.sending) == ("waiting", False)
    assert "another release" in job.note
