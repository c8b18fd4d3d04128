"""Which tools a host has: by setting, by flag, by header; in the list, in calls, in every text."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from infoblox_mq import ROOT
from infoblox_mq.commands.servers import chosen
from infoblox_mq.parser import read
from mcp_front.selecting import NEEDED
from shared.errors import NotConfigured
from shared.operations import CATALOG, USUAL
from shared.settings import Settings
from tests.contract.conftest import ERAS, a_front, serving, settings_for
from tests.contract.hand import Hand, failed
from tests.contract.test_answers import ask
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio
OWN = {"job_status", "job_wait", "job_cancel", "job_list", "find_tools", "call_tool"}
WRITES = {name for name, row in CATALOG.items() if row.writes}


def of_toolset(*toolsets: str) -> set[str]:
    return {name for name, row in CATALOG.items() if row.toolset in toolsets}


@asynccontextmanager
async def with_headers(url: str, era: str, **headers: str) -> AsyncIterator[Client]:
    named = {f"X-MCP-{name.replace('_', '-').title()}": text for name, text in headers.items()}
    async with (
        httpx2.AsyncClient(headers=named) as sender,
        Client(streamable_http_client(url, http_client=sender), mode=era) as client,
    ):
        yield client


async def names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def refused(client: Client, tool: str) -> None:
    """Make sure that a tool is as unknown as one that never was, called directly or by name."""
    with pytest.raises(MCPError, match=f"Unknown tool: {tool}") as caught:
        await client.call_tool(tool, {})
    assert caught.value.error.code == -32602
    found = await ask(client, "call_tool", name=tool, arguments={})
    nothing = await ask(client, "call_tool", name="zzz", arguments={})
    assert found["error"]["message"].startswith("name: there is no such tool")
    assert tool not in found["error"]["message"]
    assert found["error"]["advice"] == nothing["error"]["advice"]
    assert found["tool"] == nothing["tool"] == "call_tool"


@pytest.mark.parametrize(
    ("changes", "listed"),
    [
        ({}, USUAL),
        ({"toolsets": ("dns",)}, of_toolset("dns")),
        ({"toolsets": ("all",)}, set(CATALOG)),
        ({"tools": ("get_ip_space",)}, {"get_ip_space"}),
        (
            {"toolsets": ("insights",), "tools": ("list_subnets",)},
            of_toolset("insights") | {"list_subnets"},
        ),
        ({"exclude_tools": ("list_subnets", "job_list")}, USUAL - {"list_subnets"}),
        ({"read_only": True}, USUAL - WRITES),
        (
            {"toolsets": ("vpn",), "exclude_tools": ("list_vpn_endpoints",), "read_only": True},
            of_toolset("vpn") - WRITES - {"list_vpn_endpoints"},
        ),
    ],
    ids=range(8),
)
def test_settings_choose_what_is_listed(
    settings: Settings, changes: dict[str, Any], listed: set[str]
) -> None:
    with a_front(settings.model_copy(update=changes)) as front:
        own = {tool.name for tool in front.tools} & OWN
        assert {tool.name for tool in front.tools} - OWN == listed
        gone = set(changes.get("exclude_tools", ()))
        gone |= {"job_cancel"} if changes.get("read_only") else set()
        assert own == OWN - gone
        # Where somebody chose, the list is all there is; else the whole catalog can be called.
        chooses = bool(changes.keys() & {"toolsets", "tools"})
        allowed = (
            listed
            if chooses
            else CATALOG.keys() - gone - (WRITES if "read_only" in changes else set())
        )
        assert {name for name in CATALOG if front.knows(name)} == allowed


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_hidden_is_not_called_in_any_way(valkey: Valkey, era: str) -> None:
    settings = settings_for(valkey.url, exclude_tools=("list_subnets",), read_only=True)
    with a_front(settings) as front, Hand(valkey.url, settings) as hand:
        async with Client(front.server, mode=era) as client:
            for tool in ("list_subnets", "delete_subnet", "job_cancel", "get_ip_spaces"):
                await refused(client, tool)
            assert hand.seen == []
            found = await ask(client, "find_tools", query="list_subnets", limit=20)
            assert "list_subnets" not in json.dumps(found)
            found = await ask(client, "find_tools", query="delete a subnet", limit=20)
            assert found["result"]["items"]
            assert {item["kind"] for item in found["result"]["items"]} == {"read"}


async def test_every_tool_under_read_only_says_so(settings: Settings) -> None:
    changes = {"toolsets": ("all",), "read_only": True}
    with a_front(settings.model_copy(update=changes)) as front:
        for tool in front.tools:
            assert tool.annotations
            assert tool.annotations.read_only_hint is True, tool.name
            assert tool.annotations.destructive_hint is False, tool.name


@pytest.mark.parametrize(
    "changes",
    [
        {"read_only": True},
        {"toolsets": ("all",), "read_only": True},
        {"toolsets": ("dns",)},
        {"tools": ("list_subnets", "create_subnet", "update_named_list")},
        {
            "toolsets": ("all",),
            "exclude_tools": (*sorted(CATALOG)[::2], "find_tools", "call_tool", "job_cancel"),
        },
        {"toolsets": ("all",), "exclude_tools": (*sorted(CATALOG)[1::2], "job_list")},
    ],
    ids=range(6),
)
def test_no_text_names_a_hidden_tool(settings: Settings, changes: dict[str, Any]) -> None:
    with a_front(settings.model_copy(update=changes)) as front:
        hidden = (CATALOG.keys() | OWN) - front._selector.allowed.reach
        assert hidden
        texts = [tool.model_dump_json() for tool in front.tools]
        texts.append(front.server.instructions or "")
        for text in texts:
            assert hidden.isdisjoint(re.findall(r"\w+", text)), text
        for tool in front.tools:
            assert tool.description
            assert tool.description.endswith("."), tool


async def test_advice_names_no_hidden_tool(valkey: Valkey) -> None:
    settings = settings_for(valkey.url, exclude_tools=("list_subnets",))
    with a_front(settings) as front, Hand(valkey.url, settings) as hand:
        hand.plays["get_subnet"] = failed("refused", "No such subnet.")
        async with front.running():
            reply = await front.call("get_subnet", {"subnet_id": "1"})
        assert reply.envelope["error"]["advice"] == "Read it."
        text = "Look with list_subnets. Nothing was done."
        assert front._selector.allowed.cleaned(text) == "Nothing was done."


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("headers", "listed"),
    [
        ({"toolsets": "dns"}, of_toolset("dns")),
        ({"toolsets": "dns, dhcp", "readonly": "true"}, of_toolset("dns", "dhcp") - WRITES),
        ({"tools": "list_subnets,get_subnet,no_such"}, {"list_subnets", "get_subnet"}),
        ({"tools": "no_such"}, set()),
        (
            {"exclude_tools": "list_subnets,delete_subnet"},
            USUAL - {"list_subnets", "delete_subnet"},
        ),
        ({"readonly": "1"}, USUAL - WRITES),
        ({"readonly": "false", "toolsets": "", "tools": ",,"}, USUAL),
    ],
    ids=range(7),
)
async def test_headers_narrow(
    url: str, hand: Hand, era: str, headers: dict[str, str], listed: set[str]
) -> None:
    async with with_headers(url, era, **headers) as client:
        assert await names(client) - OWN == listed
        for tool in ("list_subnets", "delete_subnet"):
            chooses = bool(headers.get("toolsets") or headers.get("tools", "").strip(" ,"))
            if tool not in listed and (chooses or tool in USUAL):
                await refused(client, tool)
    assert hand.seen == []


@pytest.mark.parametrize(
    "headers",
    [
        {"toolsets": "all"},
        {"tools": "delete_subnet,list_subnets,list_vpn_endpoints"},
        {"toolsets": "all,vpn,ipam", "readonly": "false", "exclude_tools": ""},
    ],
    ids=range(3),
)
async def test_headers_never_add_to_what_the_settings_allow(
    valkey: Valkey, headers: dict[str, str]
) -> None:
    changes: dict[str, Any] = {"toolsets": ("ipam",), "exclude_tools": ("list_subnets",)}
    settings = settings_for(valkey.url, read_only=True, **changes)
    with a_front(settings) as front, serving(front, settings) as url:
        async with with_headers(url, "auto", **headers) as client:
            listed = await names(client) - OWN
            assert listed <= of_toolset("ipam") - WRITES - {"list_subnets"}
            for tool in ("list_subnets", "delete_subnet", "list_vpn_endpoints"):
                await refused(client, tool)


@pytest.mark.parametrize(
    "headers",
    [{"toolsets": "dsn"}, {"readonly": "maybe"}, {"tools": "x" * 8193}, {"toolsets": "dns;vpn"}],
    ids=["toolset", "readonly", "long", "semicolon"],
)
async def test_a_header_that_cannot_be_read_narrows_to_nothing(
    url: str, hand: Hand, headers: dict[str, str]
) -> None:
    """It may have meant to bar something."""
    async with with_headers(url, "auto", **headers) as client:
        for attempt in (client.list_tools(), client.call_tool("list_subnets", {})):
            with pytest.raises(MCPError, match="x-mcp-") as caught:
                await attempt
            assert caught.value.error.code == -32602
    assert hand.seen == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"tools": ("list_subnet",)},
            r"_TOOLS: there is no tool list_subnet \(did you mean list_s",
        ),
        ({"exclude_tools": ("delete_subnett",)}, "_EXCLUDE_TOOLS: there is no tool delete_subnett"),
        ({"exclude_tools": ("job_wait",)}, "_EXCLUDE_TOOLS: job_wait is always there"),
    ],
)
def test_a_misspelt_tool_stops_the_start(
    settings: Settings, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotConfigured, match=said), a_front(settings.model_copy(update=changes)):
        pass


def test_flags_go_before_variables() -> None:
    env = {"INFOBLOX_MQ_TOOLSETS": "vpn", "INFOBLOX_MQ_READ_ONLY": "true", "REDIS_URL": "x"}
    args = read(["http", "--toolsets", "dns,dhcp", "--exclude-tools", "delete_dns_view"])
    found = Settings.from_env(chosen(args, env))
    assert found.toolsets == ("dns", "dhcp")
    assert found.exclude_tools == ("delete_dns_view",)
    assert found.read_only
    args = read(["stdio", "--tools", "list_subnets", "--read-only"])
    found = Settings.from_env(chosen(args, {}))
    assert (found.tools, found.read_only, found.toolsets) == (("list_subnets",), True, ())
    with pytest.raises(NotConfigured, match="INFOBLOX_MQ_TOOLSETS"):
        Settings.from_env(chosen(read(["stdio", "--toolsets", "dsn"]), {}))


async def test_flags_reach_a_real_front_end(valkey: Valkey) -> None:
    flags = ["--toolsets", "insights", "--tools", "list_subnets", "--read-only"]
    parameters = StdioServerParameters(
        command=str(ROOT / ".venv/bin/infoblox-mq"),
        args=["stdio", *flags, "--exclude-tools", "get_td_insight"],
        env={"REDIS_URL": valkey.url},
    )
    async with Client(stdio_client(parameters)) as client:
        expected = of_toolset("insights") - WRITES - {"get_td_insight"} | {"list_subnets"}
        assert await names(client) - OWN == expected


def test_what_answers_refer_to_cannot_be_taken_away(settings: Settings) -> None:
    with a_front(settings) as front:
        narrowed = front._selector.narrowed({"x-mcp-exclude-tools": ",".join(NEEDED)})
        assert narrowed.reach >= NEEDED
