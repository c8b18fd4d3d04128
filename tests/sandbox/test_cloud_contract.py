"""What the sandbox serves for the cloud services, compared with the written contract of the API."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.policies import RULES
from sandbox.routing import RESOURCES, Router

PAGES = Path(__file__).resolve().parents[2].parent / "shared" / "api"
NAMES = ("niosxaas.yaml", "atcfw.yaml", "insights.yaml")
pytestmark = pytest.mark.skipif(
    not PAGES.exists(), reason="the contract is not beside the checkout"
)
FILTER_SIGNS = "(more)"


def operations() -> list[dict[str, Any]]:
    found = []
    for name in NAMES:
        if (PAGES / name).exists():
            found += yaml.safe_load((PAGES / name).read_text())["operations"]
    return found


OPERATIONS = operations()


def template(operation: dict[str, Any]) -> str:
    return re.sub(r"\{\w+\}", "{id}", operation["path"])


def target(operation: dict[str, Any]) -> Any:
    return Router().find(re.sub(r"\{\w+\}", "some-id", operation["path"]))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: str(one["tool"]))
def test_every_operation_is_served_with_all_its_parameters(operation: dict[str, Any]) -> None:
    found = target(operation)
    assert found is not None, "not served"
    assert found.template == template(operation)
    served = found.methods.get(operation["method"])
    assert served is not None, "not served by this method"
    assert {one["name"] for one in operation["query_params"]} <= served.query
    assert bool(operation["body"]) <= served.has_body


FILTERED = [
    (operation, one["fields"])
    for operation in OPERATIONS
    for one in operation["query_params"]
    if one["name"] == "_filter" and "fields" in one
]


@pytest.mark.parametrize(
    ("operation", "fields"), FILTERED, ids=lambda one: str(one.get("tool", ""))
)
def test_filters_take_the_fields_and_operators_of_the_contract(
    operation: dict[str, Any], fields: dict[str, str]
) -> None:
    resource = {RULES.path: RULES, **RESOURCES}[operation["path"].rpartition("/")[2]]
    named = {name: set(signs.split()) for name, signs in fields.items() if name != FILTER_SIGNS}
    served = {name: set(signs.split()) for name, signs in (resource.filters or {}).items()}
    assert {name: served.get(name) for name in named} == named
    if "not supported" in str(operation["query_params"]):
        assert resource.one_field


SERVICES = {row.service.prefix: row.service for row in RESOURCES.values()}
WRITES = [
    operation
    for operation in OPERATIONS
    if operation["method"] != "GET" and operation["kind"] in {"create", "update", "delete"}
]
# The one call that is shown with 200 by a service that answers all others with 201.
ODD = "create_doh_fqdn"


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: str(one["tool"]))
def test_services_answer_with_a_status_of_the_contract(operation: dict[str, Any]) -> None:
    service = SERVICES[re.sub(r"(/v\d+)/.*", r"\1", operation["path"])]
    status = {"POST": service.created, "DELETE": service.deleted}
    allowed = operation["response"]["success_status"]
    answered = status.get(operation["method"], service.changed)
    assert answered in allowed or operation["tool"] == ODD
