"""The door for other programs: a call handed in by `shared.submit`, answered through dramatiq."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infoblox_mq import ROOT
from shared.door import Door
from shared.errors import NotConfigured
from shared.settings import Settings
from tests.support.stack import Stack

Begin = Callable[..., Stack]
STORY = """
import infoblox_mq
import shared
from dramatiq.results.errors import ResultFailure
from shared.errors import CallError

message = shared.submit("list_ip_spaces", {"limit": 2})
space = message.get_result(block=True, timeout=20_000)["items"][0]
print(space["id"])
again = shared.submit("list_ip_spaces", {"limit": 2})
print(again.get_result(block=True, timeout=20_000)["items"][0] == space)
code = shared.submit("create_access_code", {
    "name": "guest",
    "activation": "2026-01-01T08:00:00Z",
    "expiration": "2027-01-01T08:00:00Z",
    "rules": [{"type": "category_filter", "data": "Not at work", "action": "action_allow"}],
})
print(type(code.get_result(block=True, timeout=20_000)["access_key"]).__name__)
subnet = {"address": "198.51.100.0/28", "space": space["id"]}
same = shared.submit("create_subnet", subnet)
print(same.message_id == shared.submit("create_subnet", subnet).message_id)
same.get_result(block=True, timeout=20_000)
refused = shared.submit("delete_subnet", {"subnet_id": "nowhere"})
try:
    refused.get_result(backend=shared.result_backend(), block=True, timeout=20_000)
except ResultFailure as error:
    print(error.orig_exc_type)
for tool, arguments in (("no_such_tool", {}), ("list_subnets", {"limit": 0})):
    try:
        shared.submit(tool, arguments)
    except CallError as error:
        print(error.problem.message)
"""


def test_another_program_submits_and_gets_results(stack: Begin, tmp_path: Path) -> None:
    here = stack("infoblox", "atcfw")
    told = subprocess.run(
        [sys.executable, "-c", STORY],
        env=here.env | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    answer, again, shown, same, code, unknown, wrong = told.stdout.splitlines()
    assert answer.startswith("ipam/ip_space/")
    assert again == "True"
    assert shown == "str"
    assert (same, code) == ("True", "refused")
    assert "no_such_tool" in unknown
    assert "limit" in wrong


def test_without_a_store_the_setting_is_named() -> None:
    with pytest.raises(NotConfigured, match="REDIS_URL"):
        Door.open(Settings.from_env({}))
