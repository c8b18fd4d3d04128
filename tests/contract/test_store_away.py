"""Redis killed, frozen, full, swallowed by the network; and back again."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import pytest
from mcp import Client

from mcp_front.server import Front
from tests.contract.conftest import ERAS, a_front, settings_for
from tests.contract.hand import Hand, keep
from tests.contract.test_answers import ask
from tests.contract.valkey import Valkey, black_hole

pytestmark = pytest.mark.anyio
Break = Callable[[Valkey], None]
BREAKS: dict[str, Break] = {"killed": Valkey.kill, "frozen": Valkey.pause}


@contextmanager
def broken_front(way: str, fragile: Valkey) -> Iterator[Front]:
    """Yield a front end whose store went away after a good call, or was never there."""
    if way == "black hole":
        with black_hole() as url, a_front(settings_for(url)) as front:
            yield front
        return
    with a_front(settings_for(fragile.url)) as front:
        yield front
    fragile.resume() if way == "frozen" else None


async def slowest_of(front: Front, calls: int) -> float:
    """Return the 99th percentile of so many calls at once; all must fail as they should."""

    async def one(number: int) -> float:
        begun = time.perf_counter()
        reply = await front.call("get_subnet", {"subnet_id": str(number)})
        assert reply.envelope["error"]["code"] == "unavailable"
        assert "job store (Redis)" in reply.envelope["error"]["message"]
        assert reply.envelope["error"]["retry_after_seconds"] > 0
        return time.perf_counter() - begun

    taken = sorted(await asyncio.gather(*[one(number) for number in range(calls)]))
    return taken[int(calls * 0.99)]


@pytest.mark.parametrize("way", ["killed", "frozen", "black hole"])
async def test_calls_fail_within_a_second(way: str, fragile: Valkey) -> None:
    with broken_front(way, fragile) as front:
        async with front.running():
            if way in BREAKS:
                assert not (await front.call("job_list")).is_error
                BREAKS[way](fragile)
            assert await slowest_of(front, 200) < 1
            assert await slowest_of(front, 200) < 1
            for tool in ("job_list", "delete_subnet"):
                begun = time.perf_counter()
                await front.call(tool, {} if tool == "job_list" else {"subnet_id": "1"})
                assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("era", ERAS)
async def test_tools_are_listed_while_the_store_is_away(era: str) -> None:
    with black_hole() as url, a_front(settings_for(url)) as front:
        async with Client(front.server, mode=era) as client:
            assert (await client.list_tools()).tools
            assert (await ask(client, "job_list"))["error"]["code"] == "unavailable"


@pytest.mark.parametrize("way", ["killed", "frozen"])
async def test_calls_work_again_within_three_seconds(way: str, fragile: Valkey) -> None:
    settings = settings_for(fragile.url)
    with Hand(fragile.url, settings), a_front(settings) as front:
        async with front.running():
            assert not (await front.call("list_subnets")).is_error
            BREAKS[way](fragile)
            assert (await front.call("list_subnets")).is_error
            await asyncio.to_thread(fragile.start if way == "killed" else fragile.resume)
            with anyio.fail_after(3):
                while (await front.call("list_subnets")).is_error:
                    await anyio.sleep(0.05)


async def test_call_that_waits_through_a_restart_is_answered(fragile: Valkey) -> None:
    settings = settings_for(fragile.url, wait_seconds=15)
    with Hand(fragile.url, settings) as hand, a_front(settings) as front:
        hand.idle.set()
        async with front.running():
            call = asyncio.create_task(front.call("delete_subnet", {"subnet_id": "1"}))
            while not hand.ledger.listed(limit=1).jobs:
                await anyio.sleep(0.01)
            fragile.kill()
            await asyncio.to_thread(fragile.start)
            hand.idle.clear()
            with anyio.fail_after(5):
                assert (await call).envelope["status"] == "done"


async def test_job_whose_acceptance_is_unknown_keeps_its_id(fragile: Valkey) -> None:
    with a_front(settings_for(fragile.url, wait_seconds=0.1)) as front:
        async with front.running():
            # The store knows the script from here on: what is sent while it is frozen will run.
            await asyncio.to_thread(front.store.ledger.publish_account, "default", "tag")
            await front.call("delete_subnet", {"subnet_id": "0"})
            fragile.pause()
            reply = await front.call("delete_subnet", {"subnet_id": "1"})
            fragile.resume()
            job_id = reply.envelope["job_id"]
            assert reply.envelope["error"]["code"] == "unavailable"
            assert job_id in reply.envelope["error"]["message"]
            assert "Repeating the call is safe" in reply.envelope["error"]["advice"]
            with anyio.fail_after(3):
                while (await front.call("job_status", {"job_id": job_id})).is_error:
                    await anyio.sleep(0.05)


async def test_store_that_dies_while_a_call_waits_still_gives_the_id(fragile: Valkey) -> None:
    settings = settings_for(fragile.url, wait_seconds=0.5)
    with Hand(fragile.url, settings) as hand, a_front(settings) as front:
        hand.plays["delete_subnet"] = keep
        async with front.running():
            call = asyncio.create_task(front.call("delete_subnet", {"subnet_id": "1"}))
            while not hand.seen:
                await anyio.sleep(0.01)
            fragile.kill()
            reply = await call
    assert reply.is_error is False
    assert reply.envelope["status"] == "running"
    assert reply.envelope["job_id"] == hand.seen[0].id
    assert "does not answer" in reply.envelope["meta"]["note"]


async def test_call_that_reached_nobody_has_no_job(fragile: Valkey) -> None:
    with a_front(settings_for(fragile.url, wait_seconds=0.1)) as front:
        async with front.running():
            await asyncio.to_thread(front.store.ledger.publish_account, "default", "tag")
            await front.call("delete_subnet", {"subnet_id": "0"})
            fragile.kill()
            reply = await front.call("delete_subnet", {"subnet_id": "1"})
    assert reply.envelope["error"]["code"] == "unavailable"
    assert "job_id" not in reply.envelope


async def test_progress_says_that_the_store_is_away(fragile: Valkey) -> None:
    told: list[str] = []

    async def tell(_done: float, text: str) -> None:
        told.append(text)

    settings = settings_for(fragile.url, wait_seconds=1)
    with Hand(fragile.url, settings) as hand, a_front(settings, word_seconds=0.2) as front:
        hand.plays["delete_subnet"] = keep
        async with front.running():
            call = asyncio.create_task(front.call("delete_subnet", {"subnet_id": "1"}, tell=tell))
            while not told:
                await anyio.sleep(0.01)
            fragile.kill()
            await call
    assert told[0] == "attempt 1 is running"
    assert told[-1] == "the job store does not answer just now; the job is accepted"


async def test_full_store_is_busy(fragile: Valkey) -> None:
    client = fragile.client()
    with Hand(fragile.url, settings_for(fragile.url)), a_front(settings_for(fragile.url)) as front:
        async with front.running():
            await front.call("list_subnets")
            client.config_set("maxmemory", "1mb")
            reply = await front.call("delete_subnet", {"subnet_id": "1"})
            client.config_set("maxmemory", "0")
    client.close()
    assert reply.envelope["error"]["code"] == "busy"
    assert "full" in reply.envelope["error"]["message"]
