"""Setting hosts up and removing them: one job of several requests, whatever dies in between."""

from collections.abc import Callable

import pytest

from tests.support.calls import Json, ask, front_settings
from tests.support.chaos import rows
from tests.support.jobs import ended
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
HOSTS, RECORDS = "/api/ddi/v1/ipam/host", "/api/ddi/v1/dns/record"
FIXED, SUBNETS = "/api/ddi/v1/dhcp/fixed_address", "/api/ddi/v1/ipam/subnet"
QUICK = {"connect_timeout_seconds": 0.3, "read_timeout_seconds": 0.7, "lease_seconds": 1.5}
MAC = "00:11:22:33:44:55"


def wish(sandbox: Sandbox, **more: object) -> Json:
    subnet = next(rows(sandbox, SUBNETS))
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    return {
        "hostname": "web-77",
        "zone": zone,
        "space": subnet["space"],
        "subnet": subnet["id"],
        "mac_address": MAC,
        **more,
    }


def there(sandbox: Sandbox, path: str) -> list[Json]:
    return [
        row
        for row in rows(sandbox, path)
        if "web-77" in (row.get("name"), row.get("name_in_zone"))
        or str(row.get("rdata", {}).get("dname", "")).startswith("web-77.")
    ]


def call(here: Stack, tool: str, arguments: Json) -> Json:
    (answer,) = ask(front_settings(here.env, wait_seconds=40), (tool, arguments))
    return answer


def test_a_host_is_set_up_and_removed_again(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    planned = call(here, "provision_host", wish(sandbox, dry_run=True))
    assert planned["result"]["requests"][0]["path"] == HOSTS, planned
    assert sandbox.journal(method="POST") == []
    made = call(here, "provision_host", wish(sandbox))
    assert made["status"] == "done", made
    address = made["result"]["address"]
    assert [one["addresses"][0]["address"] for one in there(sandbox, HOSTS)] == [address]
    records = [row for row in there(sandbox, RECORDS) if row["type"] == "A"]
    assert [row["rdata"]["address"] for row in records] == [address]
    assert [row["address"] for row in there(sandbox, FIXED)] == [address]
    would_go = call(here, "decommission_host", {"hostname": "web-77", "dry_run": True})
    assert len(would_go["result"]["requests"]) >= 3
    gone = call(here, "decommission_host", {"hostname": "web-77"})
    assert gone["status"] == "done", gone
    assert [there(sandbox, path) for path in (HOSTS, RECORDS, FIXED)] == [[], [], []]
    nobody = call(here, "decommission_host", {"hostname": "web-7"})
    assert nobody["error"]["code"] == "refused"


@pytest.mark.parametrize("point", ["send.after_mark", "send.after_post", "wait.after_schedule"])
def test_a_killed_worker_leaves_no_half_a_host_and_no_second_one(
    stack: Begin, sandbox: Sandbox, point: str
) -> None:
    here = stack("infoblox", fault_points=f"{point}=exit", **QUICK)
    settings = front_settings(here.env, wait_seconds=0.1)
    (begun,) = ask(settings, ("provision_host", wish(sandbox)))
    until(lambda: len(here.pids("infoblox")) < 2, seconds=20, what=f"the death at {point}")
    here.env["INFOBLOX_MQ_FAULT_POINTS"] = ""
    here.restart("infoblox")
    job = ended(here, begun["job_id"])
    assert job.state == "done", job.outcome
    assert len(there(sandbox, HOSTS)) == 1
    assert len([row for row in there(sandbox, RECORDS) if row["type"] == "A"]) == 1
    assert len(there(sandbox, FIXED)) == 1


def test_a_name_that_is_taken_is_a_conflict_before_anything_is_made(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("infoblox")
    asked = wish(sandbox)
    taken = {"name": "web-77", "zone": asked["zone"], "ip_address": "10.77.0.1"}
    assert call(here, "create_a_record", taken)["status"] == "done"
    answer = call(here, "provision_host", asked)
    assert answer["error"]["code"] == "conflict"
    assert there(sandbox, HOSTS) == []


def test_a_failure_on_the_way_tells_what_was_done(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    sandbox.faults("status", match={"method": "POST", "path": FIXED}, status=400)
    answer = call(here, "provision_host", wish(sandbox))
    assert answer["status"] == "failed"
    assert (
        "Done before that: created host web-77; created record web-77"
        in (answer["error"]["message"])
    )
