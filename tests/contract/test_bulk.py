"""What a host may ask of a bulk: nothing that it could not ask of each tool by itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_front.auth import read_tokens
from shared.settings import Settings
from tests.contract.conftest import Open, a_front, serving
from tests.contract.hand import Hand
from tests.contract.test_answers import SECRET, ask, vpn
from tests.contract.test_http import tokens_file
from tests.contract.test_secrets import dump
from tests.contract.test_tokens import bearing
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio
READ: dict[str, Any] = {"tool": "list_subnets", "arguments": {}}
DELETE: dict[str, Any] = {"tool": "delete_subnet", "arguments": {"subnet_id": "1"}}
CONFIGURE: dict[str, Any] = {"tool": "configure_vpn_infrastructure", "arguments": vpn()}


@pytest.fixture
def guarded(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """A front end that wants tokens."""
    path = tokens_file(tmp_path, reader=["read"], writer=["write"], tunneller=["read", "vpn"])
    with (
        a_front(settings, tokens=read_tokens(path)) as front,
        serving(front, settings) as address,
    ):
        yield address


@pytest.mark.parametrize(
    ("client_name", "calls", "lacks"),
    [
        ("reader", [READ, READ], None),
        ("reader", [READ, DELETE], "write"),
        ("writer", [DELETE], None),
        ("writer", [DELETE, READ], "read"),
        ("writer", [DELETE, CONFIGURE], "vpn"),
        ("tunneller", [READ, CONFIGURE], None),
    ],
)
async def test_every_tool_of_a_bulk_needs_its_own_scope(
    guarded: str, hand: Hand, client_name: str, calls: list[Any], lacks: str | None
) -> None:
    async with bearing(guarded, f"{client_name}-token", "auto") as client:
        found = await ask(client, "bulk_call", calls=calls)
    if lacks is None:
        assert found["status"] == "done"
    else:
        assert found["error"]["code"] == "refused"
        assert f"'{lacks}'" in found["error"]["message"]
        assert hand.seen == []


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        ([], "calls: must have at least 1 entries"),
        ([READ] * 1001, "calls: must have at most 1000 entries"),
        ([READ, {"tool": "no_such_tool"}], "call 1 (no_such_tool) is not a tool that a bulk"),
        ([{"tool": "bulk_call", "arguments": {"calls": []}}], "call 0 (bulk_call) is not a tool"),
        ([{"tool": "job_cancel", "arguments": {}}], "call 0 (job_cancel) is not a tool"),
        ([READ] * 6 + [{"tool": "list_subnets", "arguments": {"limt": 1}}], "call 6 (list_subn"),
        ([READ, {"tool": "list_subnets", "arguments": {"x": 1}, "when": 1}], "calls.1.when"),
        (
            [{"tool": "create_subnet", "arguments": {"comment": "x" * 600}}] * 900
            + [{"tool": "create_subnet", "arguments": {"comment": "x" * 600_000}}],
            "larger than 1,000,000 bytes in all, from calls.900 on",
        ),
        ([{"tool": "update_subnet", "arguments": {"subnet_id": SECRET}}], "call 0 (update_subnet)"),
    ],
)
async def test_a_bulk_that_cannot_be_done_is_refused_as_a_whole(
    opened: Open, hand: Hand, calls: list[Any], words: str
) -> None:
    async with opened() as client:
        found = await ask(client, "bulk_call", calls=calls)
    assert found["error"]["code"] == "invalid_arguments"
    assert words in found["error"]["message"]
    assert SECRET not in found["error"]["message"]
    assert hand.seen == []


async def test_one_call_of_a_bulk_may_not_be_too_large(opened: Open) -> None:
    large = {"tool": "create_ip_space", "arguments": {"name": "x", "tags": {"a": "b" * 20_000}}}
    large["arguments"]["tags"] |= {f"t{n}": "c" * 19_000 for n in range(4)}  # type: ignore[index]
    async with opened() as client:
        found = await ask(client, "bulk_call", calls=[READ, large])
    assert "call 1 (create_ip_space) is larger than 65,536 bytes" in found["error"]["message"]


@pytest.mark.parametrize("as_text", [False, True])
async def test_secrets_of_a_bulk_are_sealed(
    opened: Open, hand: Hand, valkey: Valkey, as_text: bool
) -> None:

    payload: Any = vpn(value=SECRET)["vpn_payload"]
    if as_text:
        payload = json.dumps(payload)
    calls = [
        READ,
        {"tool": "configure_vpn_infrastructure", "arguments": {"vpn_payload": payload}},
        {"tool": "create_vpn_credential", "arguments": {"name": "k", "value": SECRET}},
    ]
    async with opened() as client:
        found = await ask(client, "bulk_call", calls=calls)
    assert found["status"] == "done", found
    assert set(hand.seen[0].arguments["calls"][2]["arguments"]["value"]) == {"$sealed", "key"}
    assert SECRET not in "".join(dump(valkey, 0) + dump(valkey, 1))


async def test_a_host_is_told_that_a_bulk_may_destroy(opened: Open) -> None:
    async with opened() as client:
        (tool,) = [one for one in (await client.list_tools()).tools if one.name == "bulk_call"]
    assert tool.annotations is not None
    assert (tool.annotations.destructive_hint, tool.annotations.read_only_hint) == (True, False)
