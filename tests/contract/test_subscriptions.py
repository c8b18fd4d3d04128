"""Updates of jobs, pushed to subscribers of both eras, whichever front end accepted the job."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import ResourceUpdatedNotification

from mcp_front.auth import read_tokens
from mcp_front.server import Front
from shared.ledger import Outcome
from shared.settings import Settings
from tests.contract.asking import send
from tests.contract.conftest import a_front, serving, settings_for
from tests.contract.hand import Hand, keep
from tests.contract.test_answers import ask
from tests.contract.test_http import tokens_file
from tests.contract.test_resources import read
from tests.contract.test_tokens import bearing
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def quick(valkey: Valkey) -> Settings:
    return settings_for(valkey.url, wait_seconds=0.2)


@pytest.fixture
def accepting(quick: Settings) -> Iterator[str]:
    """The address of the front end that accepts the jobs."""
    with a_front(quick) as front, serving(front, quick) as url:
        yield url


@pytest.fixture
def watching(quick: Settings) -> Iterator[Front]:
    """Another front end, with the subscribers."""
    with a_front(quick) as front:
        yield front


async def begun(url: str, hand: Hand) -> str:
    """Begin a job that does not end by itself."""
    hand.plays["delete_subnet"] = keep
    async with Client(url) as client:
        job_id: str = (await ask(client, "delete_subnet", subnet_id="1"))["job_id"]
    with anyio.fail_after(10):
        while not hand.seen:
            await anyio.sleep(0.01)
    return job_id


def end(hand: Hand) -> None:
    hand.ledger.finish(hand.seen[0], Outcome("done", result={}))


@asynccontextmanager
async def subscriber(target: Any) -> AsyncIterator[tuple[Client, list[str]]]:
    """Yield a client of the older protocol, and the addresses it is told of."""
    told: list[str] = []

    async def note(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            told.append(str(message.params.uri))

    async with Client(target, mode="legacy", message_handler=note) as client:
        yield client, told


async def reached(told: list[str], count: int) -> None:
    with anyio.fail_after(10):
        while len(told) < count:
            await anyio.sleep(0.01)


@pytest.mark.parametrize("transport", ["memory", "http"])
async def test_older_subscriber_hears_of_a_job_of_another_front_end(
    accepting: str, watching: Front, quick: Settings, hand: Hand, transport: str
) -> None:
    job_id = await begun(accepting, hand)
    with serving(watching, quick) as url:
        async with subscriber(watching.server if transport == "memory" else url) as (client, told):
            assert client.server_capabilities is not None
            assert client.server_capabilities.resources is not None
            assert client.server_capabilities.resources.subscribe is True
            await send(client, "resources/subscribe", uri=f"job://{job_id}")
            await send(client, "resources/subscribe", uri=f"job://{job_id}")
            hand.ledger.park(hand.seen[0], wait_seconds=60, note="attempt 1 of 12 answered 409")
            await reached(told, 1)
            before = len(told)
            hand.ledger.cancel(job_id, client="local")
            await reached(told, before + 1)
    assert set(told) == {f"job://{job_id}"}


async def test_unsubscribed_session_hears_nothing_more(
    accepting: str, watching: Front, hand: Hand
) -> None:
    job_id = await begun(accepting, hand)
    async with subscriber(watching.server) as (client, told):
        uri = f"job://{job_id}"
        await send(client, "resources/subscribe", uri=uri)
        await send(client, "resources/unsubscribe", uri=uri)
        await send(client, "resources/unsubscribe", uri=uri)
        # The worker's claim may have been told of in between.
        before = len(told)
        async with subscriber(watching.server) as (other, heard):
            await send(other, "resources/subscribe", uri=uri)
            end(hand)
            with anyio.fail_after(10):
                while (await read(other, uri))["status"] != "done" or not heard:
                    await anyio.sleep(0.01)
    assert len(told) == before


async def test_older_subscriber_to_anything_else_is_refused(watching: Front) -> None:
    async with subscriber(watching.server) as (client, _):
        for uri in ("job://" + "0" * 32, "queue://infoblox", "job://x"):
            with pytest.raises(MCPError, match="Only jobs of yours"):
                await send(client, "resources/subscribe", uri=uri)


@pytest.mark.parametrize("transport", ["memory", "http"])
async def test_newer_subscriber_hears_of_a_job_of_another_front_end(
    accepting: str, watching: Front, quick: Settings, hand: Hand, transport: str
) -> None:
    job_id = await begun(accepting, hand)
    uri = f"job://{job_id}"
    with serving(watching, quick) as url:
        target: Any = watching.server if transport == "memory" else url
        async with (
            Client(target) as client,
            client.listen(resource_subscriptions=[uri, "queue://infoblox"]) as stream,
        ):
            assert stream.honored.resource_subscriptions == [uri]
            end(hand)
            with anyio.fail_after(10):
                event = await anext(aiter(stream))
            assert event == ResourceUpdated(uri=uri)
            status = await client.call_tool("job_status", {"job_id": job_id})
            assert status.structured_content["status"] == "done"


async def test_foreign_jobs_are_left_out(settings: Settings, hand: Hand, tmp_path: Path) -> None:
    hand.plays["delete_subnet"] = keep
    tokens = read_tokens(tokens_file(tmp_path, owner=["read", "write"], thief=["read", "write"]))
    quick = settings.model_copy(update={"wait_seconds": 0.2})
    with a_front(quick, tokens=tokens) as front, serving(front, quick) as url:
        async with bearing(url, "owner-token", "auto") as owner:
            job_id = (await ask(owner, "delete_subnet", subnet_id="1"))["job_id"]
        uri = f"job://{job_id}"
        async with (
            bearing(url, "thief-token", "auto") as thief,
            thief.listen(resource_subscriptions=[uri]) as stream,
        ):
            assert not stream.honored.resource_subscriptions
        async with bearing(url, "thief-token", "legacy") as thief:
            with pytest.raises(MCPError, match="Only jobs of yours"):
                await send(thief, "resources/subscribe", uri=uri)


async def test_stopping_front_end_ends_streams_in_order(
    accepting: str, watching: Front, quick: Settings, hand: Hand
) -> None:
    job_id = await begun(accepting, hand)
    with serving(watching, quick) as url:
        async with (
            Client(url) as client,
            client.listen(resource_subscriptions=[f"job://{job_id}"]) as stream,
        ):
            with anyio.fail_after(10):
                watching.drain()
                # An abrupt end would raise.
                assert [event async for event in stream] == []
