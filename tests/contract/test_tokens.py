"""Bearer tokens: who gets in, which tools work, whose jobs are shown."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.extension import ClientExtension
from mcp.client.streamable_http import streamable_http_client

from mcp_front.auth import read_tokens
from shared.settings import Settings
from tests.contract.conftest import ERAS, a_front, serving
from tests.contract.hand import Hand
from tests.contract.test_answers import ask, vpn
from tests.contract.test_http import HELLO, status, tokens_file

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def bearing(
    url: str, token: str, era: str, extensions: Sequence[ClientExtension] = ()
) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers) as sender,
        Client(
            streamable_http_client(url, http_client=sender), mode=era, extensions=extensions
        ) as client,
    ):
        yield client


@pytest.fixture
def guarded(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """A front end on loopback that wants tokens."""
    path = tokens_file(
        tmp_path,
        reader=["read"],
        writer=["read", "write"],
        tunneller=["read", "vpn"],
        operator=["ops"],
    )
    tokens = read_tokens(path)
    with a_front(settings, tokens=tokens) as front, serving(front, settings) as address:
        yield address


@pytest.mark.parametrize("token", [None, "wrong-token", ""])
async def test_call_without_a_good_token_is_unauthorized(guarded: str, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    assert await asyncio.to_thread(status, guarded, HELLO, **headers) == 401


async def test_call_that_lost_its_token_inside_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    tokens = read_tokens(tokens_file(tmp_path, me=["read"]))
    with a_front(settings, tokens=tokens) as front:
        async with Client(front.server) as client:
            found = await ask(client, "list_subnets")
    assert found["error"]["code"] == "refused"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("client_name", "allowed"),
    [
        ("reader", {"list_subnets"}),
        ("writer", {"list_subnets", "delete_subnet"}),
        ("tunneller", {"list_subnets", "configure_vpn_infrastructure"}),
        ("operator", set()),
    ],
)
async def test_scopes_decide_which_tools_work(
    guarded: str, hand: Hand, era: str, client_name: str, allowed: set[str]
) -> None:
    calls: dict[str, dict[str, Any]] = {
        "list_subnets": {},
        "delete_subnet": {"subnet_id": "1"},
        "configure_vpn_infrastructure": vpn(),
    }
    needed = {
        "list_subnets": "read",
        "delete_subnet": "write",
        "configure_vpn_infrastructure": "vpn",
    }
    async with bearing(guarded, f"{client_name}-token", era) as client:
        for tool, arguments in calls.items():
            found = await ask(client, tool, **arguments)
            if tool in allowed:
                assert found["status"] == "done"
            else:
                assert found["error"]["code"] == "refused"
                assert f"'{needed[tool]}'" in found["error"]["message"]


@pytest.mark.parametrize("era", ERAS)
async def test_jobs_belong_to_the_client_of_the_token(guarded: str, hand: Hand, era: str) -> None:
    async with bearing(guarded, "reader-token", era) as client:
        mine = await ask(client, "list_subnets")
    assert hand.seen[0].client == "reader"
    async with bearing(guarded, "writer-token", era) as client:
        theirs = await ask(client, "job_status", job_id=mine["job_id"])
        unknown = await ask(client, "job_status", job_id="0" * 32)
    assert theirs["error"] == unknown["error"]
