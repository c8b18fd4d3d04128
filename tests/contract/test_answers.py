"""What a call answers: the envelope, waiting, joining, refusing; both eras, memory and HTTP."""

import asyncio
import json
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from mcp_front.server import Front
from shared.catalog import Queue
from shared.errors import Problem
from shared.ledger import Job, Outcome
from shared.settings import Settings
from shared.stores import broker_url, connect
from tests.contract.conftest import Open, a_front, settings_for
from tests.contract.hand import Hand, done, failed, keep
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio
SECRET = "Canary-5f1b-very-secret"
SUBNET = {"address": "10.9.0.0/24", "space": "abc"}


def vpn(**changes: Any) -> dict[str, Any]:
    credential = {"id": "ref_key", "type": "psk", "name": "branch", "value": SECRET} | changes
    return {
        "vpn_payload": {
            "universal_service": {"operation": "UPDATE", "id": "us-1"},
            "credentials": {"create": [credential]},
        }
    }


def envelope(result: CallToolResult) -> dict[str, Any]:
    """Return the envelope; the text must say the same as the structured content."""
    (block,) = result.content
    assert isinstance(block, TextContent)
    found: dict[str, Any] = result.structured_content
    assert json.loads(block.text) == found
    assert result.is_error is (found["status"] in {"failed", "unknown"})
    return found


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    return envelope(await client.call_tool(tool, arguments))


async def test_list_answers_items(opened: Open, hand: Hand) -> None:
    hand.plays["list_subnets"] = done(items=[{"address": "10.0.0.0"}], next_offset=1, total=None)
    async with opened() as client:
        found = await ask(client, "list_subnets", limit=1)
    assert found["result"] == {"items": [{"address": "10.0.0.0"}], "next_offset": 1, "total": None}
    assert found["status"] == "done"
    assert found["tool"] == "list_subnets"
    assert found["job_id"] == hand.seen[0].id
    meta = found["meta"]
    assert meta.pop("elapsed_ms") >= 0
    assert meta == {"queue": "infoblox", "cached": False, "joined": False, "attempts": 1}
    assert "error" not in found


async def test_single_object_answers_its_own_fields(opened: Open, hand: Hand) -> None:
    hand.plays["get_subnet"] = done(id="ipam/subnet/1", comment="Größe 🌍")
    async with opened() as client:
        found = await ask(client, "get_subnet", subnet_id="1")
    assert found["result"] == {"id": "ipam/subnet/1", "comment": "Größe 🌍"}


async def test_failure_keeps_its_code_and_advice(opened: Open, hand: Hand) -> None:
    hand.plays["get_subnet"] = failed("refused", "There is no such subnet.")
    async with opened() as client:
        found = await ask(client, "get_subnet", subnet_id="1")
    assert found["status"] == "failed"
    assert found["error"] == {
        "code": "refused",
        "message": "There is no such subnet.",
        "advice": "Read it.",
    }
    assert "result" not in found


async def test_unknown_outcome_is_an_error(opened: Open, hand: Hand) -> None:
    problem = Problem("unknown_outcome", "The answer was lost.", "Read the object.")
    hand.plays["delete_subnet"] = lambda _hand, _job: Outcome("unknown", problem=problem)
    async with opened() as client:
        found = await ask(client, "delete_subnet", subnet_id="1")
    assert found["status"] == "unknown"
    assert found["error"]["code"] == "unknown_outcome"


async def test_half_a_character_in_an_answer_is_replaced(opened: Open, hand: Hand) -> None:
    hand.plays["get_subnet"] = done(comment="cut \ud83d")
    async with opened() as client:
        found = await ask(client, "get_subnet", subnet_id="1")
    assert found["result"]["comment"] == "cut ?"


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_slow_job_answers_running_and_goes_on(valkey: Valkey, era: str) -> None:
    settings = settings_for(valkey.url, wait_seconds=0.3)
    with Hand(valkey.url, settings) as hand, a_front(settings) as front:
        hand.plays["delete_subnet"] = keep
        async with Client(front.server, mode=era) as client:
            found = await ask(client, "delete_subnet", subnet_id="1")
            assert found["status"] == "running"
            assert found["meta"]["queue"] == "infoblox"
            assert "job_wait" in found["meta"]["note"]
            hand.ledger.finish(hand.seen[0], Outcome("done", result={}))
            ended = await ask(client, "job_wait", job_id=found["job_id"])
    assert ended["status"] == "done"
    assert ended["tool"] == "delete_subnet"


async def test_each_wrong_field_is_named(opened: Open) -> None:
    async with opened() as client:
        found = await ask(client, "list_subnets", limit=5000, foo=1, filds="id")
    assert found["error"]["code"] == "invalid_arguments"
    assert found["error"]["message"] == (
        "limit: must be at most 1000; foo: is not an argument of list_subnets; "
        "filds: is not an argument of list_subnets (did you mean fields?)"
    )


async def test_object_given_as_text_is_parsed(opened: Open, hand: Hand) -> None:
    async with opened() as client:
        await ask(client, "create_subnet", **SUBNET, tags='{"Site": "Berlin"}')
    assert hand.seen[0].arguments["tags"] == {"Site": "Berlin"}


async def test_equal_reads_reach_the_worker_once(opened: Open, hand: Hand, front: Front) -> None:
    hand.idle.set()
    async with opened() as client:
        calls = [asyncio.create_task(ask(client, "list_ip_spaces")) for _ in range(5)]
        while [len(watches) for watches in front._waiting._watches.values()] != [5]:
            await anyio.sleep(0.01)
        hand.idle.clear()
        found = await asyncio.gather(*calls)
    assert len({answer["job_id"] for answer in found}) == 1
    assert sorted(answer["meta"]["joined"] for answer in found) == [False, True, True, True, True]
    assert len(hand.seen) == 1


async def test_repeated_write_finds_the_finished_job(opened: Open, hand: Hand) -> None:
    hand.plays["create_subnet"] = done(id="ipam/subnet/9")
    async with opened() as client:
        first = await ask(client, "create_subnet", **SUBNET)
        again = await ask(client, "create_subnet", **SUBNET)
    assert again["job_id"] == first["job_id"]
    assert again["meta"]["joined"] is True
    assert again["result"] == first["result"]


async def test_idempotency_key_with_other_arguments_is_refused(opened: Open, hand: Hand) -> None:
    async with opened() as client:
        first = await ask(client, "create_subnet", **SUBNET, idempotency_key="k")
        same = await ask(client, "create_subnet", **SUBNET, idempotency_key="k")
        other = await ask(
            client, "create_subnet", address="10.8.0.0/24", space="abc", idempotency_key="k"
        )
    assert same["job_id"] == first["job_id"]
    assert other["error"]["message"].startswith("idempotency_key: was used with other arguments")


async def test_progress_tells_attempt_and_next_try(opened: Open, hand: Hand) -> None:
    told: list[tuple[float, str]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message or ""))

    def play(worker: Hand, job: Job) -> Outcome | None:
        if job.waits:
            return Outcome("done", result={"ready": True})
        worker.ledger.park(job, wait_seconds=0.8, note="attempt 1 of 12 answered 409")
        return None

    hand.plays["configure_vpn_infrastructure"] = play
    async with opened() as client:
        found = envelope(
            await client.call_tool("configure_vpn_infrastructure", vpn(), progress_callback=hear)
        )
    assert found["status"] == "done"
    assert [number for number, _ in told] == sorted({number for number, _ in told})
    assert any("attempt 1 of 12 answered 409; next try in 1 s" in text for _, text in told), told


async def test_ending_the_wait_leaves_the_job(opened: Open, hand: Hand) -> None:
    hand.plays["delete_subnet"] = keep
    async with opened() as client:
        with anyio.move_on_after(0.5) as scope:
            await client.call_tool("delete_subnet", {"subnet_id": "1"})
        assert scope.cancelled_caught
        await anyio.sleep(0.2)
        job = hand.ledger.read(hand.seen[0].id)
        assert job is not None
        assert job.state == "running"
        assert not job.cancel_requested
        hand.ledger.finish(job, Outcome("done", result={}))
        assert (await ask(client, "job_wait", job_id=job.id))["status"] == "done"


async def test_hint_reaches_the_queue(opened: Open, hand: Hand, settings: Settings) -> None:
    async with opened() as client:
        found = await ask(client, "list_subnets")
    assert settings.redis_url
    queued = connect(broker_url(settings.redis_url, None), patient=True)
    messages = list(queued.hgetall("dramatiq:infoblox.msgs").values())
    queued.close()
    assert [json.loads(text)["message_id"] for text in messages] == [found["job_id"]]


async def test_read_without_a_worker_names_the_command(opened: Open) -> None:
    async with opened() as client:
        found = await ask(client, "list_security_policies")
    assert found["error"]["code"] == "unavailable"
    assert "infoblox-mq worker atcfw" in found["error"]["message"]


async def test_write_without_a_worker_is_accepted_with_a_note(valkey: Valkey) -> None:
    settings = settings_for(valkey.url, wait_seconds=0.6)
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    with a_front(settings, word_seconds=0.2) as front:
        async with Client(front.server) as client:
            found = envelope(
                await client.call_tool("delete_subnet", {"subnet_id": "1"}, progress_callback=hear)
            )
            status = await ask(client, "job_status", job_id=found["job_id"])
    assert found["status"] == "running"
    assert "infoblox-mq worker infoblox" in found["meta"]["note"]
    assert "infoblox-mq worker infoblox" in told[0]
    assert "infoblox-mq worker infoblox" in status["result"]["progress"]


async def test_full_queue_says_how_long_to_wait(valkey: Valkey) -> None:
    settings = settings_for(valkey.url, queue_limit=20, wait_seconds=0.05)
    with Hand(valkey.url, settings, [Queue.INFOBLOX]) as hand, a_front(settings) as front:
        hand.idle.set()
        async with Client(front.server) as client:
            for number in range(20):
                await ask(client, "get_subnet", subnet_id=str(number))
            found = await ask(client, "get_subnet", subnet_id="more")
    assert found["error"]["code"] == "busy"
    assert found["error"]["retry_after_seconds"] == 2.0


async def test_thousand_waiting_calls_are_all_answered(valkey: Valkey) -> None:
    settings = settings_for(valkey.url, queue_limit=2000, wait_seconds=20)
    with Hand(valkey.url, settings) as hand, a_front(settings) as front:
        hand.idle.set()
        async with front.running():
            calls = [
                asyncio.create_task(front.call("get_subnet", {"subnet_id": str(number)}))
                for number in range(1000)
            ]
            while len(front._waiting.waited_for()) < 1000:
                await anyio.sleep(0.01)
            hand.idle.clear()
            replies = await asyncio.gather(*calls)
    assert {reply.envelope["status"] for reply in replies} == {"done"}
