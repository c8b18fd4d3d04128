"""`make live`, shown to work against the sandbox: it reads all, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from infoblox_mq.processes import PREFIXES, environment
from tests.support.chaos import rows
from tests.support.sandbox import Sandbox
from tests.support.tools import missing

ROOT = Path(__file__).parents[2]
SPACES = "/api/ddi/v1/ipam/ip_space"


def live(env: Mapping[str, str], *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests/live", "-q", "-p", "no:cacheprovider", *more],
        cwd=ROOT,
        env={**environment(os.environ, without=PREFIXES), "NO_PROXY": "127.0.0.1", **env},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def account(sandbox: Sandbox) -> dict[str, str]:
    return {
        "LIVE": "1",
        "LIVE_RATE_PER_SECOND": "0",
        "INFOBLOX_API_KEY": sandbox.key,
        "INFOBLOX_BASE_URL": sandbox.url,
    }


def scratch(sandbox: Sandbox) -> list[str]:
    names = [str(row["name"]) for row in rows(sandbox, SPACES)]
    return [name for name in names if name.startswith("infoblox-mq-live-")]


def test_it_reads_every_list_and_cleans_up(sandbox: Sandbox) -> None:
    ended = live(account(sandbox))
    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout
    assert sandbox.counts()
    assert scratch(sandbox) == []


def test_it_cleans_up_when_it_fails(sandbox: Sandbox) -> None:
    match = {"method": "PATCH", "path": "/api/ddi/v1/ipam/subnet"}
    sandbox.faults("status", match=match, status=400)
    ended = live(account(sandbox), "-k", "subnet")
    assert ended.returncode == 1, ended.stdout
    assert len(sandbox.journal(method="POST", path=SPACES)) == 1
    assert scratch(sandbox) == []


def test_it_is_off_by_default_and_refuses_to_run_without_a_key() -> None:
    if shutil.which("make") is None:
        missing("make is not installed: apt-get install make")
    env = environment(os.environ, without=(*PREFIXES, "INFOBLOX_API_KEY"))
    env.pop("INFOBLOX_API_KEY", None)
    ended = subprocess.run(
        ["make", "live"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert "INFOBLOX_API_KEY is not set" in ended.stderr
    assert "skipped" in live({"LIVE": ""}).stdout
