"""Every tool of the services beside DDI, once, through front end, store and workers."""

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from mcp_front.server import Front
from shared.catalog import Queue
from shared.ledger import Job
from shared.operations import CATALOG
from tests.support.calls import front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Json = dict[str, Any]
RULE = {"type": "category_filter", "data": "Not at work", "action": "action_allow"}
SPAN = {"activation": "2027-01-01T00:00:00Z", "expiration": "2027-02-01T00:00:00Z"}
# They have tests of their own, of several requests each.
ELSEWHERE = {
    "configure_vpn_infrastructure",
    "create_vpn_credential",
    "delete_vpn_credential",
    "delete_vpn_service",
    "get_insight_comments_history",
    "get_security_insight_details",
    "get_vpn_credential",
    "get_vpn_endpoint_cnames",
    "rebuild_vpn_access_location",
    "update_security_insight_status",
    "update_vpn_access_location",
}


class Caller:
    """Calls tools one after the other; each must be done."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.called: set[str] = set()
        self.secrets: set[str] = set()

    async def __call__(self, tool: str, **given: Any) -> Json:
        self.called.add(tool)
        envelope = (await self._front.call(tool, given)).envelope
        assert envelope["status"] == "done", (tool, envelope)
        return dict(envelope.get("result") or {})

    async def rows(self, tool: str, **given: Any) -> list[Json]:
        """Return the items of a list."""
        return list((await self(tool, **given))["items"])

    async def life(self, noun: str, key: str, made: Json, **change: Any) -> Json:
        """Create, read, change and delete an object; return it as it was read last."""
        found = await self(f"create_{noun}", **made)
        await self(f"get_{noun}", **{key: found["id"]})
        await self(f"update_{noun}", **{key: found["id"]}, **change)
        after = await self(f"get_{noun}", **{key: found["id"]})
        assert {name: after[name] for name in change} == change
        kept = {name: made[name] for name in made.keys() - change.keys()}
        assert {name: after[name] for name in kept} == kept
        await self(f"delete_{noun}", **{key: found["id"]})
        return after


def played(begun: Stack, story: Callable[[Caller], Any]) -> Caller:
    front = Front(front_settings(begun.env))

    async def play() -> Caller:
        async with front.running():
            call = Caller(front)
            await story(call)
            return call

    try:
        return anyio.run(play)
    finally:
        front.close()


def tools(queue: Queue) -> set[str]:
    return {name for name, row in CATALOG.items() if row.queue is queue} - ELSEWHERE


async def _security(call: Caller) -> None:
    await _lists(call)
    for tool in (
        *("list_threat_feeds", "list_content_categories", "get_atcfw_account"),
        *("download_named_lists", "list_application_filters", "list_category_filters"),
    ):
        assert await call(tool)
    assert all(row["key"] == "[redacted]" for row in await call.rows("list_threat_feeds"))
    await call.life(
        "application_filter",
        "filter_id",
        {"name": "chat", "criteria": [{"category": "Messaging"}]},
        description="talk",
    )
    await call.life(
        "category_filter",
        "filter_id",
        {"name": "fun", "categories": ["Games"]},
        categories=["News"],
    )
    redirect = await call("create_custom_redirect", name="wall", data="203.0.113.9")
    await call("update_custom_redirect", redirect_id=redirect["id"], data="203.0.113.8")
    assert {"wall", "Walled garden"} == {
        r["name"] for r in await call.rows("list_custom_redirects")
    }
    await call("delete_custom_redirect", redirect_id=redirect["id"])
    await call("list_app_approvals")
    await call("replace_app_approvals", approvals=[{"app_name": "Zoom", "status": "approved"}])
    kept = await call.rows("update_app_approvals", add=[{"app_name": "Box", "status": "approved"}])
    assert {row["app_name"] for row in kept} == {"Zoom", "Box"}
    region = (await call.rows("list_pop_regions", location="Frankfurt"))[0]
    assert (await call("get_pop_region", region_id=region["id"]))["region"] == "eu-central-1"
    assert (await call("create_doh_fqdn"))["doh_fqdn"].endswith(".doh.example.com")
    await _proxies(call)
    await _policies(call)
    await _codes(call)


async def _lists(call: Caller) -> None:
    made = await call("create_threat_named_list", name="mine", items=["a.example", "b.example"])
    own = {"list_id": made["id"]}
    await call("add_named_list_items", **own, items=["c.example"])
    await call("remove_named_list_items", **own, items=["a.example"])
    await call(
        "update_named_list_items",
        **own,
        add=[{"item": "d.example"}],
        remove=[{"item": "b.example"}],
    )
    await call("update_named_list", **own, description="what I block")
    await call("add_items_to_named_lists", ids=[made["id"]], items=[{"item": "e.example"}])
    found = await call("get_named_list", **own)
    assert sorted(found["items"]) == ["c.example", "d.example", "e.example"]
    assert found["description"] == "what I block"
    await call("delete_named_list", **own)
    more = [await call("create_threat_named_list", name=name, items=["x.example"]) for name in "xy"]
    await call("delete_named_lists", ids=[row["id"] for row in more])
    judged = await call.rows("list_threat_named_lists", name_filter="DGA")
    await call("update_threat_list_severity", list_id=judged[0]["id"], threat_level="LOW")
    names = [row["name"] for row in await call.rows("list_threat_named_lists")]
    assert "mine" not in names
    assert "x" not in names


async def _proxies(call: Caller) -> None:
    await call("check_dfp_config")
    proxy = (await call.rows("list_dfp_services", name_filter="dfp-hq-1"))[0]
    own = {"service_id": proxy["service_id"]}
    await call("update_dfp_service", **own, forwarding_policy="external_first")
    after = await call("get_dfp_service", **own)
    assert after["forwarding_policy"] == "external_first"
    assert after["internal_domain_lists"] == proxy["internal_domain_lists"]
    await call("list_network_lists")
    await call.life(
        "network_list", "list_id", {"name": "lab", "items": ["203.0.113.0/24"]}, description="new"
    )
    await call("list_internal_domains")
    made = await call("create_internal_domain_list", name="inside", internal_domains=["in.example"])
    own = {"list_id": made["id"]}
    await call("update_internal_domain_list_items", **own, add=[{"item": "more.example"}])
    await call("update_internal_domain_list", **own, description="resolved here")
    found = await call("get_internal_domain_list", **own)
    assert sorted(found["internal_domains"]) == ["in.example", "more.example"]
    await call("delete_internal_domain_list", **own)


async def _policies(call: Caller) -> None:
    await call("list_security_policies")
    made = await call("create_security_policy", name="lab", description="for tests", ecs=True)
    own = {"policy_id": made["id"]}
    await call("update_security_policy", **own, default_action="action_block")
    after = await call("get_security_policy", **own)
    assert (after["default_action"], after["description"], after["ecs"]) == (
        *("action_block", "for tests"),
        True,
    )
    rules = await call.rows("list_security_policy_rules", policy_id=made["id"])
    assert len(rules) == len(after["rules"]) > 0
    await call("delete_security_policy", **own)
    more = [await call("create_security_policy", name=name) for name in "xy"]
    await call("delete_security_policies", ids=[row["id"] for row in more])


async def _codes(call: Caller) -> None:
    made = await call("create_access_code", name="visit", rules=[RULE], **SPAN)
    own = {"access_key": made["access_key"]}
    call.secrets.add(made["access_key"])
    await call("update_access_code", **own, description="for a day")
    after = await call("get_access_code", **own)
    assert after["description"] == "for a day"
    assert after["access_key"] == made["access_key"]
    assert [rule["data"] for rule in after["rules"]] == ["Not at work"]
    listed = await call.rows("list_access_codes", name_filter="visit")
    assert [row["access_key"] for row in listed] == [made["access_key"]]
    await call("delete_access_code", **own)


async def _vpn(call: Caller) -> None:
    await call("list_vpn_credentials")
    for tool in ("list_supported_sizes", "list_service_capabilities", "consolidated_get_catalog"):
        assert await call.rows(tool)
    assert await call.rows("list_cloud_regions", provider="AWS")
    service = (await call.rows("list_universal_services", name_filter="branch"))[0]
    which = {"universal_service_id": service["id"]}
    connections = await call.rows("list_vpn_connections", **which)
    assert {row["size"] for row in connections} <= {"S", "M"}
    for tool in (
        *("get_service_capability_status", "list_vpn_connection_status"),
        "list_vpn_config_changes",
    ):
        assert await call.rows(tool, **which)
    await call("list_service_associations", service_id=service["id"])
    made = await call("create_universal_service", name="lab", capabilities=[{"type": "dns"}])
    own = {"service_id": made["id"]}
    await call("update_universal_service", **own, description="for tests")
    after = await call("get_universal_service", **own)
    assert (after["description"], [one["type"] for one in after["capabilities"]]) == (
        "for tests",
        ["dns"],
    )
    await _endpoint(call, made["id"])


async def _endpoint(call: Caller, service: str) -> None:
    made = await call(
        "create_vpn_endpoint",
        name="lab-fra",
        universal_service_id=service,
        size="S",
        service_location="AWS Europe (Frankfurt)",
        service_ip="10.10.20.3",
        neighbour_ips=["10.10.20.4", "10.10.20.5"],
    )
    await call("update_vpn_endpoint", endpoint_id=made["id"], size="M")
    (after,) = await call.rows("list_vpn_endpoints", name_filter="lab-fra")
    assert (after["size"], after["service_ip"]) == ("M", "10.10.20.3")
    place = await call(
        "create_vpn_location", name="lab-berlin", address={"city": "Berlin", "country": "DE"}
    )
    assert await call.rows("list_vpn_locations", name_filter="lab-berlin")
    site = await call(
        "create_access_location",
        endpoint_id=made["id"],
        location_id=place["id"],
        wan_ip_addresses=["203.0.113.77"],
        name="lab-site",
    )
    assert await call.rows("list_access_locations", name_filter="lab-site")
    own = {"access_location_id": site["id"]}
    assert (await call("get_access_location", **own))["name"] == "lab-site"
    await call("delete_access_location", **own)
    await call("delete_vpn_endpoint", endpoint_id=made["id"])


async def _insights(call: Caller) -> None:
    insight = (await call.rows("list_security_insights"))[0]["insightId"]
    indicators = await call.rows("get_insight_threat_indicators", insight_id=insight)
    assert indicators
    assert await call.rows(
        "get_insight_security_events", insight_id=insight, start_time="2020-01-01T00:00:00Z"
    )
    assert len(await call.rows("get_insight_affected_assets", insight_id=insight, limit=1)) == 1
    strict = {"insight_id": insight, "indicator": "none.example"}
    assert await call.rows("get_insight_threat_indicators", **strict) == []
    finding = (await call.rows("list_policy_analytics_insights"))[0]
    found = await call("get_policy_analytics_insight_details", analytic_insight_id=finding["id"])
    assert found["id"] == finding["id"]
    assert await call.rows("list_policy_compliance_insights")
    newer = (await call.rows("list_td_insights"))[0]["insight_id"]
    own = {"insight_id": newer}
    for part in ("assets", "events", "indicators"):
        await call(f"list_td_insight_{part}", **own)
    await call("update_td_insight_status", **own, status="IN_PROGRESS", comment="mine")
    assert (await call("get_td_insight", **own))["status"] == "In Progress"


def every_job(begun: Stack) -> Iterator[Job]:
    cursor: str | None = None
    while True:
        page = begun.ledger().listed(limit=100, cursor=cursor)
        yield from page.jobs
        cursor = page.cursor
        if not cursor:
            return


def test_every_security_tool_works(stack: Callable[..., Stack], sandbox: Sandbox) -> None:
    begun = stack("atcfw")
    call = played(begun, _security)
    assert call.called == tools(Queue.ATCFW)
    (code,) = call.secrets
    records = "".join(str(begun.ledger().read(job.id)) for job in every_job(begun))
    assert "create_access_code" in records
    assert "$sealed" in records
    assert code not in records
    assert not [line for line in begun.logs if code in line]


@pytest.mark.parametrize("busy_tries", [0, 1])
def test_every_vpn_tool_works_while_the_service_is_busy(
    stack: Callable[..., Stack], sandbox: Sandbox, busy_tries: int
) -> None:
    sandbox.vpn(applying_seconds=0.4 * busy_tries)
    assert played(stack("niosxaas"), _vpn).called == tools(Queue.NIOSXAAS)
    busy = [entry for entry in sandbox.journal() if entry["status"] == 409]
    assert bool(busy) is bool(busy_tries)


def test_every_insight_tool_works(stack: Callable[..., Stack], sandbox: Sandbox) -> None:
    assert played(stack("insights"), _insights).called == tools(Queue.INSIGHTS)
