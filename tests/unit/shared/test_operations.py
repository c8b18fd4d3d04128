"""What each row sends, and what it refuses before anything is sent."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from shared.catalog import Kind, Operation, Queue, Where
from shared.identifiers import ObjectId
from shared.operations import CATALOG, USUAL
from shared.operations.niosxaas import touched
from shared.wire import Request, build
from tests.support import plausible
from workers.composites import COMPOSITES, PROCEDURES

DDI = "/api/ddi/v1"
BAD_IDS = ["..", ".", "%2e%2e/", "a?b", "a#b", "a/../../b", "", "x" * 300, "dhcp/option/5"]
PAGE = {"_limit": "100", "_offset": "0"}


def arguments(tool: str, **given: Any) -> dict[str, Any]:
    return CATALOG[tool].args.model_validate(given).model_dump(mode="json")


def built(tool: str, **given: Any) -> Request:
    return build(CATALOG[tool], arguments(tool, **given), mark="job-1")


READS: list[tuple[str, dict[str, Any], str, dict[str, str]]] = [
    ("list_ip_spaces", {}, f"{DDI}/ipam/ip_space", PAGE),
    (
        "list_ip_spaces",
        {"name_filter": "a.b", "filter": 'comment=="x"', "fields": "id,name", "limit": 5},
        f"{DDI}/ipam/ip_space",
        {
            "_filter": '(comment=="x") and name~"a\\.b"',
            "_fields": "id,name",
            "_limit": "5",
            "_offset": "0",
        },
    ),
    (
        "list_ip_spaces",
        {"tag_filter": 'Site=="Berlin"', "order_by": "name desc,id", "offset": 200},
        f"{DDI}/ipam/ip_space",
        {
            "_tfilter": 'Site=="Berlin"',
            "_order_by": "name desc,id",
            "_limit": "100",
            "_offset": "200",
        },
    ),
    (
        "list_address_blocks",
        {"space_filter": "5"},
        f"{DDI}/ipam/address_block",
        PAGE | {"_filter": 'space=="ipam/ip_space/5"'},
    ),
    (
        "list_subnets",
        {"space_filter": "ipam/ip_space/5", "address_filter": "10.0.1.0"},
        f"{DDI}/ipam/subnet",
        PAGE | {"_filter": 'space=="ipam/ip_space/5" and address=="10.0.1.0"'},
    ),
    ("get_subnet", {"subnet_id": "ipam/subnet/5"}, f"{DDI}/ipam/subnet/5", {}),
    ("get_subnet", {"subnet_id": "5", "fields": "id"}, f"{DDI}/ipam/subnet/5", {"_fields": "id"}),
    (
        "list_ip_addresses",
        {"address_filter": "10.0.1.7", "state_filter": "used"},
        f"{DDI}/ipam/address",
        PAGE | {"_filter": 'address=="10.0.1.7" and state=="used"'},
    ),
    (
        "list_ip_addresses",
        {"scope": "ipam/subnet/5", "address_state": "free"},
        f"{DDI}/ipam/address",
        PAGE | {"scope": "ipam/subnet/5", "address_state": "free"},
    ),
    (
        "list_dhcp_leases",
        {"mac_filter": "00:1a:2b:3c:4d:5e"},
        f"{DDI}/dhcp/lease",
        PAGE | {"_filter": 'hardware=="00:1a:2b:3c:4d:5e"'},
    ),
    ("list_dns_zones", {}, f"{DDI}/dns/auth_zone", PAGE),
    (
        "list_dns_zones",
        {"zone_type": "forward", "name_filter": "example"},
        f"{DDI}/dns/forward_zone",
        PAGE | {"_filter": 'fqdn~"example"'},
    ),
    (
        "list_dns_records",
        {"zone_filter": "7", "name_filter": "www", "type_filter": "A"},
        f"{DDI}/dns/record",
        PAGE | {"_filter": 'zone=="dns/auth_zone/7" and name_in_zone~"www" and type=="A"'},
    ),
    (
        "list_universal_services",
        {"name_filter": 'say "hi"'},
        "/api/universalinfra/v1/universalservices",
        PAGE | {"_filter": 'name~"say ""hi"""'},
    ),
    (
        "list_security_policies",
        {"name_filter": "x"},
        "/api/atcfw/v1/security_policies",
        PAGE | {"_filter": 'name~"x"'},
    ),
    ("list_threat_named_lists", {}, "/api/atcfw/v1/named_lists", PAGE),
    (
        "list_threat_named_lists",
        {"name_filter": "bad", "limit": 5, "offset": 10},
        "/api/atcfw/v1/named_lists",
        {"_limit": "1000", "_offset": "0"},
    ),
    (
        "list_security_insights",
        {"status": "RESOLVED", "threat_type": "DGA", "priority": "HIGH", "limit": 3},
        "/api/v1/insights",
        {"status": "Closed", "threat_type": "DGA", "priority": "HIGH"},
    ),
    ("list_security_insights", {"status": "IN_PROGRESS"}, "/api/v1/insights", {"status": "Active"}),
    ("get_security_insight_details", {"insight_id": "i-5"}, "/api/v1/insights/i-5", {}),
    (
        "get_insight_comments_history",
        {"insight_id": "i-5", "start_date": "2026-05-01T10:00:00+02:00"},
        "/api/v1/insights/i-5/comments",
        {"from": "2026-05-01T08:00:00.000"},
    ),
]

WRITES: list[tuple[str, dict[str, Any], str, str, dict[str, str], dict[str, Any] | None]] = [
    (
        "create_subnet",
        {"address": "10.0.1.0/24", "space": "5", "name": "n", "tags": {"Site": "Berlin"}},
        "POST",
        f"{DDI}/ipam/subnet",
        {},
        {
            "address": "10.0.1.0",
            "cidr": 24,
            "space": "ipam/ip_space/5",
            "name": "n",
            "tags": {"Site": "Berlin", "infoblox_mq_job": "job-1"},
        },
    ),
    (
        "create_subnet",
        {"address": "9/nextavailablesubnet", "cidr": 28, "space": "5", "dhcp_host": "8"},
        "POST",
        f"{DDI}/ipam/subnet",
        {},
        {
            "address": "ipam/address_block/9/nextavailablesubnet",
            "cidr": 28,
            "space": "ipam/ip_space/5",
            "dhcp_host": "dhcp/host/8",
            "tags": {"infoblox_mq_job": "job-1"},
        },
    ),
    (
        "update_subnet",
        {"subnet_id": "5", "comment": "", "disable_dhcp": False},
        "PATCH",
        f"{DDI}/ipam/subnet/5",
        {},
        {"comment": "", "disable_dhcp": False},
    ),
    ("delete_subnet", {"subnet_id": "5"}, "DELETE", f"{DDI}/ipam/subnet/5", {}, None),
    (
        "delete_subnet",
        {"subnet_id": "ipam/subnet/5", "recurse": True},
        "DELETE",
        f"{DDI}/ipam/subnet/5",
        {"_options": "recurse=true"},
        None,
    ),
    (
        "create_a_record",
        {"name": "www", "zone": "7", "ip_address": "10.0.1.5", "ttl": 60, "comment": "c"},
        "POST",
        f"{DDI}/dns/record",
        {},
        {
            "type": "A",
            "name_in_zone": "www",
            "zone": "dns/auth_zone/7",
            "rdata": {"address": "10.0.1.5"},
            "ttl": 60,
            "inheritance_sources": {"ttl": {"action": "override"}},
            "comment": "c",
            "tags": {"infoblox_mq_job": "job-1"},
        },
    ),
    (
        "create_a_record",
        {"name": "@", "zone": "dns/auth_zone/7", "ip_address": "10.0.1.5"},
        "POST",
        f"{DDI}/dns/record",
        {},
        {
            "type": "A",
            "name_in_zone": "",
            "zone": "dns/auth_zone/7",
            "rdata": {"address": "10.0.1.5"},
            "tags": {"infoblox_mq_job": "job-1"},
        },
    ),
    (
        "delete_dns_record",
        {"record_id": "dns/record/3"},
        "DELETE",
        f"{DDI}/dns/record/3",
        {},
        None,
    ),
    (
        "update_dns_record",
        {"record_id": "3", "rdata": {"address": "10.0.1.6"}, "ttl": 60},
        "PATCH",
        f"{DDI}/dns/record/3",
        {},
        {
            "rdata": {"address": "10.0.1.6"},
            "ttl": 60,
            "inheritance_sources": {"ttl": {"action": "override"}},
        },
    ),
    (
        "create_ip_address",
        {"address": "10.0.1.7", "space": "5", "comment": "c"},
        "POST",
        f"{DDI}/ipam/address",
        {},
        {
            "address": "10.0.1.7",
            "space": "ipam/ip_space/5",
            "comment": "c",
            "tags": {"infoblox_mq_job": "job-1"},
        },
    ),
    (
        "reserve_fixed_address",
        {
            "address": "10.0.1.8",
            "space": "5",
            "match_type": "mac",
            "match_value": "00:1a:2b:3c:4d:5e",
        },
        "POST",
        f"{DDI}/dhcp/fixed_address",
        {},
        {
            "address": "10.0.1.8",
            "ip_space": "ipam/ip_space/5",
            "match_type": "mac",
            "match_value": "00:1a:2b:3c:4d:5e",
            "tags": {"infoblox_mq_job": "job-1"},
        },
    ),
    (
        "update_named_list_items",
        {"list_id": 4, "add": [{"item": "bad.example"}], "remove": [{"item": "good.example"}]},
        "PATCH",
        "/api/atcfw/v1/named_lists/4/items",
        {},
        {
            "inserted_items_described": [{"item": "bad.example"}],
            "deleted_items_described": [{"item": "good.example"}],
        },
    ),
    (
        "create_threat_named_list",
        {"name": "bad", "items": ["bad.example"], "threat_level": "HIGH"},
        "POST",
        "/api/atcfw/v1/named_lists",
        {},
        {
            "name": "bad",
            "type": "custom_list",
            "items": ["bad.example"],
            "threat_level": "HIGH",
            "tags": {"infoblox_mq_job": "job-1"},
        },
    ),
]


@pytest.mark.parametrize(("tool", "given", "path", "query"), READS)
def test_a_read_sends(tool: str, given: dict[str, Any], path: str, query: dict[str, str]) -> None:
    request = built(tool, **given)
    assert (request.method, request.path, request.body) == ("GET", path, None)
    assert dict(request.query) == query
    assert request.safe


@pytest.mark.parametrize(("tool", "given", "method", "path", "query", "body"), WRITES)
def test_a_write_sends(
    tool: str,
    given: dict[str, Any],
    method: str,
    path: str,
    query: dict[str, str],
    body: dict[str, Any] | None,
) -> None:
    request = built(tool, **given)
    assert (request.method, request.path, dict(request.query)) == (method, path, query)
    assert request.body == body
    assert not request.safe


def test_every_usual_row_that_is_one_request_has_an_example() -> None:
    shown = {example[0] for example in READS} | {example[0] for example in WRITES}
    assert shown >= {name for name in USUAL if CATALOG[name].path}


def test_a_job_id_of_the_user_does_not_pass_for_ours() -> None:
    tags = {"infoblox_mq_job": "somebody-else"}
    request = built("create_subnet", address="10.0.1.0/24", space="5", tags=tags)
    assert (request.body or {})["tags"] == {"infoblox_mq_job": "job-1"}


def test_paths_in_logs_have_no_ids() -> None:
    assert built("get_subnet", subnet_id="5").template == f"{DDI}/ipam/subnet/{{subnet_id}}"


# tool, argument, and what else the tool needs
IDS: list[tuple[str, str, dict[str, Any]]] = [
    ("get_subnet", "subnet_id", {}),
    ("update_subnet", "subnet_id", {"name": "n"}),
    ("delete_subnet", "subnet_id", {}),
    ("delete_dns_record", "record_id", {}),
    ("create_subnet", "space", {"address": "10.0.1.0/24"}),
    ("create_subnet", "dhcp_host", {"address": "10.0.1.0/24", "space": "5"}),
    ("create_a_record", "zone", {"name": "w", "ip_address": "10.0.0.1"}),
    ("list_address_blocks", "space_filter", {}),
    ("list_subnets", "space_filter", {}),
    ("list_dns_records", "zone_filter", {}),
    ("get_security_insight_details", "insight_id", {}),
    ("get_insight_comments_history", "insight_id", {}),
    ("get_vpn_endpoint_cnames", "endpoint_id", {}),
]


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize(("tool", "argument", "others"), IDS)
def test_an_id_that_is_none_is_refused(
    tool: str, argument: str, others: dict[str, Any], bad: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        arguments(tool, **others, **{argument: bad})
    assert {problem["loc"][0] for problem in caught.value.errors()} == {argument}


SINGLE = [row for row in CATALOG.values() if row.path and row.queue is Queue.INFOBLOX]
ID_ARGUMENTS = [
    pytest.param(row, name, id=f"{row.name}-{name}")
    for row in SINGLE
    for name, info in row.args.model_fields.items()
    if any(isinstance(mark, ObjectId) for mark in info.metadata)
]


@pytest.mark.parametrize(("row", "name"), ID_ARGUMENTS)
def test_every_argument_that_takes_an_id_refuses_what_is_none(row: Operation, name: str) -> None:
    for bad in BAD_IDS:
        with pytest.raises(ValidationError) as caught:
            row.args.model_validate(plausible.arguments(row, everything=True) | {name: bad})
        assert {problem["loc"][0] for problem in caught.value.errors()} == {name}


TEXT_FILTERS = [
    pytest.param(row, name, id=f"{row.name}-{name}")
    for row in CATALOG.values()
    for name, place in row.places.items()
    if isinstance(place, Where) and name in {"name_filter", "address_filter", "mac_filter"}
]


@pytest.mark.parametrize(("row", "name"), TEXT_FILTERS)
def test_a_text_that_no_filter_can_hold_is_refused_at_once(row: Operation, name: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        row.args.model_validate({name: "a\nb"})


@pytest.mark.parametrize("row", SINGLE, ids=lambda row: row.name)
def test_an_update_of_nothing_is_refused(row: Operation) -> None:
    if row.kind is Kind.UPDATE and row.name.startswith("update_"):
        given = plausible.arguments(row, everything=True)
        with pytest.raises(ValidationError, match="at least one field"):
            row.args.model_validate({name: given[name] for name in row.path_fields})


def test_an_id_may_be_called_as_answers_call_it() -> None:
    assert built("get_subnet", id="5").path == f"{DDI}/ipam/subnet/5"
    assert built("delete_ip_range", id="ipam/range/5").path == f"{DDI}/ipam/range/5"


@pytest.mark.slow
def test_the_catalog_is_built_in_less_than_a_second() -> None:
    measured = "import shared.catalog, time; t = time.process_time(); import shared.operations"
    ran = subprocess.run(
        [sys.executable, "-c", f"{measured}; print(time.process_time() - t)"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert float(ran.stdout) < 1.0


@pytest.mark.parametrize("bad", ["..", ".", "%2e%2e/", "a?b", "a#b", "", "x" * 300, "a/.."])
@pytest.mark.parametrize(
    ("tool", "argument"), [("get_subnet", "subnet_id"), ("delete_dns_record", "record_id")]
)
def test_an_id_is_checked_again_when_the_request_is_built(
    tool: str, argument: str, bad: str
) -> None:
    with pytest.raises(ValueError, match="not an object id"):
        build(CATALOG[tool], {argument: bad})


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("create_subnet", {"address": "10.0.1.0", "space": "5"}),
        ("create_subnet", {"address": "10.0.1.0/24", "cidr": 25, "space": "5"}),
        ("create_subnet", {"address": "nowhere", "cidr": 24, "space": "5"}),
        ("create_subnet", {"address": "dns/view/1/nextavailablesubnet", "cidr": 9, "space": "5"}),
        ("create_subnet", {"address": "../nextavailablesubnet", "cidr": 24, "space": "5"}),
        ("create_subnet", {"address": "10.0.1.0/129", "space": "5"}),
        ("update_subnet", {"subnet_id": "5"}),
        ("create_a_record", {"name": "w", "zone": "7", "ip_address": "10.0.0.256"}),
        ("create_a_record", {"name": "w", "zone": "7", "ip_address": "::1"}),
        ("list_subnets", {"limit": 0}),
        ("list_subnets", {"limit": 1001}),
        ("list_subnets", {"offset": -1}),
        ("list_subnets", {"fields": "id,name&x=1"}),
        ("list_subnets", {"order_by": "name sideways"}),
        ("list_dns_zones", {"zone_type": "../x"}),
        ("list_dns_records", {"type_filter": 'A" or type=="B'}),
        ("list_security_insights", {"status": "open"}),
        ("create_threat_named_list", {"name": "n", "items": []}),
        ("create_threat_named_list", {"name": "n", "items": ["x"], "list_type": "default_allow"}),
    ],
)
def test_wrong_arguments_are_refused(tool: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        arguments(tool, **given)


def test_the_two_spellings_of_a_network_are_one_call() -> None:
    short = arguments("create_subnet", address="10.0.1.0/24", space="5")
    long = arguments("create_subnet", address="10.0.1.0", cidr=24, space="ipam/ip_space/5")
    assert short == long


def test_a_version_6_network_is_written_in_its_short_form() -> None:
    given = arguments("create_subnet", address="2001:DB8:0::/64", space="5")
    assert (given["address"], given["cidr"]) == ("2001:db8::", 64)


@pytest.mark.parametrize("row", CATALOG.values(), ids=lambda row: row.name)
def test_every_write_says_what_it_changes_and_every_read_what_it_reads(row: Operation) -> None:
    assert bool(row.changes) == row.writes
    assert bool(row.reads) != row.writes
    assert row.targets or row.touches or not row.writes


@pytest.mark.parametrize("row", CATALOG.values(), ids=lambda row: row.name)
def test_every_create_can_be_found_again_or_says_that_it_cannot(row: Operation) -> None:
    if row.kind in {Kind.CREATE, Kind.ACTION} and row.path:
        assert row.recovery or not row.marker
        # Without a mark nobody can tell whose the object is that is there.
        assert bool(row.marker) != ("`unknown`" in row.description)


@pytest.mark.parametrize("row", CATALOG.values(), ids=lambda row: row.name)
def test_every_collection_is_of_one_service(row: Operation) -> None:
    same = {
        name
        for other in CATALOG.values()
        if other.queue is not row.queue
        for name in (*other.reads, *other.changes)
    }
    assert not same & {*row.reads, *row.changes}


def test_every_collection_that_is_changed_can_be_read() -> None:
    changed = {name for row in CATALOG.values() for name in row.changes}
    read = {name for row in CATALOG.values() for name in row.reads}
    assert changed - read == {"bulk", "doh_fqdn"}


def test_the_rows_without_a_path_are_those_that_a_worker_composes() -> None:
    composed = {
        name for name, row in CATALOG.items() if row.path is None and row.kind is not Kind.BULK
    }
    assert composed == COMPOSITES.keys() | PROCEDURES.keys()
    assert {name for name in composed if CATALOG[name].writes} == PROCEDURES.keys()


def test_every_queue_has_a_tool() -> None:
    assert {row.queue for row in CATALOG.values()} == set(Queue)


def test_taking_the_next_free_subnet_twice_is_two_calls() -> None:
    row = CATALOG["create_subnet"]
    taking = arguments("create_subnet", address="9/nextavailablesubnet", cidr=28, space="5")
    assert not row.joins(taking)
    assert row.joins(arguments("create_subnet", address="10.0.1.0/24", space="5"))


def test_a_configure_touches_every_id_and_name_of_its_payload_but_no_label() -> None:
    payload = {
        "universal_service": {"operation": "UPDATE", "id": "infra/universal_service/s1"},
        "endpoints": {
            "create": [{"id": "ref_e", "name": "berlin"}],
            "update": [{"id": "e2", "name": None}],
            "delete": ["infra/endpoint/e3"],
        },
        "credentials": {"create": [{"id": "ref_c", "name": "key", "value": "never"}]},
        "locations": None,
    }
    assert touched({"vpn_payload": payload}) == ("berlin", "e2", "e3", "key", "s1")


def test_a_service_whose_name_ends_in_a_slash_is_touched_too() -> None:
    payload = {"universal_service": {"operation": "CREATE", "name": "prod/"}}
    assert any(touched({"vpn_payload": payload}))


def test_a_service_whose_name_looks_like_a_label_is_touched_too() -> None:
    payload = {"universal_service": {"operation": "CREATE", "name": "ref_prod"}}
    assert any(touched({"vpn_payload": payload}))
