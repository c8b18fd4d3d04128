"""What the sandbox serves under /api/ddi/v1, compared with the written contract of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.routing import RESOURCES, Router
from sandbox.schema import Fields

PAGE = Path(__file__).resolve().parents[2].parent / "shared" / "api" / "infoblox.yaml"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the contract is not beside the checkout")

NOT_SERVED = {
    # Only one earlier client calls these, no official one knows them, and answering them as if
    # they existed would hide that the calls fail on an account.
    "list_hardware": "no such collection in the official API",
    "create_hardware": "no such collection in the official API",
    "get_hardware": "no such collection in the official API",
    "update_hardware": "no such collection in the official API",
    "delete_hardware": "no such collection in the official API",
    "create_delegation": "delegations are made by giving realms to blocks",
    "update_delegation": "delegations are made by giving realms to blocks",
    "delete_delegation": "delegations are made by giving realms to blocks",
    "preview_forward_delegation": "neither its body nor its answer is known",
    # Files of another service, fetched without the key.
    "start_bulk_export": "another service, which only one module is seen to call",
    "list_bulk_operations": "another service, which only one module is seen to call",
    "get_bulk_export_file": "another service, which only one module is seen to call",
}
MUST = {"core", "practical"}


def contract() -> dict[str, Any]:
    return dict(yaml.safe_load(PAGE.read_text())) if PAGE.exists() else {"operations": []}


CONTRACT = contract()
OPERATIONS = [one for one in CONTRACT["operations"] if one["path"]]


def served(operation: dict[str, Any]) -> Any:
    path = operation["path"].replace("{domain_name}", "{id}").replace("{email_address}", "{id}")
    target = Router().find(path.replace("{id}", "00000000-0000-4000-8000-000000000000"))
    return target and target.methods.get(operation["method"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: str(one["tool"]))
def test_every_operation_is_served_with_all_its_parameters(operation: dict[str, Any]) -> None:
    found = served(operation)
    if operation["tool"] in NOT_SERVED:
        assert operation["tier"] not in MUST
        assert found is None
        return
    assert found is not None, "not served"
    assert set(operation.get("query_params") or ()) <= found.query
    assert found.has_body is (operation.get("body") is not None)


def schema_of(path: str) -> str | None:
    for one in OPERATIONS:
        if one["path"] == f"/api/ddi/v1/{path}" and one["response"].get("item"):
            return str(one["response"]["item"])
    return None


MODELS = {
    path: schema for path in RESOURCES if CONTRACT["operations"] and (schema := schema_of(path))
}


@pytest.mark.parametrize("path", sorted(MODELS))
def test_every_collection_has_the_fields_of_its_model(path: str) -> None:
    compare(RESOURCES[path].fields, MODELS[path])


def compare(table: Fields, schema: str) -> None:
    """Compare names, read-only marks, and the objects inside."""
    model = CONTRACT["schemas"][schema]
    assert set(table) == set(model), schema
    for name, facts in model.items():
        kind = facts if isinstance(facts, str) else facts["type"]
        readonly = isinstance(facts, dict) and bool(facts.get("readonly"))
        assert table[name].readonly is readonly, f"{schema}.{name}"
        inner = kind.removeprefix("list<").removesuffix(">")
        if table[name].of is not None:
            compare(table[name].of or {}, inner)
        elif not readonly:
            assert inner not in CONTRACT["schemas"], f"{schema}.{name} has fields of its own"
        if isinstance(facts, dict) and not readonly and isinstance(facts.get("enum"), list):
            compare_words(table, name, facts["enum"])
        if isinstance(facts, dict) and not readonly and isinstance(facts.get("default"), bool):
            assert table[name].default is facts["default"], f"{schema}.{name}"


def compare_words(table: Fields, name: str, words: list[str]) -> None:
    if name == "type" and "SOA" in words:
        return  # the types of records are checked with their data
    assert set(table[name].words) == set(words), name
