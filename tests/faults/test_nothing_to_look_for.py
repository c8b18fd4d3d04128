"""Writes that leave nothing to look for: when the answer is lost they end unknown, sent once."""

from collections.abc import Callable

import pytest

from shared.catalog import Kind
from shared.operations import CATALOG
from tests.support.calls import Json, ask, front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
QUICK = {"connect_timeout_seconds": 0.3, "read_timeout_seconds": 0.7, "lease_seconds": 1.5}
LOST_FOR_GOOD = [
    row
    for row in CATALOG.values()
    if row.path and row.kind in {Kind.CREATE, Kind.ACTION} and row.recovery is None
]


@pytest.mark.parametrize("row", LOST_FOR_GOOD, ids=lambda row: row.name)
def test_its_description_says_so(row: object) -> None:
    assert "ends `unknown`" in getattr(row, "description", "")


@pytest.mark.parametrize("fault", ["reset_after_apply", "reset_before"])
def test_it_ends_unknown_and_is_sent_once(stack: Begin, sandbox: Sandbox, fault: str) -> None:
    here = stack("infoblox", **QUICK)
    settings = front_settings(here.env, wait_seconds=30)
    (subnets,) = ask(settings, ("list_subnets", {"limit": 1}))
    call: Json = {"subnet_id": subnets["result"]["items"][0]["id"]}
    tool = "allocate_next_available_ip_in_subnet"
    sandbox.faults(fault, match={"method": "POST"}, times=1)
    (answer,) = ask(settings, (tool, call))
    assert (answer["status"], answer["error"]["code"]) == ("unknown", "unknown_outcome")
    assert len(sandbox.journal(method="POST")) == 1
    # Whoever has looked may ask anew: it is another call, because two of them want two addresses.
    (again,) = ask(settings, (tool, call))
    assert again["status"] == "done", again
