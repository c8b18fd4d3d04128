"""`infoblox-mq health`: what a container asks."""

import json
import subprocess
from collections.abc import Callable

from infoblox_mq.processes import ourselves
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]


def ran(here: Stack, *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ourselves("health", *more),
        env=here.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_container_is_told_whether_its_own_worker_lives(stack: Begin) -> None:
    here = stack("atcfw")
    assert ran(here, "--worker", "atcfw").returncode == 0
    other = ran(here, "--worker", "insights")
    assert (other.returncode, other.stdout[:22]) == (1, "no worker of insights ")
    whole = ran(here)
    assert whole.returncode == 0
    found = json.loads(whole.stdout)
    assert (found["status"], found["issues"]) == ("healthy", [])
    here.kill("atcfw")
    until(lambda: ran(here, "--worker", "atcfw").returncode == 1, seconds=30, what="its absence")
    here.valkey.kill()
    away = ran(here)
    assert away.returncode == 1
    assert json.loads(away.stdout)["status"] == "unhealthy"
    assert ran(here, "--worker", "atcfw").returncode == 1
