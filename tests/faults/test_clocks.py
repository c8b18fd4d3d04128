"""Workers whose clocks are wrong by minutes work beside one whose clock is right.

Faked is the time of day (`time.time`, file dates excepted), which is all that a wrong clock
changes; see tests/support/other_clock.py for what is not.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from shared.ledger import Job
from shared.settings import Settings
from tests.support import other_clock
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.chaos import SUBNET, Truth, launch, settled
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until
from tests.support.worker_log import stories

Begin = Callable[..., Stack]
AHEAD, BEHIND = 90, -300
# `ahead` alone serves infoblox and `behind` alone atcfw; all three share niosxaas.
WORKERS = {
    "right": ("niosxaas",),
    "ahead": ("niosxaas", "infoblox"),
    "behind": ("niosxaas", "atcfw"),
}
WRONG = {"ahead": AHEAD, "behind": BEHIND}
JOBS = 15
CONFIGURE = "/consolidated/configure"
WAIT_SECONDS = 3
SETTINGS = {
    # Less than `ahead` is ahead: by its own clock everything is late at once.
    "read_deadline_seconds": 30,
    "write_deadline_seconds": 30,
    "lease_seconds": 2,
    "threads": 2,
    "wait_seconds": 25,
    "vpn_backoff_base_seconds": 1,
}


@pytest.fixture
def here(stack: Begin, tmp_path: Path) -> Iterator[Stack]:
    """Three workers, two of them with a wrong clock."""
    here = stack(**SETTINGS)
    here.env |= {"STRUCTLOG_JSON": "1"}
    right = dict(here.env)
    for name, queues in WORKERS.items():
        if name in WRONG:
            here.env = other_clock.seeing(WRONG[name], right, place=tmp_path / "clock")
        launch(here, name, *queues)
    here.env = right
    settled(here, WORKERS)
    pids = [pid for name in WRONG for pid in here.pids(name)]
    yield here
    for name in WRONG:
        here.kill(name)
    other_clock.forget(pids)


def test_only_the_time_of_day_is_faked(tmp_path: Path) -> None:
    code = "import time; print([time.time(), time.monotonic(), time.clock_gettime(7)])"
    for seconds in WRONG.values():
        shown = subprocess.run(
            [sys.executable, "-c", code],
            env=other_clock.seeing(seconds, os.environ, place=tmp_path),
            capture_output=True,
            check=True,
        ).stdout
        wall, monotonic, boot = json.loads(shown)
        assert wall - time.time() == pytest.approx(seconds, abs=5)
        assert time.monotonic() - monotonic == pytest.approx(0, abs=5)
        assert time.clock_gettime(time.CLOCK_BOOTTIME) - boot == pytest.approx(0, abs=5)


def test_jobs_run_once_in_their_time_whatever_the_clocks_of_their_workers_say(
    here: Stack, sandbox: Sandbox
) -> None:
    # The first request of each asks for a wait, some in seconds and some by a date.
    for wait in (str(WAIT_SECONDS), {"date_in": WAIT_SECONDS + 1}):
        sandbox.faults(
            "status",
            status=409,
            headers={"Retry-After": wait},
            match={"path": CONFIGURE},
            times=JOBS // 3,
        )
    sandbox.faults("slow", match={"path": CONFIGURE}, seconds=0.5)
    settings = front_settings(here.env)
    configures: list[tuple[str, Json]] = [
        ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload(f"clocks-{number:02}")})
        for number in range(JOBS)
    ]
    answers = ask(settings, *configures)
    assert Counter(answer["status"] for answer in answers) == {"done": JOBS}, answers
    told = stories(here.logs)
    busy = Counter(worker for answer in answers for worker in told[answer["job_id"]].workers)
    assert len(busy) == len(WORKERS), busy
    truth = Truth(sandbox)
    assert truth.overlapping() == []
    assert truth.sent_again() == []
    waits = [wait for answer in answers for wait in waited(here, answer["job_id"])]
    tell(starts=dict(busy), waits=[f"{wait:.2f}" for wait in waits])
    assert len(waits) == 2 * (JOBS // 3)
    assert min(waits) >= WAIT_SECONDS
    assert max(waits) <= WAIT_SECONDS + 3


def waited(here: Stack, job_id: str) -> list[float]:
    """Return the seconds between the tries of a job, which was started no more than that often."""
    (job,) = here.ledger().read_all([job_id])
    assert (job.starts, len(job.attempts)) == (1 + job.waits,) * 2, job
    return [other.started - (one.ended or 0) for one, other in pairwise(job.attempts)]


def test_a_worker_ahead_of_time_gives_nothing_up(here: Stack, sandbox: Sandbox) -> None:
    (answer,) = ask(front_settings(here.env), ("list_subnets", {"limit": 3}))
    assert answer["status"] == "done", answer
    assert len(sandbox.journal(path=SUBNET)) == 1


def handed_in(settings: Settings) -> Json:
    """Hand a read in; on a busy machine a front end may find the store too slow at first."""
    for _ in range(5):
        (answer,) = ask(settings, ("list_security_policies", {}))
        if "job_id" in answer:
            return answer
    raise AssertionError(answer)


def test_a_worker_behind_time_runs_nothing_too_late(here: Stack, sandbox: Sandbox) -> None:
    settings = front_settings(here.env, read_deadline_seconds=0.5, wait_seconds=0.1)
    here.freeze("behind")
    queued = handed_in(settings)
    until(partial(seen, here, queued["job_id"], lambda job: job.now > job.deadline))
    here.thaw("behind")
    until(partial(seen, here, queued["job_id"], lambda job: job.final))
    (told,) = ask(settings, ("job_wait", {"job_id": queued["job_id"]}))
    assert told["error"]["code"] == "expired", told
    assert sandbox.journal(path="security_policies") == []


def seen(here: Stack, job_id: str, holds: Callable[[Job], bool]) -> bool:
    job = here.ledger().read(job_id)
    return job is not None and holds(job)
