"""Resources, prompts and completions, as clients of both eras see them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import PromptReference, ResourceTemplateReference, TextContent

from mcp_front.auth import read_tokens
from mcp_front.procedures import PROCEDURES
from shared.catalog import Queue
from shared.guards import GuardStates
from shared.operations import CATALOG
from shared.settings import Settings
from tests.contract.conftest import Open, a_front, serving, settings_for
from tests.contract.hand import Hand, done, failed, keep
from tests.contract.test_answers import ask
from tests.contract.test_http import tokens_file
from tests.contract.test_tokens import bearing
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio
TOOLS_THAT_ARE_NO_ROWS = {"job_wait", "job_status", "find_tools", "call_tool"}


async def read(client: Client, uri: str) -> dict[str, Any]:
    (content,) = (await client.read_resource(uri)).contents
    assert content.mime_type == "application/json"
    found: dict[str, Any] = json.loads(getattr(content, "text"))  # noqa: B009 - or it is a blob
    return found


async def test_resources_are_listed(opened: Open) -> None:
    async with opened() as client:
        listed = {str(found.uri) for found in (await client.list_resources()).resources}
        templates = (await client.list_resource_templates()).resource_templates
    assert {"catalog://tools", "account://spaces", "account://zones"} < listed
    assert {"queue://infoblox", "queue://niosxaas", "queue://atcfw", "queue://insights"} < listed
    assert {found.uri_template for found in templates} == {"job://{id}", "queue://{name}"}


async def test_job_resource_says_what_job_status_says(opened: Open, hand: Hand) -> None:
    hand.plays["delete_subnet"] = failed("conflict", "It is in use.")
    async with opened() as client:
        job_id = (await ask(client, "delete_subnet", subnet_id="1"))["job_id"]
        found = await read(client, f"job://{job_id}")
        status = await client.call_tool("job_status", {"job_id": job_id})
    assert found == status.structured_content
    assert found["error"]["message"] == "It is in use."


async def test_queue_resource_tells_depth_and_breaker(valkey: Valkey, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    with a_front(settings_for(valkey.url, wait_seconds=0.1)) as front:
        states = GuardStates(front.store.client)
        states.open(front.store.account("default"), Queue.INSIGHTS, seconds=30)
        async with Client(front.server) as client:
            await ask(client, "delete_subnet", subnet_id="1")
            broken = await read(client, "queue://insights")
            found = await read(client, "queue://infoblox")
    assert broken["breaker"]["state"] == "open"
    assert 0 < broken["breaker"]["reopens_in_seconds"] <= 30
    assert found["breaker"]["state"] == "closed"
    assert found["open_jobs"] == 1
    assert found["workers"] == 1
    assert found["limit"] == 100


async def test_catalog_resource_names_every_tool(opened: Open) -> None:
    async with opened() as client:
        found = (await read(client, "catalog://tools"))["toolsets"]
    assert {name for tools in found.values() for name in tools} == set(CATALOG)
    assert found["ipam"]["list_subnets"] == CATALOG["list_subnets"].title


async def test_account_lists_are_light(opened: Open, hand: Hand) -> None:
    hand.plays["list_ip_spaces"] = done(
        items=[{"id": "a", "name": "prod", "comment": "x", "tags": {}}], next_offset=None
    )
    hand.plays["list_auth_zones"] = failed("refused", "Infoblox says no.")
    async with opened() as client:
        spaces = await read(client, "account://spaces")
        zones = await read(client, "account://zones")
    assert spaces["result"]["items"] == [{"id": "a", "name": "prod"}]
    assert zones["status"] == "failed"
    assert zones["error"]["message"] == "Infoblox says no."


@pytest.mark.parametrize(
    "uri", ["job://" + "0" * 32, "job://x", "queue://nope", "file:///etc/passwd", "catalog://x"]
)
async def test_unknown_resource_is_not_found(opened: Open, uri: str) -> None:
    async with opened() as client:
        with pytest.raises(MCPError, match="Resource not found") as caught:
            await client.read_resource(uri)
        modern = client.protocol_version == "2026-07-28"
    assert caught.value.error.code == (-32602 if modern else -32002)
    assert caught.value.error.data == {"uri": uri}


async def test_resources_keep_to_the_token(settings: Settings, hand: Hand, tmp_path: Path) -> None:
    hand.plays["delete_subnet"] = keep
    tokens = read_tokens(tokens_file(tmp_path, owner=["read", "write"], ops=["ops"]))
    quick = settings.model_copy(update={"wait_seconds": 0.2})
    with a_front(quick, tokens=tokens) as front, serving(front, settings) as url:
        async with bearing(url, "owner-token", "auto") as owner:
            job_id = (await ask(owner, "delete_subnet", subnet_id="1"))["job_id"]
            await read(owner, f"job://{job_id}")
            catalog = (await read(owner, "catalog://tools"))["toolsets"]
            assert "configure_vpn_infrastructure" not in catalog.get("vpn", {})
        async with bearing(url, "ops-token", "auto") as other:
            with pytest.raises(MCPError, match="Resource not found"):
                await read(other, f"job://{job_id}")
            assert (await read(other, "account://spaces"))["error"]["code"] == "refused"
            words = await other.complete(
                PromptReference(name="provision_host"), {"name": "space", "value": ""}
            )
            assert words.completion.values == []


async def test_prompts_fill_in_their_blanks(opened: Open) -> None:
    async with opened() as client:
        listed = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
        assert set(listed) == set(PROCEDURES)
        needed = {it.name: it.required for it in listed["provision_host"].arguments or ()}
        assert needed == {"name": True, "space": True, "subnet": False, "zone": False}
        found = await client.get_prompt("provision_host", {"name": "web1", "space": "{prod}"})
    (message,) = found.messages
    assert isinstance(message.content, TextContent)
    assert message.role == "user"
    assert "Provision the host web1 in the IP space {prod}; subnet: the subnet that fits best" in (
        message.content.text
    )


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("nope", {}, "Unknown prompt: nope"),
        ("provision_host", {"name": "web1"}, "needs space"),
        ("provision_host", {"name": "web1", "space": " "}, "needs space"),
        ("triage_insights", {"most": "3", "wrong": "x"}, "no argument wrong"),
    ],
)
async def test_prompt_that_cannot_be_filled_in_is_refused(
    opened: Open, name: str, arguments: dict[str, str], complaint: str
) -> None:
    async with opened() as client:
        with pytest.raises(MCPError, match=complaint) as caught:
            await client.get_prompt(name, arguments)
    assert caught.value.error.code == -32602


@pytest.mark.parametrize("name", PROCEDURES)
def test_prompts_name_tools_that_exist(name: str) -> None:
    procedure = PROCEDURES[name]
    text = procedure.content({blank.name: "x" for blank in procedure.blanks})
    named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text)) - {"dry_run", "job_id", "next_offset"}
    assert len(named) >= 4
    assert named - {"wait_until"} - TOOLS_THAT_ARE_NO_ROWS <= set(CATALOG)


async def test_completions(opened: Open, hand: Hand) -> None:
    hand.plays["list_ip_spaces"] = done(
        items=[
            {"id": "a", "name": "Prod"},
            {"id": "b", "name": "preview"},
            {"id": "c", "name": "x"},
        ]
    )
    async with opened() as client:

        async def words(ref: Any, blank: str, typed: str) -> list[str]:
            answer = await client.complete(ref, {"name": blank, "value": typed})
            assert answer.completion.total == len(answer.completion.values)
            return answer.completion.values

        prompt = PromptReference(name="provision_host")
        assert await words(prompt, "space", "PR") == ["Prod", "preview"]
        assert await words(prompt, "name", "") == []
        assert await words(PromptReference(name="nope"), "x", "") == []
        assert await words(PromptReference(name="triage_insights"), "priority", "h") == ["HIGH"]
        queue = ResourceTemplateReference(uri="queue://{name}")
        assert await words(queue, "name", "in") == ["infoblox", "insights"]
        job_id = (await ask(client, "list_subnets"))["job_id"]
        job = ResourceTemplateReference(uri="job://{id}")
        assert await words(job, "id", job_id[:8]) == [job_id]
        assert await words(ResourceTemplateReference(uri="test://{x}"), "x", "") == []
