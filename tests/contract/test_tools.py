"""What hosts are offered: names, schemas, annotations; one snapshot per tool."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mcp.shared.exceptions import MCPError

from mcp_front.server import Front
from shared.operations import CATALOG
from tests.contract.conftest import Open

SNAPSHOTS = Path(__file__).parent / "tools"
JOB_TOOLS = {"job_status", "job_wait", "job_cancel", "job_list"}
pytestmark = pytest.mark.anyio


async def test_every_row_and_the_job_tools_are_listed_once(opened: Open) -> None:
    async with opened() as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
    assert set(listed) == set(CATALOG) | JOB_TOOLS
    assert len(set(listed)) == len(listed)


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


def test_tools_equal_their_snapshots(front: Front) -> None:
    """Set REWRITE_TOOLS=1 to accept a change; the diff of the files is the review."""
    found = {
        tool.name: json.dumps(
            tool.model_dump(
                mode="json", by_alias=True, exclude_none=True, exclude={"output_schema"}
            ),
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
        for tool in front.tools
    }
    if os.environ.get("REWRITE_TOOLS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        for path in SNAPSHOTS.glob("*.json"):
            path.unlink()
        for name, text in found.items():
            (SNAPSHOTS / f"{name}.json").write_text(text)
    kept = {path.stem: path.read_text() for path in SNAPSHOTS.glob("*.json")}
    assert found == kept


def test_schemas_are_valid_and_small(front: Front) -> None:
    for tool in front.tools:
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.input_schema["additionalProperties"] is False
        assert tool.description
        assert tool.title
    size = sum(len(tool.model_dump_json(by_alias=True, exclude_none=True)) for tool in front.tools)
    assert size < 75_000


def test_annotations_follow_the_effect(front: Front) -> None:
    hints = {tool.name: tool.annotations for tool in front.tools}
    for name, row in CATALOG.items():
        hint = hints[name]
        assert hint is not None
        assert hint.read_only_hint is not row.writes
    for name, destructive in {
        "list_subnets": False,
        "create_subnet": False,
        "update_subnet": True,
        "delete_subnet": True,
        "configure_vpn_infrastructure": True,
        "job_cancel": True,
        "job_wait": False,
    }.items():
        hint = hints[name]
        assert hint is not None
        assert hint.destructive_hint is destructive
