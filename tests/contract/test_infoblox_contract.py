"""The rows of the infoblox queue against the contract of the API, where it is at hand.

The contract is a file beside the checkout, `../shared/api/infoblox.yaml`; without it these tests
are skipped. What differs on purpose stands in the tables below with its reason.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.catalog import Kind, Operation, Queue, WriteArgs
from shared.identifiers import ObjectId
from shared.operations import CATALOG
from shared.wire import Request, build, pick
from tests.support.plausible import arguments, checked

PAGE = Path(__file__).parents[3] / "shared" / "api" / "infoblox.yaml"
if not PAGE.exists():
    pytest.skip("the contract is not at hand", allow_module_level=True)
CONTRACT: dict[str, Any] = yaml.load(PAGE.read_text(), Loader=yaml.CSafeLoader)

# Tools of ours that are no operation of the API.
OURS = {"bulk_call", "provision_host", "decommission_host"}
# Query parameters that are not offered.
NOT_ASKED = {"_page_token": "pages are read by offset"}
NOT_ASKED_OF = {"get_ipam_host": {"_order_by": "one object has no order"}}
NOT_ASKED_IN_WRITES = {"_inherit": "it only makes the answer longer"}
# Query parameters that are offered beyond the contract's list of the operation.
ASKED_TOO = {"_is_total_size_needed": "the query catalog has it for every list"}
# Fields of an object that an update does not offer.
FIXED = {
    "ipam.Address": {
        "address": "another address is another object",
        "space": "another address is another object",
        "parent": "follows from the address",
    },
    "ipam.AddressBlock": {
        "address": "a network does not move",
        "cidr": "resizing is not attested",
        "space": "a network does not move",
        "parent": "follows from the address",
        "inheritance_parent": "follows from the parent",
    },
    "ipam.Subnet": {
        "address": "a network does not move",
        "cidr": "resizing is not attested",
        "space": "a network does not move",
        "parent": "follows from the address",
        "inheritance_parent": "follows from the parent",
    },
    "ipam.Range": {
        "space": "a network does not move",
        "parent": "follows from the addresses",
        "inheritance_parent": "follows from the parent",
    },
    "ipam.FixedAddress": {
        "ip_space": "another space is another object",
        "parent": "follows from the address",
        "inheritance_parent": "follows from the parent",
    },
    "ipam.HAGroup": {"status": "an observation", "status_v6": "an observation"},
    "dns_config.AuthZone": {"parent": "follows from the name", "view": "a zone does not move"},
    "dns_config.ForwardZone": {"parent": "follows from the name", "view": "a zone does not move"},
    "dns_config.Delegation": {"parent": "follows from the name", "view": "a zone does not move"},
    "dns_config.LBDN": {"view": "a name does not move"},
    "dns_data.Record": {
        "type": "fixed once it is made",
        "view": "fixed once it is made",
        "zone": "fixed once it is made",
    },
    "ipam_federation.FederatedBlock": {
        "allocation_v4": "an observation",
        "federated_realm": "a block does not move",
        "parent": "follows from the address",
    },
    "ipam_federation.FederatedRealm": {"allocation_v4": "an observation"},
    "ipam_federation.OverlappingBlock": {
        "federated_realm": "a block does not move",
        "parent": "follows from the address",
    },
    "ipam_federation.ReservedBlock": {
        "federated_realm": "a block does not move",
        "parent": "follows from the address",
    },
}
CREATED_WITH = {"compartment_id": "set when it is made"}
# Arguments of the ancestor that no longer are.
DROPPED = {
    "create_forward_delegation": {"delegated_to": "attested nowhere"},
    "update_dhcp_host": {"comment": "read-only"},
}

OPERATIONS = CONTRACT["operations"]
WRITING = [op for op in OPERATIONS if op["method"] in {"POST", "PATCH", "PUT"}]


def named(op: dict[str, Any]) -> str:
    return str(op["tool"])


def row_of(op: dict[str, Any]) -> Operation:
    return CATALOG[op["tool"]]


def sent(op: dict[str, Any], *, everything: bool) -> Request:
    row = row_of(op)
    return build(row, checked(row, arguments(row, everything=everything)), mark="job-1")


def template(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "{id}", path)


def test_every_operation_has_its_tool_and_every_tool_its_operation() -> None:
    wanted = {op["tool"] for op in CONTRACT["operations"]}
    have = {name for name, row in CATALOG.items() if row.queue is Queue.INFOBLOX}
    assert wanted - have == set()
    assert have - wanted == OURS


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_method_and_path_are_those_of_the_contract(op: dict[str, Any]) -> None:
    row = row_of(op)
    assert row.method == op["method"]
    if op["path"] is None:
        assert {row.path} == {"/api/ddi/v1/dns/{zone_type}_zone"}
        return
    assert template(row.path or "") == template(op["path"])


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_the_id_in_the_path_is_of_the_kind_of_the_contract(op: dict[str, Any]) -> None:
    row = row_of(op)
    wanted = {place["id_prefix"] for place in op.get("path_params", ()) if "id_prefix" in place}
    found = {
        prefix
        for name in row.path_fields
        for mark in row.args.model_fields[name].metadata
        if isinstance(mark, ObjectId)
        for prefix in mark.prefixes
    }
    assert found == wanted


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_the_query_is_that_of_the_contract(op: dict[str, Any]) -> None:
    variants = {part["operation"] for part in op.get("variants", ())}
    parts = [other for other in CONTRACT["operations"] if other["tool"] in variants] or [op]
    wanted = {name for part in parts for name in part.get("query_params", ())}
    found = {name for name, _ in sent(op, everything=True).query}
    if op["verified"] != "ancestor-only":  # which knows little of what the path may take
        assert found - set(ASKED_TOO) <= wanted
    skipped = set(NOT_ASKED) | set(NOT_ASKED_OF.get(op["tool"], ()))
    skipped |= set(NOT_ASKED_IN_WRITES) if row_of(op).writes else set()
    assert wanted - skipped <= found
    least = {name for name, _ in sent(op, everything=False).query}
    assert least >= set(op.get("required_query", ()))


def fields_of(op: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the writable fields of the body, by name."""
    body = op.get("body") or {}
    if "inline" in body:
        return {field["name"]: field for field in body["inline"]}
    schema = CONTRACT["schemas"][body["schema"]]
    return {
        name: facts if isinstance(facts, dict) else {"type": facts}
        for name, facts in schema.items()
        if not (isinstance(facts, dict) and facts.get("readonly"))
    } | {name: {} for name in body.get("also_send", ())}


@pytest.mark.parametrize("op", [op for op in WRITING if op.get("body")], ids=named)
def test_the_body_has_only_fields_of_the_contract(op: dict[str, Any]) -> None:
    if op["body"].get("free_form") or op["verified"] == "ancestor-only":
        return
    assert set(sent(op, everything=True).body or {}) <= set(fields_of(op))


@pytest.mark.parametrize("op", [op for op in WRITING if op.get("body")], ids=named)
def test_the_least_body_has_what_the_contract_requires(op: dict[str, Any]) -> None:
    required = set(op["body"].get("required", ())) | {
        field["name"] for field in op["body"].get("inline", ()) if field.get("required")
    }
    assert set(sent(op, everything=False).body or {}) >= required
    for name, value in (op["body"].get("fixed") or {}).items():
        assert (sent(op, everything=False).body or {})[name] == value


@pytest.mark.parametrize(
    "op", [op for op in WRITING if (op.get("body") or {}).get("schema")], ids=named
)
def test_every_field_that_can_be_written_is_an_argument(op: dict[str, Any]) -> None:
    schema = op["body"]["schema"]
    row = row_of(op)
    if op.get("wire_operation"):
        return  # the tools of one record type take what is usual; create_dns_record takes all
    offered = {
        getattr(place, "place", "").split(".")[0] or name
        for name, place in row.places.items()
        if name not in WriteArgs.model_fields
    }
    missing = set(fields_of(op)) - offered
    if row.kind is Kind.UPDATE:
        missing -= set(FIXED.get(schema, {}))
        missing -= {name for name in missing if fields_of(op)[name].get("immutable")}
        missing -= set(CREATED_WITH)
    else:
        follows = {"parent", "inheritance_parent", "status", "status_v6", "allocation_v4"}
        missing -= follows & set(FIXED.get(schema, {}))
    assert missing == set()


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_the_answer_is_read_where_it_is(op: dict[str, Any]) -> None:
    row, envelope = row_of(op), op["response"]["envelope"]
    if envelope == "results":
        assert (row.envelope, row.single) in {("results", False), ("", True)}
    elif envelope == "result":
        assert (row.envelope, row.single) == ("result", True)
    else:
        assert row.single


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_a_write_moves_on_what_it_makes_out_of_date(op: dict[str, Any]) -> None:
    row = row_of(op)
    assert set(row.changes) >= set(op.get("invalidates", ()))
    if op.get("cached"):
        assert op["cached"] in row.reads


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_what_may_be_sent_again_is_told_by_the_kind(op: dict[str, Any]) -> None:
    kind = row_of(op).kind
    assert (kind in {Kind.CREATE, Kind.ACTION}) is not op["safe_to_retry_after_unknown_outcome"]
    if op["kind"] in {"read", "update", "delete"}:
        assert kind == op["kind"]


@pytest.mark.parametrize("op", OPERATIONS, ids=named)
def test_what_no_official_client_has_says_so(op: dict[str, Any]) -> None:
    unconfirmed = op["verified"] in {"ancestor-only", "third-party"}
    assert ("Unconfirmed" in row_of(op).description) is unconfirmed


@pytest.mark.parametrize(
    "op", [op for op in OPERATIONS if isinstance(op["tool_params"], list)], ids=named
)
def test_the_names_of_arguments_are_kept(op: dict[str, Any]) -> None:
    fields = row_of(op).args.model_fields
    for param in op["tool_params"]:
        if param["name"] in DROPPED.get(op["tool"], ()):
            continue
        assert param["name"] in fields
        if "default" in param and param["default"] is not None:
            assert fields[param["name"]].default == param["default"]
        if not param.get("required"):
            assert not fields[param["name"]].is_required()


@pytest.mark.parametrize(
    "op", [op for op in OPERATIONS if isinstance(op["tool_params"], list)], ids=named
)
def test_arguments_go_where_the_contract_says(op: dict[str, Any]) -> None:
    row = row_of(op)
    given = arguments(row, everything=True)
    body = build(row, checked(row, given), mark="job-1").body or {}
    for param in op["tool_params"]:
        place = re.fullmatch(r"body\.([a-z_.]+)( \(added\))?", param.get("maps_to", ""))
        if place and param["name"] in given:
            assert pick(body, place[1]) is not None


def test_every_exception_is_still_one() -> None:
    schemas = CONTRACT["schemas"]
    assert all(set(names) <= set(schemas[schema]) for schema, names in FIXED.items())
