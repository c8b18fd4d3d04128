"""The log of the workers alone explains each killed job: it tells the same as the ledger."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from shared.ledger import Job
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.chaos import launch, settled
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until
from tests.support.worker_log import Sent, Story, stories

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
QUEUES = ("niosxaas", "infoblox")
QUICK = {
    "connect_timeout_seconds": 0.3,
    "vpn_read_timeout_seconds": 0.7,
    "lease_seconds": 1.5,
    "sweep_seconds": 0.3,
    "wait_seconds": 0.1,
}
CONFIGURE = "configure_vpn_infrastructure"
# Where to die, in which tool, and how often the API is busy.
POINTS = (
    ("claim.after", "get_subnet", 0),
    ("send.after_post", CONFIGURE, 0),
    ("wait.after_schedule", CONFIGURE, 1),
)
MORE = (
    ("claim.after", CONFIGURE, 0),
    ("send.before_mark", CONFIGURE, 0),
    ("send.after_mark", CONFIGURE, 0),
    ("send.after_post", CONFIGURE, 2),
    ("record.before", CONFIGURE, 0),
    ("ack.after", CONFIGURE, 0),
)
NOTHING_LOST = {"wait.after_schedule", "ack.after"}


@pytest.mark.timeout(300)
def test_the_log_alone_tells_what_became_of_each_killed_job(stack: Begin, sandbox: Sandbox) -> None:
    here = stack(**QUICK)
    here.env |= {"STRUCTLOG_JSON": "1", "LOG_LEVEL": "INFO"}
    launch(here, "heir", *QUEUES)
    settled(here, {"heir": QUEUES})
    jobs = []
    points = POINTS + (MORE if SOAK else ())
    for number, (point, tool, busy) in enumerate(points):
        sandbox.vpn(busy_tries=busy)
        jobs.append(killed_at(here, point, tool=tool, name=f"killed-{number}"))
    # A job has ended a moment before its worker says so, and that is read.
    until(lambda: all(stories(here.logs)[job.id].end for job in jobs), what="the last lines")
    told = stories(here.logs)
    for (point, _, _), job in zip(points, jobs, strict=True):
        story = told[job.id]
        assert (point, as_recorded(job)) == (point, as_told(story, writes=job.writes)), story
        assert (len(story.takeovers) > 0) == (point not in NOTHING_LOST)
        assert all(before != after for before, after in story.takeovers)


def killed_at(here: Stack, point: str, *, tool: str, name: str) -> Job:
    """Let a worker die at a point of a job, let the heir go on, and return how the job ended."""
    here.freeze("heir")
    here.env["INFOBLOX_MQ_FAULT_POINTS"] = f"{point}=exit"
    launch(here, name, *QUEUES)
    settled(here, {name: QUEUES})
    arguments: Json = (
        {"vpn_payload": vpn_payload(name)} if tool == CONFIGURE else {"subnet_id": "1"}
    )
    (answer,) = ask(front_settings(here.env), (tool, arguments))
    until(lambda: len(here.pids(name)) < 2, seconds=20, what=f"the death at {point}")
    here.kill(name)
    here.thaw("heir")
    ended = until(partial(final, here, answer["job_id"]), seconds=30, what="the end of the job")
    assert ended is not None
    return ended


def final(here: Stack, job_id: str) -> Job | None:
    job = here.ledger().read(job_id)
    return job if job is not None and job.final else None


def as_recorded(job: Job) -> Json:
    sent = [Sent(entry.number, entry.status, entry.lost, over=True) for entry in job.attempts]
    return {"end": job.state, "starts": job.starts, "waits": job.waits, "sent": sent}


def as_told(story: Story, *, writes: bool) -> Json:
    assert all(seconds > 0 and why for seconds, why in story.waits)
    # The first start of a read is told by whoever takes it over.
    starts = len(story.workers) if writes else len(story.workers) + bool(story.takeovers)
    # Of an answer whose worker died before it could record it, the log knows more.
    sent = [replace(one, status=None) if one.lost else one for one in story.sent]
    return {"end": story.end, "starts": starts, "waits": len(story.waits), "sent": sent}
