"""A VPN from its creation to its deletion, step by step and through lost answers and dead workers.
Judged by the sandbox's journal and by what the account holds in the end."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from shared.ledger import Job
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.jobs import END_SECONDS, ended
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
BASE = "/api/universalinfra/v1"
KEYS = "/api/iam/v2/keys"
CONFIGURE = "/consolidated/configure"
PSK = "canary-canary-canary"
QUICK = {
    "connect_timeout_seconds": 0.3,
    "read_timeout_seconds": 0.7,
    "vpn_read_timeout_seconds": 0.7,
    "lease_seconds": 1.5,
    "sweep_seconds": 0.2,
    "vpn_ready_seconds": 30,
    "vpn_tunnel_rest_seconds": 0.5,
    "vpn_backoff_base_seconds": 0.3,
}


def done(here: Stack, tool: str, **arguments: Any) -> Json:
    """Call a tool and return its result; it must end well."""
    answer = called(here, tool, **arguments)
    assert answer["status"] == "done", answer
    result: Json = answer["result"]
    return result


def called(here: Stack, tool: str, **arguments: Any) -> Json:
    """Call a tool and return the envelope of its end."""
    (answer,) = ask(front_settings(here.env, wait_seconds=END_SECONDS), (tool, arguments))
    return answer


def begun(here: Stack, tool: str, **arguments: Any) -> str:
    """Hand a call in and return its job id at once."""
    (answer,) = ask(front_settings(here.env, wait_seconds=0.05), (tool, arguments))
    return str(answer["job_id"])


def held(sandbox: Sandbox, path: str) -> list[Json]:
    """Return what the account holds, asked without our product in between."""
    answer = requests.get(
        f"{sandbox.url}{path}", headers={"Authorization": f"Token {sandbox.key}"}, timeout=5
    )
    rows: list[Json] = answer.json()["results"]
    return rows


def named(sandbox: Sandbox, path: str, name: str) -> Json:
    """Return the one row of this name."""
    (row,) = [row for row in held(sandbox, path) if row.get("name") == name]
    return row


def writes(sandbox: Sandbox, since: int = 0) -> list[tuple[str, str]]:
    """Return the changes that were applied, by method and the end of their path."""
    return [
        (entry["method"], entry["path"].rpartition("/")[2])
        for entry in sandbox.journal(since=since)
        if entry["applied"]
    ]


def made(here: Stack, name: str) -> Json:
    """Make a VPN and return its result."""
    return done(here, "configure_vpn_infrastructure", vpn_payload=vpn_payload(name, psk=PSK))


def change(service_id: str, **sections: Any) -> Json:
    """Return an UPDATE of a service."""
    return {"universal_service": {"operation": "UPDATE", "id": service_id}, **sections}


def test_wait_until_ready_tells_each_step_and_ends_with_the_addresses(
    stack: Begin, sandbox: Sandbox
) -> None:
    sandbox.vpn(provisioning_seconds=1.5)
    here = stack("niosxaas", **QUICK)
    payload = vpn_payload("ready", psk=PSK)
    job_id = begun(here, "configure_vpn_infrastructure", vpn_payload=payload, wait_until="ready")
    ledger = here.ledger()
    until(lambda: "addresses" in _note(ledger.read(job_id)), what="news of the provisioning")
    job = ended(here, job_id)
    assert job.state == "done", job
    assert job.outcome is not None
    result = job.outcome.result
    assert result is not None
    assert result["ready"] is True
    assert len(result["endpoints"][0]["cnames"]) == 2
    assert result["endpoints"][0]["service_ip"] == "10.10.10.3"
    assert result["capabilities"] == [{"type": "dns", "service_status": "Available"}]
    assert [len(site["tunnels"]) for site in result["access_locations"]] == [2]
    steps = [step["step"] for step in result["steps"]]
    assert steps[0] == "accepted by Infoblox"
    assert "endpoint ready-endpoint: 1 of 2 addresses" in steps
    assert "capability dns: Available" in steps
    assert PSK not in str(result)
    assert job.tries == 1


def _note(job: Job | None) -> str:
    return job.note if job else ""


def test_what_never_comes_up_ends_done_and_not_ready_with_the_last_words(
    stack: Begin, sandbox: Sandbox
) -> None:
    sandbox.vpn(provisioning_seconds=1000)
    here = stack("niosxaas", **QUICK | {"vpn_ready_seconds": 0.8})
    payload = vpn_payload("slow", psk=PSK)
    result = done(here, "configure_vpn_infrastructure", vpn_payload=payload, wait_until="ready")
    assert result["ready"] is False
    assert "not ready after 1 s; last seen: endpoint slow-endpoint: 0 of 2" in result["note"]


def test_a_cancelled_wait_for_ready_is_done_and_not_ready(stack: Begin, sandbox: Sandbox) -> None:
    sandbox.vpn(provisioning_seconds=1000)
    here = stack("niosxaas", **QUICK)
    job_id = begun(
        here,
        "configure_vpn_infrastructure",
        vpn_payload=vpn_payload("enough", psk=PSK),
        wait_until="ready",
    )
    ledger = here.ledger()
    until(lambda: "provisioning" in _note(ledger.read(job_id)), what="the provisioning")
    answer = called(here, "job_cancel", job_id=job_id)
    assert "accepted the change already" in answer["result"]["message"]
    job = ended(here, job_id)
    assert job.state == "done"
    assert job.outcome is not None
    assert job.outcome.result is not None
    assert job.outcome.result["ready"] is False
    assert named(sandbox, f"{BASE}/universalservices", "enough")


def test_workers_killed_while_it_comes_up_lose_and_repeat_nothing(
    stack: Begin, sandbox: Sandbox
) -> None:
    sandbox.vpn(provisioning_seconds=3)
    here = stack("niosxaas", **QUICK)
    payload = vpn_payload("killed", psk=PSK)
    job_id = begun(here, "configure_vpn_infrastructure", vpn_payload=payload, wait_until="ready")
    ledger = here.ledger()
    until(lambda: "provisioning" in _note(ledger.read(job_id)), what="the provisioning")
    here.restart("niosxaas")
    job = ended(here, job_id)
    assert job.outcome is not None
    assert job.outcome.result is not None
    assert job.outcome.result["ready"] is True
    assert [name for _, name in writes(sandbox)] == ["configure"]


def test_another_change_goes_on_while_one_is_followed(stack: Begin, sandbox: Sandbox) -> None:
    sandbox.vpn(provisioning_seconds=1000)
    here = stack("niosxaas", **QUICK)
    payload = vpn_payload("followed", psk=PSK)
    job_id = begun(here, "configure_vpn_infrastructure", vpn_payload=payload, wait_until="ready")
    ledger = here.ledger()
    until(lambda: "provisioning" in _note(ledger.read(job_id)), what="the provisioning")
    service = named(sandbox, f"{BASE}/universalservices", "followed")
    more = change(service["id"])
    more["universal_service"] |= {"name": "followed", "description": "meanwhile"}
    done(here, "configure_vpn_infrastructure", vpn_payload=more)
    job = ledger.read(job_id)
    assert job is not None
    assert job.state == "waiting"


def test_an_update_changes_adds_and_deletes_in_one_call(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", **QUICK)
    service = made(here, "mixed")["universal_service"]
    site = named(sandbox, f"{BASE}/accesslocations", "mixed-site")
    endpoint = named(sandbox, f"{BASE}/endpoints", "mixed-endpoint")
    second = vpn_payload("second")["endpoints"]["create"][0]
    payload = change(
        service["id"],
        endpoints={
            "create": [second],
            "update": [
                {
                    "id": endpoint["id"],
                    **{name: endpoint[name] for name in ("name", "service_location", "service_ip")},
                    "size": "M",
                    "neighbour_ips": endpoint["neighbour_ips"],
                }
            ],
        },
        access_locations={"delete": [site["id"]]},
    )
    done(here, "configure_vpn_infrastructure", vpn_payload=payload)
    assert named(sandbox, f"{BASE}/endpoints", "mixed-endpoint")["size"] == "M"
    assert named(sandbox, f"{BASE}/endpoints", "second-endpoint")
    assert not [row for row in held(sandbox, f"{BASE}/accesslocations") if row["id"] == site["id"]]


@pytest.mark.parametrize("applied", [True, False])
def test_an_update_whose_answer_was_lost_is_told_from_the_change_log(
    stack: Begin, sandbox: Sandbox, applied: bool
) -> None:
    here = stack("niosxaas", **QUICK)
    service = made(here, "doubted")["universal_service"]
    second = vpn_payload("added")["endpoints"]["create"][0]
    kind = "reset_after_apply" if applied else "reset_before"
    before = len(sandbox.journal())
    sandbox.faults(kind, match={"method": "POST", "path": CONFIGURE}, times=1)
    payload = change(service["id"], endpoints={"create": [second]})
    done(here, "configure_vpn_infrastructure", vpn_payload=payload)
    assert writes(sandbox, before) == [("POST", "configure")]
    assert named(sandbox, f"{BASE}/endpoints", "added-endpoint")


def test_a_service_that_others_changed_in_between_ends_unknown(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("niosxaas", **QUICK)
    service = made(here, "contested")["universal_service"]
    sandbox.faults("reset_before", match={"method": "POST", "path": CONFIGURE}, times=1)
    payload = change(service["id"])
    payload["universal_service"] |= {"name": "contested", "description": "ours"}
    job_id = begun(here, "configure_vpn_infrastructure", vpn_payload=payload)
    ledger = here.ledger()
    until(lambda: "unknown" in _note(ledger.read(job_id)), what="the doubt")
    requests.put(
        f"{sandbox.url}{BASE}/universalservices/{service['id']}",
        headers={"Authorization": f"Token {sandbox.key}"},
        json={"name": "contested", "description": "theirs", "capabilities": [{"type": "dns"}]},
        timeout=5,
    ).raise_for_status()
    job = ended(here, job_id)
    assert job.state == "unknown"
    assert job.outcome is not None
    assert job.outcome.problem is not None
    assert "universal_service.description" in job.outcome.problem.message
    assert "list_vpn_config_changes" in job.outcome.problem.advice


def test_a_service_is_deleted_in_order_and_tried_again_while_busy(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("niosxaas", **QUICK)
    made(here, "doomed")
    before = len(sandbox.journal())
    sandbox.faults("status", match={"method": "DELETE"}, status=409, times=2)
    plan = done(here, "delete_vpn_service", service_name="doomed", dry_run=True)
    assert [request["method"] for request in plan["requests"]] == ["DELETE"] * 3
    assert writes(sandbox, before) == []
    refused = called(here, "delete_vpn_service", service_name="doomed")
    assert refused["error"]["code"] == "invalid_arguments"
    assert "confirm" in refused["error"]["message"]
    result = done(here, "delete_vpn_service", service_name="doomed", confirm=True)
    assert result["deleted"] == [
        "deleted access location doomed-site",
        "deleted endpoint doomed-endpoint",
        "deleted service doomed",
    ]
    assert [method for method, _ in writes(sandbox, before)] == ["DELETE"] * 3
    assert [
        row for row in held(sandbox, f"{BASE}/universalservices") if row["name"] == "doomed"
    ] == []


@pytest.mark.parametrize("fault", ["reset_after_apply", "reset_before"])
def test_a_deletion_goes_on_after_lost_answers_and_dead_workers(
    stack: Begin, sandbox: Sandbox, fault: str
) -> None:
    here = stack("niosxaas", **QUICK)
    made(here, "doomed")
    made(here, "spared")
    sandbox.faults(fault, match={"method": "DELETE", "path": "endpoints"}, times=1)
    job_id = begun(here, "delete_vpn_service", service_name="doomed", confirm=True)
    until(lambda: sandbox.journal(method="DELETE"), what="the first deletion")
    here.restart("niosxaas")
    assert ended(here, job_id).state == "done"
    names = {row["name"] for row in held(sandbox, f"{BASE}/universalservices")}
    assert "doomed" not in names
    assert "spared" in names


def test_a_name_in_another_case_deletes_nothing_and_is_told(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", **QUICK)
    made(here, "Case")
    answer = called(here, "delete_vpn_service", service_name="case", confirm=True)
    assert answer["error"]["code"] == "refused"
    assert "there is 'Case'" in answer["error"]["message"]
    assert sandbox.journal(method="DELETE") == []


def test_new_tunnel_addresses_leave_everything_else_as_it_was(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("niosxaas", **QUICK | {"join_after_seconds": 0.001})
    payload = vpn_payload("moved", psk=PSK)
    payload["universal_service"]["capabilities"] = [{"type": "dns"}, {"type": "dhcp"}]
    done(here, "configure_vpn_infrastructure", vpn_payload=payload)
    site = named(sandbox, f"{BASE}/accesslocations", "moved-site")
    addresses = ["198.51.100.7", "198.51.100.8"]
    call: Json = {"location_id": site["id"], "wan_ip_addresses": addresses}
    plan = done(here, "update_vpn_access_location", **call, dry_run=True)
    assert plan["requests"][0]["body"]["universal_service"]["operation"] == "UPDATE"
    result = done(here, "update_vpn_access_location", **call)
    assert result["access_ips"] == {"primary": addresses[0], "secondary": addresses[1]}
    service = named(sandbox, f"{BASE}/universalservices", "moved")
    assert {one["type"] for one in service["capabilities"]} == {"dns", "dhcp"}
    after = named(sandbox, f"{BASE}/accesslocations", "moved-site")
    assert _addresses(after) == addresses
    assert {**after, "tunnel_configs": 0} == {**site, "tunnel_configs": 0}
    # As asked already: nothing is sent, however often it is asked.
    count = len(writes(sandbox))
    again = done(here, "update_vpn_access_location", **call)
    assert again["changed"] is False
    assert len(writes(sandbox)) == count


def _addresses(site: Json) -> list[str]:
    return [
        tunnel["access_ip"]
        for config in site["tunnel_configs"]
        for tunnel in config["physical_tunnels"]
    ]


@pytest.mark.parametrize("kills", [False, True])
def test_a_rebuild_deletes_rests_and_creates_once_whatever_dies(
    stack: Begin, sandbox: Sandbox, kills: bool
) -> None:
    sandbox.vpn(tunnel_pool_seconds=0.3)
    here = stack("niosxaas", **QUICK)
    made(here, "rebuilt")
    site = named(sandbox, f"{BASE}/accesslocations", "rebuilt-site")
    cnames = named(sandbox, f"{BASE}/endpoints", "rebuilt-endpoint")["cnames"]
    if kills:
        sandbox.faults("reset_after_apply", match={"method": "POST", "path": CONFIGURE}, times=2)
    job_id = begun(
        here,
        "rebuild_vpn_access_location",
        access_location_id=site["id"],
        psk=PSK,
        tunnels=[
            {"path": "primary", "access_ip": "198.51.100.7", "neighbour_ip": "169.254.21.1"},
            {"path": "secondary", "access_ip": "198.51.100.8", "neighbour_ip": "169.254.22.1"},
        ],
    )
    if kills:
        until(lambda: len(sandbox.journal(path=CONFIGURE)) >= 2, what="the deletion")
        here.restart("niosxaas")
    job = ended(here, job_id)
    assert job.state == "done", job
    assert job.outcome is not None
    assert job.outcome.result is not None
    assert job.outcome.result["cnames_unchanged"] is True
    after = named(sandbox, f"{BASE}/accesslocations", "rebuilt-site")
    assert after["id"] != site["id"]
    assert _addresses(after) == ["198.51.100.7", "198.51.100.8"]
    assert named(sandbox, f"{BASE}/endpoints", "rebuilt-endpoint")["cnames"] == cnames
    own = [row["name"] for row in held(sandbox, KEYS) if row["name"].endswith(job_id[:8])]
    assert sorted(own) == [f"rebuilt-site-{path}-{job_id[:8]}" for path in ("pri", "sec")]
    assert [name for _, name in writes(sandbox)] == ["configure"] * 3
    assert PSK not in str(job)


@pytest.mark.parametrize("fault", [None, "reset_after_apply", "reset_before"])
def test_a_key_is_made_once_under_a_name_of_the_job(
    stack: Begin, sandbox: Sandbox, fault: str | None
) -> None:
    here = stack("niosxaas", **QUICK)
    if fault:
        sandbox.faults(fault, match={"method": "POST", "path": KEYS}, times=1)
    job_id = begun(here, "create_vpn_credential", name="site", value=PSK)
    job = ended(here, job_id)
    assert job.state == "done", job
    assert job.outcome is not None
    assert job.outcome.result is not None
    assert job.outcome.result["name"] == f"site-{job_id[:8]}"
    assert PSK not in str(job.outcome)
    assert len([row for row in held(sandbox, KEYS) if row["name"].startswith("site-")]) == 1


def test_a_key_of_a_given_name_that_was_sent_ends_unknown_when_the_answer_is_lost(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("niosxaas", **QUICK)
    sandbox.faults("reset_after_apply", match={"method": "POST", "path": KEYS}, times=1)
    call: Json = {"name": "exact", "value": PSK, "unique_suffix": False}
    answer = called(here, "create_vpn_credential", **call)
    assert (answer["status"], answer["error"]["code"]) == ("unknown", "unknown_outcome")
    assert called(here, "create_vpn_credential", **call)["job_id"] == answer["job_id"]
    answer = called(here, "create_vpn_credential", **call, idempotency_key="once more")
    assert answer["error"]["code"] == "conflict"


def test_keys_of_other_kinds_are_neither_shown_nor_deleted(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", **QUICK)
    others = [row for row in held(sandbox, KEYS) if row["key_type"] != "psk"]
    assert others
    shown = done(here, "list_vpn_credentials")["items"]
    assert not {row["id"] for row in shown} & {row["id"] for row in others}
    assert "key_data" not in str(shown)
    for tool in ("get_vpn_credential", "delete_vpn_credential"):
        answer = called(here, tool, credential_id=others[0]["id"])
        assert answer["error"]["code"] == "refused"
    made_key = done(here, "create_vpn_credential", name="short-lived", value=PSK)
    assert done(here, "get_vpn_credential", credential_id=made_key["id"]) == made_key
    done(here, "delete_vpn_credential", credential_id=made_key["id"])
    assert {row["id"] for row in others} <= {row["id"] for row in held(sandbox, KEYS)}
    assert made_key["id"] not in {row["id"] for row in held(sandbox, KEYS)}


def test_a_dry_run_of_every_kind_sends_nothing(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", "infoblox", **QUICK)
    payload = vpn_payload("planned", psk=PSK)
    plan = done(here, "configure_vpn_infrastructure", vpn_payload=payload, dry_run=True)
    assert plan["requests"][0]["body"]["universal_service"]["name"] == "planned"
    assert PSK not in str(plan)
    (subnet,) = done(here, "list_subnets", limit=1)["items"]
    call: Json = {"subnet_id": subnet["id"], "comment": "new words"}
    plan = done(here, "update_subnet", **call, dry_run=True)
    assert plan["would_change"] == {
        "comment": {"from": subnet["comment"], "to": "new words"},
    }
    plan = done(here, "delete_subnet", subnet_id=subnet["id"], dry_run=True)
    assert plan["would_delete"]["id"] == subnet["id"]
    answer = called(here, "delete_subnet", subnet_id="nowhere", dry_run=True)
    assert answer["error"]["code"] == "refused"
    assert writes(sandbox) == []
