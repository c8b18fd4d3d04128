"""What hosts are offered: names, schemas, annotations; one snapshot per tool."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import Tool

from mcp_front.server import Front
from shared.operations import ALL, CATALOG, USUAL
from shared.settings import Settings
from tests.contract.conftest import ERAS, Open, a_front

SNAPSHOTS = Path(__file__).parent / "tools"
JOB_TOOLS = {"job_status", "job_wait", "job_cancel", "job_list"}
OWN = JOB_TOOLS | {"find_tools", "call_tool"}
# What a host pays for the usual tools, as it comes over the wire.
MOST_TOOLS, MOST_BYTES = 40, 30_000
pytestmark = pytest.mark.anyio


@pytest.fixture
def every(settings: Settings) -> Iterator[Front]:
    """A front that shows every tool."""
    with a_front(settings.model_copy(update={"toolsets": (ALL,)})) as made:
        yield made


async def test_the_usual_rows_and_the_job_tools_are_listed_once(opened: Open) -> None:
    async with opened() as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
    assert sorted(listed) == sorted(USUAL | OWN)


def test_every_row_is_listed_where_all_are_asked_for(every: Front) -> None:
    assert sorted(tool.name for tool in every.tools) == sorted(CATALOG.keys() | OWN)


async def test_instructions_explain_jobs(opened: Open) -> None:
    async with opened() as client:
        assert client.instructions
        assert "job_wait" in client.instructions
        assert client.server_info
        assert client.server_info.name == "infoblox-mq"


async def test_unknown_tool_is_a_protocol_error(opened: Open) -> None:
    async with opened() as client:
        with pytest.raises(MCPError, match="Unknown tool: no_such_tool") as caught:
            await client.call_tool("no_such_tool", {})
    assert caught.value.error.code == -32602


async def test_cursor_nobody_gave_out_is_refused(opened: Open) -> None:
    async with opened() as client:
        with pytest.raises(MCPError, match="one page"):
            await client.list_tools(cursor="made-up")


def test_tools_equal_their_snapshots(every: Front) -> None:
    """Set REWRITE_TOOLS=1 to accept a change; the diff of the files is the review."""
    found = {
        tool.name: json.dumps(
            tool.model_dump(
                mode="json",
                by_alias=True,
                exclude_none=True,
                exclude={"output_schema", "execution"},
            ),
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
        for tool in every.tools
    }
    if os.environ.get("REWRITE_TOOLS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        for path in SNAPSHOTS.glob("*.json"):
            path.unlink()
        for name, text in found.items():
            (SNAPSHOTS / f"{name}.json").write_text(text)
    kept = {path.stem: path.read_text() for path in SNAPSHOTS.glob("*.json")}
    assert found == kept


def wire(tool: Tool) -> int:
    """Return the bytes of a tool in the list."""
    return len(tool.model_dump_json(by_alias=True, exclude_none=True).encode())


def test_schemas_are_valid_and_told(every: Front, front: Front) -> None:
    for tool in (*every.tools, *front.tools):
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.description
        assert tool.title
    for tool in every.tools:
        assert tool.input_schema["additionalProperties"] is False


async def test_the_usual_tools_cost_a_host_little(url: str) -> None:
    """Measured on the wire, in both eras; the dearest tools are named when it fails."""
    for era in ERAS:
        async with Client(url, mode=era) as client:
            listed = (await client.list_tools()).tools
        costs = sorted(((wire(tool), tool.name) for tool in listed), reverse=True)
        total = sum(cost for cost, _ in costs) + len(costs)
        print(f"{era}: {len(costs)} tools, {total:,} bytes; dearest {costs[:3]}")  # noqa: T201
        assert len(costs) <= MOST_TOOLS
        assert total <= MOST_BYTES, costs[:8]


def test_descriptions_are_short_and_send_elsewhere(front: Front) -> None:
    """A usual tool says what else to use, or what must not be expected of it."""
    for tool in front.tools:
        assert len(tool.description or "") <= 550, tool.name
    others = CATALOG.keys() | OWN
    for name in sorted(USUAL):
        words = set(re.findall(r"\w+", CATALOG[name].description))
        assert words & others - {name} or "stays" in words, name
    for row in CATALOG.values():
        assert len(row.description) <= 550, row.name


def test_a_short_schema_never_refuses_what_the_whole_one_takes(every: Front, front: Front) -> None:
    """What a host checks by the short form is checked again by the whole one."""
    whole = {tool.name: tool.input_schema for tool in every.tools}
    for tool in front.tools:
        short = tool.input_schema
        assert set(short.get("required", ())) == set(whole[tool.name].get("required", ()))
        left_out = whole[tool.name]["properties"].keys() - short["properties"].keys()
        assert left_out.isdisjoint(short.get("required", ()))
        assert ("additionalProperties" in short) is not bool(left_out)


@pytest.mark.parametrize("name", [name for name in CATALOG if name.startswith("list_")])
def test_a_list_costs_a_host_little(name: str) -> None:
    """Some 450 tokens, at four bytes each."""
    schema = json.dumps(CATALOG[name].input_schema, separators=(",", ":"))
    assert len(schema) <= 1800


def test_annotations_follow_the_effect(every: Front) -> None:
    hints = {tool.name: tool.annotations for tool in every.tools}
    for name, row in CATALOG.items():
        hint = hints[name]
        assert hint is not None
        assert hint.read_only_hint is not row.writes
        assert hint.destructive_hint is row.destructive
        assert hint.idempotent_hint is (not row.writes or row.natural)
        assert hint.open_world_hint is True
    for name, destructive in {
        "list_subnets": False,
        "create_subnet": False,
        "update_subnet": True,
        "delete_subnet": True,
        "configure_vpn_infrastructure": True,
        "job_cancel": True,
        "job_wait": False,
        "find_tools": False,
        "call_tool": True,
    }.items():
        hint = hints[name]
        assert hint is not None
        assert hint.destructive_hint is destructive
