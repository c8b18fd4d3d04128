"""The rows of the queues beside infoblox against the contracts of their services.

The contracts are files beside the checkout, `../shared/api/*.yaml`; without them these tests are
skipped. What differs on purpose stands in the tables below with its reason.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.catalog import Kind, Operation
from shared.operations import CATALOG
from shared.wire import Request, build
from tests.support.plausible import arguments, checked

PAGES = Path(__file__).parents[3] / "shared" / "api"
SERVICES = ("niosxaas", "atcfw", "insights")
if not all((PAGES / f"{name}.yaml").exists() for name in SERVICES):
    pytest.skip("the contracts are not at hand", allow_module_level=True)

OPERATIONS: list[dict[str, Any]] = [
    op
    for name in SERVICES
    for op in yaml.load((PAGES / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)["operations"]
    if op["expose_as_tool"]
]
# Query parameters that are not offered.
NOT_ASKED = {
    "_page_token": "pages are read by offset",
    "include_access_codes": "bypass codes are secrets",
    "id": "the service id says it",
    "name": "list tools find by name",
    "type": "it is for the look-up by name",
}
# Query parameters beyond the contract's list of the operation.
ASKED_TOO: dict[str, set[str]] = {}
# Fields of a body that are not offered.
NOT_SENT = {
    "create_vpn_credential": {"source_id", "key_type", "active", "key_data"},
    "update_security_policy": {"dfp_services"},
    "check_dfp_config": {"notify"},
    "replace_app_approvals": {"fields"},
    "update_app_approvals": {"fields"},
    "update_dfp_service": {"service_id"},
    "update_named_list_items": {"updated_items_described"},
    "update_named_list": {"type"},
    "update_vpn_endpoint": {"<endpoint fields>"},
}
# Tools of which the contract describes one of several requests.
SEVERAL = {
    "configure_vpn_infrastructure",
    "create_vpn_credential",
    "delete_vpn_credential",
    "delete_vpn_service",
    "get_vpn_credential",
    "get_vpn_endpoint_cnames",
    "list_vpn_credentials",
    "rebuild_vpn_access_location",
    "update_security_insight_status",
    "update_td_insight_status",
    "update_vpn_access_location",
}
COLLECTIONS = {
    "niosxaas_services": "universal_service",
    "niosxaas_endpoints": "vpn_endpoint",
    "niosxaas_access_locations": "access_location",
    "niosxaas_credentials": "vpn_credential",
    "niosxaas_locations": "vpn_location",
    "security_policies": "security_policy",
}
# Kinds that differ from the contract's word.
KINDS = {
    "check_dfp_config": (Kind.READ, "without notify nothing comes of it"),
    "create_doh_fqdn": (Kind.ACTION, "each call makes another name"),
    "configure_vpn_infrastructure": (Kind.CONFIGURE, "it creates and changes"),
    "update_vpn_access_location": (Kind.UPDATE, "the configure it sends is an UPDATE"),
    "rebuild_vpn_access_location": (Kind.UPDATE, "what it makes takes the place of what was"),
}
SINGLE = [op for op in OPERATIONS if op["tool"] not in SEVERAL]
WRITING = [op for op in SINGLE if op["body"] and op["method"] != "GET"]


def named(op: dict[str, Any]) -> str:
    return str(op["tool"])


def alone(op: dict[str, Any]) -> set[str]:
    """Return the fields that cannot be given together with the others."""
    names = {field["name"] for field in op["body"]}
    return {"items"} if "items_described" in names else set()


def row_of(op: dict[str, Any]) -> Operation:
    return CATALOG[op["tool"]]


def sent(op: dict[str, Any], *, everything: bool) -> Request:
    row = row_of(op)
    return build(row, checked(row, arguments(row, everything=everything)), mark="job-1")


def template(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "{id}", path)


def test_every_operation_has_its_tool_and_every_tool_its_operation() -> None:
    wanted = {op["tool"] for op in OPERATIONS}
    have = {name for name, row in CATALOG.items() if row.queue in SERVICES}
    assert have == wanted


def test_what_takes_several_requests_has_no_path() -> None:
    assert {op["tool"] for op in OPERATIONS if row_of(op).path is None} == SEVERAL


@pytest.mark.parametrize("op", SINGLE, ids=named)
def test_method_and_path_are_those_of_the_contract(op: dict[str, Any]) -> None:
    row = row_of(op)
    assert (row.method, template(row.path or "")) == (op["method"], template(op["path"]))
    assert row.queue == op["queue"]


@pytest.mark.parametrize("op", SINGLE, ids=named)
def test_the_query_is_that_of_the_contract(op: dict[str, Any]) -> None:
    wanted = {param["name"] for param in op["query_params"]}
    asked = {name for name, _ in sent(op, everything=True).query}
    assert asked <= wanted | ASKED_TOO.get(op["tool"], set())
    assert wanted - set(NOT_ASKED) <= asked
    for param in op["query_params"]:
        if param.get("required"):
            assert param["name"] in {name for name, _ in sent(op, everything=False).query}


@pytest.mark.parametrize("op", WRITING, ids=named)
def test_the_body_has_the_fields_of_the_contract(op: dict[str, Any]) -> None:
    wanted = {field["name"] for field in op["body"]}
    found = set(sent(op, everything=True).body or {})
    if op["tool"] != "update_vpn_endpoint":  # of which the contract names no field
        assert found <= wanted
    assert wanted - NOT_SENT.get(op["tool"], set()) - alone(op) <= found


@pytest.mark.parametrize("op", WRITING, ids=named)
def test_the_least_body_has_what_the_contract_requires(op: dict[str, Any]) -> None:
    row = row_of(op)
    required = {field["name"] for field in op["body"] if field.get("required")}
    kept = set(row.keeps.fields) if row.keeps else set()
    found = set(sent(op, everything=False).body or {})
    assert required - NOT_SENT.get(op["tool"], set()) - alone(op) <= found | kept


@pytest.mark.parametrize(
    "op", [op for op in SINGLE if op["method"] == "PUT" and op["path"].endswith("}")], ids=named
)
def test_a_replacement_keeps_every_field_of_the_contract(op: dict[str, Any]) -> None:
    row = row_of(op)
    assert row.keeps is not None
    wanted = {field["name"] for field in op["body"]} - {"dfp_services", "<endpoint fields>"}
    assert wanted - alone(op) <= set(row.keeps.fields)
    offered = set(sent(op, everything=True).body or {})
    assert offered - set(row.keeps.instead) <= set(row.keeps.fields)


@pytest.mark.parametrize("op", SINGLE, ids=named)
def test_the_answer_is_read_where_it_is(op: dict[str, Any]) -> None:
    row, said = row_of(op), op["response"]["envelope"]
    place = re.match(r"([a-zA-Z_.]+): (list|object|[a-z_]+)", said)
    if place is None or row.kind is Kind.DELETE:
        return
    assert place[1] in row.envelope.split("|") or row.envelope == place[1]
    assert row.single is (place[2] != "list")


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_a_write_moves_on_what_it_makes_out_of_date(op: dict[str, Any]) -> None:
    wanted = {COLLECTIONS.get(name, name.removesuffix("s")) for name in op["invalidates"]}
    assert set(row_of(op).changes) >= wanted


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_the_kind_is_that_of_the_contract(op: dict[str, Any]) -> None:
    kind = row_of(op).kind
    if op["tool"] in KINDS:
        assert kind is KINDS[op["tool"]][0]
        return
    assert kind == op["kind"]
    if op["safe_to_retry_after_unknown_outcome"] is False:
        assert kind in {Kind.CREATE, Kind.ACTION, Kind.CONFIGURE}


@pytest.mark.parametrize("op", SINGLE, ids=named)
def test_what_can_be_found_again_is_looked_for(op: dict[str, Any]) -> None:
    row = row_of(op)
    if row.kind is Kind.CREATE:
        assert row.recovery is not None
        assert row.marker or "`unknown`" in row.description
    if row.kind is Kind.ACTION:
        assert "`unknown`" in row.description


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_the_names_of_arguments_are_kept(op: dict[str, Any]) -> None:
    fields = row_of(op).args.model_fields
    for param in op["tool_params"]:
        assert param["name"] in fields
        if param.get("default") not in {None, ""}:
            assert fields[param["name"]].default == param["default"]
        if not param.get("required"):
            assert not fields[param["name"]].is_required()


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_ids_are_taken_under_the_names_of_the_path(op: dict[str, Any]) -> None:
    row = row_of(op)
    given = arguments(row, everything=False)
    names = row.path_fields
    if row.path is None or not names:
        return
    (place,) = [param["name"] for param in op["path_params"]]
    (own,) = names
    assert checked(
        row, {name: one for name, one in given.items() if name != own} | {place: given[own]}
    )


def test_secrets_are_declared() -> None:
    assert CATALOG["list_access_codes"].sealed == ("access_key",)
    assert CATALOG["create_access_code"].sealed == ("access_key",)
    for tool in ("get_access_code", "update_access_code", "delete_access_code"):
        assert CATALOG[tool].secret_path == {"access_key"}
    for name, row in CATALOG.items():
        if name.endswith(("security_policy", "security_policies")):
            assert row.hidden == ("access_codes",)
    assert CATALOG["list_threat_feeds"].hidden == ("key",)


def test_every_exception_is_still_one() -> None:
    known = {op["tool"]: op for op in OPERATIONS}
    assert known.keys() >= SEVERAL | KINDS.keys() | NOT_SENT.keys()
    for tool, names in NOT_SENT.items():
        assert names <= {field["name"] for field in known[tool]["body"]}
        if tool in {named(op) for op in SINGLE}:
            assert names.isdisjoint(sent(known[tool], everything=True).body or {})
    for tool, (kind, _) in KINDS.items():
        assert kind != known[tool]["kind"]
