"""The whole path on real parts: front end, ledger, dramatiq workers, HTTP, the sandbox."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infoblox_mq import ROOT
from shared.broker import message
from shared.catalog import Queue
from shared.clock import SystemClock
from shared.results import LedgerResults
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
SUBNETS = "/api/ddi/v1/ipam/subnet"


def results(answers: list[Json]) -> list[Any]:
    """Return the results, after making sure that all calls ended well."""
    assert [answer["status"] for answer in answers] == ["done"] * len(answers), answers
    return [answer.get("result") for answer in answers]


def test_every_read_of_the_catalog_is_answered(stack: Begin) -> None:
    here = stack("infoblox", "niosxaas", "atcfw", "insights")
    settings = front_settings(here.env)
    listed = results(
        ask(
            settings,
            ("list_ip_spaces", {"name_filter": "Corp", "limit": 5}),
            ("list_address_blocks", {"limit": 5}),
            ("list_subnets", {"limit": 2, "order_by": "address"}),
            ("list_dns_zones", {"zone_type": "auth"}),
            ("list_dns_zones", {"zone_type": "forward"}),
            ("list_dns_records", {"type_filter": "A", "limit": 3}),
            ("list_security_policies", {}),
            ("list_threat_named_lists", {"name_filter": "block"}),
            ("list_security_insights", {"status": "OPEN"}),
            ("list_universal_services", {}),
        )
    )
    for found in listed:
        assert found["items"], listed
    assert listed[2]["next_offset"] == 2
    zones = {zone["id"].split("/")[1] for zone in listed[3]["items"]}
    forwarded = {zone["id"].split("/")[1] for zone in listed[4]["items"]}
    assert (zones, forwarded) == ({"auth_zone"}, {"forward_zone"})
    service = listed[9]["items"][0]
    one = results(
        ask(
            settings,
            ("get_subnet", {"subnet_id": listed[2]["items"][0]["id"]}),
            ("get_security_insight_details", {"insight_id": listed[8]["items"][0]["insightId"]}),
            ("get_vpn_endpoint_cnames", {"service_name": service["name"]}),
        )
    )
    assert one[0]["address"] == listed[2]["items"][0]["address"]
    assert one[1]["insightId"] == listed[8]["items"][0]["insightId"]
    assert (len(one[2]["cnames"]), one[2]["ready"]) == (2, True)


def test_a_filter_that_the_api_lacks_searches_every_page(stack: Begin) -> None:
    here = stack("atcfw")
    settings = front_settings(here.env)
    names = [f"list-{number:02}" for number in range(12)]
    results(
        ask(
            settings,
            *(
                ("create_threat_named_list", {"name": name, "items": ["example.org"]})
                for name in names
            ),
        )
    )
    page, rest = results(
        ask(
            settings,
            ("list_threat_named_lists", {"name_filter": "LIST-", "limit": 10}),
            ("list_threat_named_lists", {"name_filter": "LIST-", "limit": 10, "offset": 10}),
        )
    )
    assert (len(page["items"]), page["next_offset"], page["total"]) == (10, 10, 12)
    assert (len(rest["items"]), rest["next_offset"]) == (2, None)


def test_a_subnet_lives_from_its_creation_to_its_end(stack: Begin) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    (spaces,) = results(ask(settings, ("list_ip_spaces", {})))
    space = spaces["items"][0]["id"]
    (made,) = results(
        ask(settings, ("create_subnet", {"address": "10.240.8.0/24", "space": space}))
    )
    (found,) = results(
        ask(settings, ("list_subnets", {"address_filter": "10.240.8.0", "space_filter": space}))
    )
    assert [row["id"] for row in found["items"]] == [made["id"]]
    (changed,) = results(
        ask(settings, ("update_subnet", {"subnet_id": made["id"], "comment": "lab"}))
    )
    assert changed["comment"] == "lab"
    results(ask(settings, ("delete_subnet", {"subnet_id": made["id"]})))
    (gone,) = ask(settings, ("get_subnet", {"subnet_id": made["id"]}))
    assert gone["error"]["code"] == "refused"


def test_a_record_is_made_once_and_its_double_is_a_conflict(stack: Begin) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env, join_after_seconds=0.001)
    (zones,) = results(ask(settings, ("list_dns_zones", {"limit": 1})))
    record = {"name": "once", "zone": zones["items"][0]["id"], "ip_address": "10.9.9.9", "ttl": 60}
    (made,) = results(ask(settings, ("create_a_record", record)))
    assert made["ttl"] == 60
    (again,) = ask(settings, ("create_a_record", record))
    assert again["error"]["code"] == "conflict"
    results(ask(settings, ("delete_dns_record", {"record_id": made["id"]})))


def test_fifty_equal_questions_reach_the_api_once(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    sandbox.faults("slow", match={"path": SUBNETS}, seconds=1.0, times=1)
    answers = ask(front_settings(here.env), *[("list_subnets", {"limit": 7})] * 50)
    assert all(answer["result"] == answers[0]["result"] for answer in answers)
    assert len(sandbox.journal(path=SUBNETS)) == 1
    assert sum(answer["meta"]["joined"] for answer in answers) == 49


def test_two_equal_allocations_give_two_subnets(stack: Begin) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    (blocks,) = results(ask(settings, ("list_address_blocks", {"limit": 100})))
    block = next(row for row in blocks["items"] if row["cidr"] <= 16)
    wanted = {
        "address": f"{block['id']}/nextavailablesubnet",
        "cidr": 28,
        "space": block["space"],
    }
    first, second = results(ask(settings, ("create_subnet", wanted), ("create_subnet", wanted)))
    assert first["address"] != second["address"]
    keyed = wanted | {"idempotency_key": "one"}
    third, fourth = results(ask(settings, ("create_subnet", keyed), ("create_subnet", keyed)))
    assert third["address"] == fourth["address"]


def test_an_id_that_leaves_the_route_never_reaches_the_wire(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    ids = ["..", ".", "%2e%2e/", "a?b", "a#b", "a/../../b", "", "x" * 300, "dns/record/abc"]
    answers = ask(front_settings(here.env), *(("get_subnet", {"subnet_id": one}) for one in ids))
    assert {answer["error"]["code"] for answer in answers} == {"invalid_arguments"}
    assert sandbox.journal() == []


def test_a_throttled_read_waits_as_long_as_it_was_told(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    sandbox.faults(
        "status", status=429, headers={"Retry-After": 1}, match={"path": SUBNETS}, times=1
    )
    results(ask(front_settings(here.env), ("list_subnets", {"limit": 3})))
    first, second = sandbox.journal(path=SUBNETS)
    assert second["started"] - first["ended"] >= 1.0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 401}, "not_configured"),
        ({"kind": "status", "status": 403}, "refused"),
        ({"kind": "html", "status": 502}, "unavailable"),
        ({"kind": "reset_before"}, "unavailable"),
        ({"kind": "truncate"}, "unavailable"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.get("status", value["kind"])),
)
def test_a_bad_answer_becomes_an_error_with_advice(
    stack: Begin, sandbox: Sandbox, *, fault: Json, code: str
) -> None:
    here = stack("insights")
    sandbox.faults(match={"path": "/api/v1/insights"}, **fault)
    (answer,) = ask(front_settings(here.env), ("list_security_insights", {}))
    assert answer["error"]["code"] == code
    assert answer["error"]["advice"]
    assert "<" not in answer["error"]["message"]


def test_the_api_key_and_the_pre_shared_key_stay_where_they_belong(
    stack: Begin, sandbox: Sandbox, tmp_path: Path
) -> None:
    psk = "canary-of-a-pre-shared-key"
    here = stack("niosxaas")
    settings = front_settings(here.env)
    payload = vpn_payload("secretive", psk=psk)
    (answer,) = ask(settings, ("configure_vpn_infrastructure", {"vpn_payload": payload}))
    assert answer["status"] == "done", answer
    (asked,) = ask(settings, ("job_status", {"job_id": answer["job_id"]}))
    # The append-only file holds every command the store has ever seen, and the log is beside it.
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"configure_vpn_infrastructure" in raw for raw in files)
    for secret in (psk, sandbox.key):
        assert secret not in f"{answer} {asked} {here.logs}"
        assert not any(secret.encode() in raw for raw in files)


def test_dramatiqs_own_command_runs_a_worker(stack: Begin) -> None:
    here = stack()
    command = "-m dramatiq workers.insights -p 1 -t 2 -Q insights"
    here.launch("insights", [sys.executable, *command.split(), "--path", str(ROOT)])
    here.ready()
    results(ask(front_settings(here.env), ("list_security_insights", {"limit": 1})))


def test_a_message_of_dramatiq_gives_the_jobs_result(stack: Begin) -> None:
    here = stack("insights")
    (answer,) = ask(front_settings(here.env), ("list_security_insights", {"limit": 1}))
    backend = LedgerResults(here.ledger(), SystemClock())
    found = backend.get_result(message(Queue.INSIGHTS, answer["job_id"]))
    assert found == answer["result"]
