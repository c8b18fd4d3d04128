"""What is lost on the way is found again, or said."""

import asyncio
import threading
from typing import Any

import anyio
import pytest
import redis

from shared.ledger import Attempt, Job
from tests.contract.conftest import a_front, settings_for
from tests.contract.hand import Hand, done, keep
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio


async def test_front_end_goes_on_for_those_who_stay(valkey: Valkey) -> None:
    settings = settings_for(valkey.url)
    with Hand(valkey.url, settings), a_front(settings) as front:
        async with front.running():
            async with front.running():
                assert not (await front.call("list_subnets")).is_error
            assert not (await front.call("list_subnets")).is_error


async def test_wakeup_lost_with_the_stream_is_healed(fragile: Valkey) -> None:
    """The job ends while the front end's connection is cut: the record is read again."""
    settings = settings_for(fragile.url, wait_seconds=10)
    with Hand(fragile.url, settings) as hand, a_front(settings) as front:
        hand.plays["delete_subnet"] = keep
        async with front.running():
            call = asyncio.create_task(front.call("delete_subnet", {"subnet_id": "1"}))
            while not hand.seen:
                await anyio.sleep(0.01)
            client = fragile.client()
            client.delete(*client.keys("imq:replies:*"))
            hand.plays["delete_subnet"] = done()
            hand.ledger.finish(hand.seen[0], done(gone=True)(hand, hand.seen[0]))  # type: ignore[arg-type]  # never None
            client.client_kill_filter(_type="normal", skipme=True)
            client.close()
            with anyio.fail_after(4):
                assert (await call).envelope["result"] == {"gone": True}


async def test_joined_job_that_cannot_be_read_is_waited_for(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(valkey.url, wait_seconds=3)
    with Hand(valkey.url, settings) as hand, a_front(settings) as front:
        hand.idle.set()
        async with front.running():
            first = asyncio.create_task(front.call("list_subnets"))
            while not hand.ledger.listed(limit=1).jobs:
                await anyio.sleep(0.01)

            def cut(_job_id: str) -> None:
                hand.idle.clear()
                raise redis.ConnectionError("cut")

            monkeypatch.setattr(front.store.ledger, "read", cut)
            second = await front.call("list_subnets")
            answers = [second, await first]
    assert second.envelope["meta"]["joined"] is True
    assert len({answer.envelope["job_id"] for answer in answers}) == 1


async def test_error_of_a_script_is_internal(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(**_: object) -> None:
        raise redis.ResponseError("user_script:1: attempt to index nil")

    with a_front(settings_for(valkey.url)) as front:
        monkeypatch.setattr(front.store.ledger, "listed", wrong)
        reply = await front.call("job_list")
    assert reply.envelope["error"]["code"] == "internal"


async def test_reply_stream_that_was_dropped_is_made_again(
    fragile: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcp_front.waiting._TOUCH_SECONDS", 0.0)
    settings = settings_for(fragile.url, wait_seconds=10)
    with Hand(fragile.url, settings), a_front(settings) as front:
        async with front.running():
            assert not (await front.call("list_subnets")).is_error
            client = fragile.client()
            client.delete(*client.keys("imq:replies:*"))
            client.close()
            with anyio.fail_after(4):
                assert not (await front.call("list_ip_spaces")).is_error


async def test_unreadable_record_does_not_stop_the_reader(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Job.from_record

    def picky(
        fields: dict[str, str], now: float, attempts: tuple[Attempt, ...] = (), **more: Any
    ) -> Job:
        if threading.current_thread().name == "replies" and fields["tool"] == "get_subnet":
            raise KeyError("format")
        return real(fields, now, attempts, **more)

    async def tell(_done: float, text: str) -> None:
        raise AssertionError(text)

    settings = settings_for(valkey.url, wait_seconds=5)
    with Hand(valkey.url, settings), a_front(settings, word_seconds=0.3) as front:
        async with front.running():
            await front.call("list_subnets")
            monkeypatch.setattr(Job, "from_record", picky)
            with anyio.fail_after(3):
                reply = await front.call("get_subnet", {"subnet_id": "1"}, tell=tell)
            assert not reply.is_error
            assert not (await front.call("list_subnets")).is_error


async def test_lost_hint_is_no_error(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise redis.ConnectionError("cut")

    monkeypatch.setattr("mcp_front.store.hint", lost)
    settings = settings_for(valkey.url)
    with Hand(valkey.url, settings), a_front(settings) as front:
        async with front.running():
            assert not (await front.call("list_subnets")).is_error


async def test_lost_record_is_said(fragile: Valkey) -> None:
    async def tell(_done: float, text: str) -> None:
        assert text == "queued"

    settings = settings_for(fragile.url, wait_seconds=0.5)
    with Hand(fragile.url, settings) as hand, a_front(settings, word_seconds=0.2) as front:
        hand.idle.set()
        async with front.running():
            read = asyncio.create_task(front.call("get_subnet", {"subnet_id": "1"}, tell=tell))
            write = asyncio.create_task(front.call("delete_subnet", {"subnet_id": "1"}))
            while len(hand.ledger.listed(limit=2).jobs) < 2:
                await anyio.sleep(0.01)
            client = fragile.client()
            client.flushall()
            client.close()
            assert (await read).envelope["error"]["code"] == "expired"
            assert (await write).envelope["status"] == "unknown"


async def test_a_job_that_does_not_move_is_told_of_from_time_to_time(valkey: Valkey) -> None:
    told: list[str] = []

    async def tell(_done: float, text: str) -> None:
        told.append(text)

    settings = settings_for(valkey.url, wait_seconds=2)
    with Hand(valkey.url, settings) as hand, a_front(settings, word_seconds=0.25) as front:
        hand.idle.set()
        async with front.running():
            await front.call("list_auth_nsgs", tell=tell)
    assert 3 <= len(told) <= 10, told
