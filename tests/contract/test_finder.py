"""find_tools and call_tool over real clients: what they show, and that nothing gets by them."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.shared.exceptions import MCPError

from mcp_front.answers import BYTES_PER_TOKEN
from mcp_front.auth import read_tokens
from mcp_front.server import Front
from shared.operations import CATALOG, USUAL
from shared.settings import Settings
from tests.contract.conftest import ERAS, Open, a_front, serving, settings_for
from tests.contract.hand import Hand, done, keep
from tests.contract.test_answers import SUBNET, ask, vpn
from tests.contract.test_http import tokens_file
from tests.contract.test_tokens import bearing
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def near_by(front: Front) -> Open:
    """How to open a client in memory."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[Client]:
        async with Client(front.server) as client:
            yield client

    return connected


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    return await ask(client, "call_tool", name=tool, arguments=arguments)


async def test_what_is_found_can_be_called_as_its_schema_says(opened: Open, hand: Hand) -> None:
    hand.plays["list_ip_ranges"] = done(items=[{"id": "r"}], next_offset=None, total=None)
    async with opened() as client:
        found = await ask(client, "find_tools", query="show the DHCP pools")
        (item,) = [one for one in found["result"]["items"] if one["name"] == "list_ip_ranges"]
        assert item.keys() == {
            *("name", "title", "description", "kind", "toolset", "input_schema"),
        }
        assert (item["kind"], item["toolset"]) == ("read", "ipam")
        arguments = {"limit": 5}
        Draft202012Validator(item["input_schema"]).validate(arguments)
        answer = await call(client, "list_ip_ranges", **arguments)
    assert answer["tool"] == "list_ip_ranges"
    assert answer["result"]["items"] == [{"id": "r"}]
    assert hand.seen[0].tool == "list_ip_ranges"
    assert hand.seen[0].arguments["limit"] == 5


async def test_kinds_tell_what_is_done(near_by: Open) -> None:
    async with near_by() as client:
        for name, kind in (
            ("list_subnets", "read"),
            ("create_subnet", "write"),
            ("update_subnet", "destructive"),
            ("delete_subnet", "destructive"),
            ("job_status", "read"),
            ("job_cancel", "destructive"),
        ):
            found = await ask(client, "find_tools", query=name)
            assert [one["kind"] for one in found["result"]["items"]] == [kind]


async def test_the_dearest_schema_is_shown_whole(near_by: Open) -> None:
    dearest = max(CATALOG.values(), key=lambda row: len(json.dumps(row.input_schema)))
    async with near_by() as client:
        for name in (dearest.name, "configure_vpn_infrastructure", "create_subnet"):
            found = await ask(client, "find_tools", query=name)
            (item,) = found["result"]["items"]
            assert item["input_schema"] == CATALOG[name].input_schema
            assert "truncated" not in found.get("meta", {})


@pytest.mark.parametrize("tokens", [500, 2000, 8000])
async def test_answers_of_the_search_are_bounded(valkey: Valkey, tokens: int) -> None:
    with a_front(settings_for(valkey.url, answer_tokens=tokens)) as front:
        async with front.running():
            for query in ("create dns server profile view settings", "vpn", "subnet"):
                reply = await front.call("find_tools", {"query": query, "limit": 20})
                assert reply.text is not None
                assert len(reply.text.encode()) <= tokens * BYTES_PER_TOKEN
                assert reply.envelope["result"]["items"]


async def test_what_is_not_ours_is_answered_honestly(near_by: Open) -> None:
    async with near_by() as client:
        found = await ask(client, "find_tools", query="order a pizza")
    assert found["status"] == "done"
    assert found["result"]["items"] == []
    assert "not done here" in found["result"]["note"]


async def test_arguments_of_the_inner_tool_are_checked_as_its_own(opened: Open, hand: Hand) -> None:
    async with opened() as client:
        found = await call(client, "list_ip_ranges", limit=5000, foo=1)
        assert found["tool"] == "list_ip_ranges"
        assert found["error"]["code"] == "invalid_arguments"
        assert found["error"]["message"] == (
            "limit: must be at most 1000; foo: is not an argument of list_ip_ranges"
        )
        found = await ask(client, "call_tool", name="list_ip_ranges", limit=5)
        assert found["error"]["message"] == "limit: is not an argument of call_tool"
        found = await ask(client, "call_tool", name="list_ip_ranges", arguments='{"limit": 3}')
        assert found["status"] == "done"
    assert [job.arguments["limit"] for job in hand.seen] == [3]


@pytest.mark.parametrize("tool", ["call_tool", "find_toolz", "", "x" * 128])
async def test_call_tool_calls_tools_only(near_by: Open, hand: Hand, tool: str) -> None:
    async with near_by() as client:
        found = await call(client, tool, name="delete_subnet")
    assert found["error"]["code"] == "invalid_arguments"
    assert found["error"]["message"].startswith("name: there is no such tool")
    assert hand.seen == []


async def test_a_dry_run_stays_one(near_by: Open, hand: Hand) -> None:
    async with near_by() as client:
        await call(client, "create_subnet", **SUBNET, dry_run=True)
    assert hand.seen[0].arguments["dry_run"] is True
    assert hand.seen[0].writes is False


async def test_called_in_either_way_it_is_one_job(near_by: Open, hand: Hand) -> None:
    """Calls through call_tool join as others do: what joins is the inner tool."""
    hand.plays["delete_subnet"] = done()
    async with near_by() as client:
        first = await call(client, "delete_subnet", subnet_id="7")
        again = await ask(client, "delete_subnet", subnet_id="7")
    assert again["job_id"] == first["job_id"]
    assert len(hand.seen) == 1


async def test_jobs_and_logs_name_the_inner_tool(
    near_by: Open, hand: Hand, front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    hand.plays["get_subnet"] = done(id="x")
    async with near_by() as client:
        found = await call(client, "get_subnet", subnet_id="7")
        status = await ask(client, "job_status", job_id=found["job_id"])
        listed = await ask(client, "job_list")
        inner = await call(client, "job_status", job_id=found["job_id"])
    assert status["tool"] == "get_subnet"
    assert [item["tool"] for item in listed["result"]["items"]] == ["get_subnet"]
    assert inner["result"] == status["result"]
    front_row = front._tools["get_subnet"]
    caplog.clear()

    async def broken(*_: Any) -> Any:
        raise RuntimeError("inside")

    object.__setattr__(front_row, "run", broken)
    try:
        async with front.running():
            reply = await front.call(
                "call_tool", {"name": "get_subnet", "arguments": {"subnet_id": "1"}}
            )
    finally:
        front._tools._made.pop("get_subnet")
    assert reply.envelope["error"]["code"] == "internal"
    assert reply.envelope["tool"] == "get_subnet"
    assert "'tool': 'get_subnet'" in caplog.text or '"tool": "get_subnet"' in caplog.text


async def test_secrets_stay_sealed_through_call_tool(near_by: Open, hand: Hand) -> None:
    hand.plays["configure_vpn_infrastructure"] = done(id="x")
    async with near_by() as client:
        await call(client, "configure_vpn_infrastructure", **vpn())
    assert "Canary" not in json.dumps(hand.seen[0].arguments)


@pytest.mark.parametrize("era", ERAS)
async def test_call_tool_needs_the_scope_of_the_inner_tool(
    settings: Settings, hand: Hand, tmp_path: Path, era: str
) -> None:
    path = tokens_file(tmp_path, reader=["read"], writer=["read", "write"], operator=["ops"])
    with a_front(settings, tokens=read_tokens(path)) as front, serving(front, settings) as url:
        for token, tool, arguments, scope in (
            ("reader-token", "delete_subnet", {"subnet_id": "1"}, "write"),
            ("writer-token", "configure_vpn_infrastructure", vpn(), "vpn"),
            ("operator-token", "list_subnets", {}, "read"),
        ):
            async with bearing(url, token, era) as client:
                found = await call(client, tool, **arguments)
                assert found["error"]["code"] == "refused"
                assert found["error"]["message"] == f"This token lacks the scope '{scope}'."
        assert hand.seen == []
        async with bearing(url, "writer-token", era) as client:
            assert (await call(client, "delete_subnet", subnet_id="1"))["status"] == "done"


async def test_a_long_call_answers_running_with_the_inner_tool(valkey: Valkey) -> None:
    settings = settings_for(valkey.url, wait_seconds=0.3)
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    with Hand(valkey.url, settings) as hand, a_front(settings, word_seconds=0.1) as front:
        hand.plays["delete_subnet"] = keep
        async with Client(front.server) as client:
            answer = await client.call_tool(
                "call_tool",
                {"name": "delete_subnet", "arguments": {"subnet_id": "1"}},
                progress_callback=hear,
            )
    found = answer.structured_content or {}
    assert (found["status"], found["tool"]) == ("running", "delete_subnet")
    assert told


async def test_every_tool_that_is_not_listed_can_be_found_and_reached(front: Front) -> None:
    async with front.running():
        for name in sorted(CATALOG.keys() - USUAL)[::12]:
            reply = await front.call("find_tools", {"query": name})
            assert [item["name"] for item in reply.envelope["result"]["items"]] == [name]
            reply = await front.call("call_tool", {"name": name, "arguments": {"zzz": 1}})
            assert reply.envelope["tool"] == name
            assert "zzz" in reply.envelope["error"]["message"]


@contextmanager
def without(settings: Settings, *names: str) -> Iterator[Front]:
    with a_front(settings.model_copy(update={"exclude_tools": names})) as front:
        yield front


async def test_the_two_tools_can_be_excluded_as_well(settings: Settings) -> None:
    with without(settings, "find_tools", "call_tool") as front:
        assert {"find_tools", "call_tool"}.isdisjoint(tool.name for tool in front.tools)
        assert "find_tools" not in (front.server.instructions or "")
        with pytest.raises(MCPError, match="Unknown tool: call_tool"):
            await front.call("call_tool", {"name": "list_subnets"})
