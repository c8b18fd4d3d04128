"""The official client of the DNS security service, driven against the sandbox.

It turns answers into typed models by status: a wrong status, envelope or type fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, cast

import pytest
from universal_ddi_client.api_client import ApiClient
from universal_ddi_client.configuration import Configuration
from universal_ddi_client.exceptions import ApiException

# Every field of its models may be None to mypy, and their names are not exported explicitly.
fw, dfp, redirect = (cast("Any", import_module(name)) for name in ("fw", "dfp", "redirect"))


class NumbersInPaths(ApiClient):
    """Mends a defect of release 0.2.0, which takes every id in a path for text."""

    def path_param_value(self, key: str, value: Any, value_type: Any = None) -> Any:
        return super().path_param_value(key, str(value), value_type)


@pytest.fixture
def client(api: Any) -> Iterator[ApiClient]:
    made = NumbersInPaths(Configuration(portal_url=api.url, portal_key="first"))
    yield made
    made.rest_client.pool_manager.clear()


def refused(status: int, call: Any, *given: Any, **named: Any) -> None:
    with pytest.raises(ApiException) as refusal:
        call(*given, **named)
    assert refusal.value.status == status
    assert cast("Any", refusal.value.data).error.message


def test_named_lists(client: ApiClient) -> None:
    lists = fw.NamedListsApi(client)
    entry = fw.ItemStructs(item="bad.example", description="seen")
    body = fw.NamedList(name="mine", type="custom_list", items_described=[entry])
    made = lists.create_named_list(body).results
    assert (made.item_count, made.items_described[0].description) == (1, "seen")
    refused(409, lists.create_named_list, body)
    assert lists.read_named_list(0, name="mine", type="custom_list").results.id == made.id
    changed = fw.NamedList(name="ours", type="custom_list", items=["a.example", "b.example"])
    assert lists.update_named_list(made.id, changed).results.name == "ours"
    assert {one.name for one in lists.list_named_lists(filter="type=='custom_list'").results} > {
        "ours"
    }
    assert "ours,custom_list,a.example," in lists.list_named_lists_csv().results
    lists.multi_list_update(fw.MultiListUpdate(ids=[made.id], inserted_items_described=[entry]))
    lists.delete_single_named_lists(made.id)
    refused(404, lists.delete_single_named_lists, made.id)
    lists.delete_named_lists(
        fw.NamedListsDeleteRequest(ids=[lists.create_named_list(body).results.id])
    )


def test_the_levels_of_a_threat_list(client: ApiClient) -> None:
    lists = fw.NamedListsApi(client)
    ident = lists.list_named_lists(filter="type=='dga'").results[0].id
    lists.update_named_list_partial(ident, fw.ListSeverityLevels(threat_level="LOW"))
    assert lists.read_named_list(ident).results.threat_level == "LOW"
    default = lists.list_named_lists(filter="type=='default_allow'").results[0].id
    refused(
        405, lists.update_named_list_partial, default, fw.ListSeverityLevels(threat_level="LOW")
    )


def test_items_of_named_lists(client: ApiClient) -> None:
    lists, items = fw.NamedListsApi(client), fw.NamedListItemsApi(client)
    body = fw.NamedList(name="mine", type="custom_list", items=["a.example"])
    ident = lists.create_named_list(body).results.id
    wish = fw.NamedListItemsInsertOrUpdate(items=["a.example", "b.example"])
    assert items.insert_or_replace_named_list_items(ident, wish).success.status == 201
    change = fw.NamedListItemsPartialUpdate(
        inserted_items_described=[fw.ItemStructs(item="c.example")],
        deleted_items_described=[fw.ItemStructs(item="a.example")],
    )
    items.named_list_items_partial_update(ident, change)
    gone = fw.NamedListItemsDeleteRequest(items=["b.example"])
    items.delete_named_list_items(ident, gone)
    assert lists.read_named_list(ident).results.items == ["c.example"]
    refused(400, items.delete_named_list_items, ident, gone)


def test_security_policies_and_their_rules(client: ApiClient) -> None:
    policies, rules = fw.SecurityPoliciesApi(client), fw.SecurityPolicyRulesApi(client)
    made = policies.create_security_policy(fw.SecurityPolicy(name="Depot")).results
    assert made.rules
    assert made.is_default is False
    read = policies.read_security_policy(made.id).results
    read.description = "new"
    assert policies.update_security_policy(made.id, read).results.description == "new"
    assert policies.read_security_policy(0, name="Depot").results.id == made.id
    listed = rules.list_security_policy_rules(filter=f"policy_id=={made.id}").results
    assert len(listed) == len(read.rules)
    assert policies.list_security_policies(filter="is_default=='true'").results[0].is_default
    shown = policies.list_security_policies(include_access_codes=True).results
    assert any(one.access_codes for one in shown)
    refused(409, policies.create_security_policy, fw.SecurityPolicy(name="Depot"))
    refused(400, policies.create_security_policy, fw.SecurityPolicy(name="x", dfps=[1]))
    policies.delete_single_security_policy(made.id)
    refused(400, policies.delete_single_security_policy, made.id)
    again = policies.create_security_policy(fw.SecurityPolicy(name="Depot")).results
    policies.delete_security_policy(fw.SecurityPolicyDeleteRequest(ids=[again.id]))
    refused(404, policies.read_security_policy, again.id)


def test_access_codes(client: ApiClient) -> None:
    codes = fw.AccessCodesApi(client)
    rule = fw.AccessCodeRule(type="custom_list", data="Phishing drill", action="action_allow")
    body = fw.AccessCode(
        name="Visitors",
        activation=datetime(2026, 1, 1, tzinfo=UTC),
        expiration=datetime(2099, 1, 1, tzinfo=UTC),
        rules=[rule],
    )
    made = codes.create_access_code(body).results
    assert codes.read_access_code(made.access_key).results.expiration == body.expiration
    body.description = "new"
    assert codes.update_access_code(made.access_key, body).results.description == "new"
    assert codes.list_access_codes(filter="name=='Visitors'").results[0].name == "Visitors"
    codes.delete_single_access_codes(made.access_key)
    refused(400, codes.delete_single_access_codes, made.access_key)
    again = codes.create_access_code(body).results
    codes.delete_access_codes(fw.AccessCodeDeleteRequest(ids=[again.access_key]))
    refused(404, codes.read_access_code, again.access_key)


def test_network_lists(client: ApiClient) -> None:
    lists = fw.NetworkListsApi(client)
    body = fw.NetworkList(name="Lab uplink", items=["192.0.2.0/24"])
    made = lists.create_network_list(body).results
    body.items = ["192.0.2.0/25"]
    assert lists.update_network_list(made.id, body).results.items == ["192.0.2.0/25"]
    assert lists.read_network_list(made.id).results.policy_id == 0
    assert lists.list_network_lists(filter="name~'Lab'").results[0].id == made.id
    refused(409, lists.create_network_list, body)
    refused(400, lists.create_network_list, fw.NetworkList(name="x", items=["192.0.0.0/16"]))
    lists.delete_single_network_lists(made.id)
    refused(404, lists.delete_single_network_lists, made.id)
    again = lists.create_network_list(body).results
    lists.delete_network_lists(fw.NetworkListsDeleteRequest(ids=[again.id]))


def test_internal_domain_lists(client: ApiClient) -> None:
    lists = fw.InternalDomainListsApi(client)
    body = fw.InternalDomains(name="Lab", internal_domains=["lab.example.net"])
    made = lists.create_internal_domains(body).results
    change = fw.InternalDomainsItems(inserted_items_described=[fw.ItemStructs(item="b.example")])
    lists.internal_domains_items_partial_update(made.id, change)
    assert lists.read_internal_domains(0, name="Lab").results.internal_domains == [
        "lab.example.net",
        "b.example",
    ]
    assert lists.update_internal_domains(made.id, body).results.internal_domains == [
        "lab.example.net"
    ]
    assert lists.list_internal_domains(filter="name=='Lab'").results[0].is_default is False
    refused(409, lists.create_internal_domains, body)
    lists.delete_single_internal_domains(made.id)
    again = lists.create_internal_domains(body).results
    lists.delete_internal_domains(fw.InternalDomainsDeleteRequest(ids=[again.id]))
    refused(404, lists.read_internal_domains, again.id)


def test_category_filters(client: ApiClient) -> None:
    filters = fw.CategoryFiltersApi(client)
    known = fw.ContentCategoriesApi(client).list_content_categories().results
    body = fw.CategoryFilter(name="Some", categories=[known[0].category_name])
    made = filters.create_category_filter(body).results
    body.description = "new"
    assert filters.update_category_filter(made.id, body).results.description == "new"
    assert filters.read_category_filter(made.id).results.policies == []
    assert filters.list_category_filters(filter="name=='Some'").results
    refused(409, filters.create_category_filter, body)
    filters.delete_single_category_filters(made.id)
    again = filters.create_category_filter(body).results
    filters.delete_category_filters(fw.CategoryFiltersDeleteRequest(ids=[again.id]))
    refused(404, filters.read_category_filter, again.id)


def test_application_filters(client: ApiClient) -> None:
    filters = fw.ApplicationFiltersApi(client)
    body = fw.ApplicationFilter(name="Chat", criteria=[fw.ApplicationCriterion(name="Slack")])
    made = filters.create_application_filter(body).results
    assert made.criteria[0].id
    assert filters.update_application_filter(made.id, made).results.readonly is False
    assert filters.list_application_filters(filter="name=='Chat'").results[0].id == made.id
    filters.delete_single_application_filters(made.id)
    again = filters.create_application_filter(body).results
    filters.delete_application_filters(fw.ApplicationFiltersDeleteRequest(ids=[again.id]))


def test_approvals(client: ApiClient) -> None:
    approvals = fw.AppApprovalsApi(client)
    box = fw.AppApproval(app_name="Box", status="approved")
    wish = fw.AppApprovalsUpdateRequest(inserted_approvals=[box])
    assert len(approvals.update_app_approvals(wish).results) == 3
    assert (
        len(approvals.replace_app_approvals(fw.AppApprovalsReplaceRequest(approvals=[box])).results)
        == 1
    )
    assert approvals.list_app_approvals().results[0].app_name == "Box"


def test_catalogues(client: ApiClient) -> None:
    feeds = fw.ThreatFeedsApi(client).list_threat_feeds(filter="name=='base'").results
    assert feeds[0].source.value == "Infoblox"
    regions = fw.PopRegionsApi(client)
    listed = regions.list_po_p_regions(limit=2)
    assert (len(listed.results), listed.total_result_count) == (2, 5)
    assert regions.read_po_p_region(listed.results[0].id).result.region == "us-east-1"


def test_custom_redirects(client: ApiClient) -> None:
    redirects = redirect.CustomRedirectsApi(client)
    body = redirect.CustomRedirect(name="Wall", data="203.0.113.9")
    made = redirects.create_custom_redirect(body).results
    assert redirects.update_custom_redirect(made.id, body).results.policy_ids == []
    assert redirects.read_custom_redirect(made.id).results.data == "203.0.113.9"
    assert len(redirects.list_custom_redirect().results) == 2
    refused(409, redirects.create_custom_redirect, body)
    refused(400, redirects.create_custom_redirect, redirect.CustomRedirect(name="x", data="a,b"))
    redirects.delete_single_custom_redirect(made.id)
    again = redirects.create_custom_redirect(body).results
    redirects.delete_custom_redirect(redirect.CustomRedirectDeleteRequest(ids=[again.id]))
    refused(404, redirects.read_custom_redirect, again.id)


def test_forwarding_proxies(client: ApiClient) -> None:
    proxies = dfp.InfraServicesApi(client)
    one = proxies.list_dfp_services(filter="service_name=='dfp-hq-1'").results[0]
    body = dfp.DfpCreateOrUpdatePayload(
        resolvers_all=[dfp.Resolver(address="10.0.0.53", protocols=[dfp.DNSProtocol.DO53])]
    )
    assert proxies.create_or_update_dfp_service(one.service_id, body).results.id == one.id
    assert proxies.read_dfp_service(one.service_id).results.policy_id == one.policy_id
    refused(404, proxies.read_dfp_service, "nobody")
    wish = dfp.TypesConfigCheckRequest(notify=False)
    assert dfp.AccountsApi(client).check_config(wish).results[0].result_code == "OK"
