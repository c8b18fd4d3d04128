"""The bodies of DNS security writes, as the official client's models read them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from shared.operations import CATALOG
from shared.wire import build
from tests.contract.test_official_models import strangers
from tests.support.plausible import arguments, checked

MODELS = {
    "access_code": "fw.AccessCode",
    "application_filter": "fw.ApplicationFilter",
    "category_filter": "fw.CategoryFilter",
    "custom_redirect": "redirect.CustomRedirect",
    "internal_domain_list": "fw.InternalDomains",
    "network_list": "fw.NetworkList",
    "security_policy": "fw.SecurityPolicy",
}
TOOLS = {
    f"{verb}_{noun}": model for noun, model in MODELS.items() for verb in ("create", "update")
} | {
    "add_items_to_named_lists": "fw.MultiListUpdate",
    "add_named_list_items": "fw.NamedListItemsInsertOrUpdate",
    "check_dfp_config": "dfp.TypesConfigCheckRequest",
    "create_threat_named_list": "fw.NamedList",
    "delete_named_lists": "fw.NamedListsDeleteRequest",
    "delete_security_policies": "fw.SecurityPolicyDeleteRequest",
    "remove_named_list_items": "fw.NamedListItemsDeleteRequest",
    "replace_app_approvals": "fw.AppApprovalsReplaceRequest",
    "update_app_approvals": "fw.AppApprovalsUpdateRequest",
    "update_dfp_service": "dfp.DfpCreateOrUpdatePayload",
    "update_internal_domain_list_items": "fw.InternalDomainsItems",
    "update_named_list": "fw.NamedList",
    "update_named_list_items": "fw.NamedListItemsPartialUpdate",
    "update_threat_list_severity": "fw.ListSeverityLevels",
}
# Seen in other clients of the vendor only.
UNKNOWN_THERE = {
    "create_security_policy": {"block_dns_rebind_attack", "rules.description"},
    "update_security_policy": {"block_dns_rebind_attack", "rules.description"},
}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_official_models_take_the_body(tool: str) -> None:
    row = CATALOG[tool]
    package, _, name = TOOLS[tool].partition(".")
    body: dict[str, Any] = (
        build(row, checked(row, arguments(row, everything=True)), mark="job-1").body or {}
    )
    found = getattr(import_module(f"{package}.models"), name).from_dict(body)
    assert set(strangers(found)) <= UNKNOWN_THERE.get(tool, set())
    assert set(body) <= set(found.to_dict()) | UNKNOWN_THERE.get(tool, set())
