"""Secrets are sealed at rest and never repeated to anybody."""

from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client

from tests.contract.conftest import Open, a_front, settings_for
from tests.contract.hand import Hand
from tests.contract.test_answers import SECRET, ask, envelope, vpn
from tests.contract.valkey import Valkey

pytestmark = pytest.mark.anyio


async def test_secret_is_sealed_and_never_repeated(
    opened: Open, hand: Hand, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = [
        vpn(type=SECRET),
        vpn(value=[SECRET]),
        vpn(psk=SECRET),
        {"vpn_payload": SECRET},
        {"vpn_payload": {"credentials": SECRET}},
        vpn() | {"psk": SECRET},
        vpn(value=SECRET + "\0"),
        vpn(value=SECRET * 100),
    ]
    async with opened() as client:
        answers = [await client.call_tool("configure_vpn_infrastructure", case) for case in wrong]
        good = await client.call_tool("configure_vpn_infrastructure", vpn())
        listed = await client.call_tool("job_list", {})
    assert all(answer.is_error for answer in answers)
    assert envelope(good)["status"] == "done"
    for answer in (*answers, good, listed):
        assert SECRET not in answer.model_dump_json()
    assert SECRET not in caplog.text
    (create,) = hand.seen[0].arguments["vpn_payload"]["credentials"]["create"]
    assert set(create["value"]) == {"$sealed", "key"}
    assert SECRET not in "".join(dump(valkey, 0) + dump(valkey, 1))


def dump(valkey: Valkey, database: int) -> list[str]:
    client = valkey.client(database)
    readers: dict[str, Callable[[Any], Any]] = {
        "hash": client.hgetall,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
        "string": client.get,
        "zset": lambda key: client.zrange(key, 0, -1),
        "stream": client.xrange,
    }
    found = [f"{key} {readers[str(client.type(key))](key)}" for key in client.scan_iter("*")]
    client.close()
    return found


async def test_secret_without_a_seal_key_is_refused(valkey: Valkey) -> None:
    settings = settings_for(valkey.url, seal_key=None)
    with Hand(valkey.url, settings), a_front(settings) as front:
        async with Client(front.server) as client:
            found = await ask(client, "configure_vpn_infrastructure", **vpn())
    assert found["error"]["code"] == "not_configured"
    assert "INFOBLOX_MQ_SEAL_KEY" in found["error"]["message"]


async def test_bug_of_ours_leaks_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("shared.submitting.fingerprint", broken)
    async with opened() as client:
        result = await client.call_tool("list_subnets", {})
    assert envelope(result)["error"]["code"] == "internal"
    assert SECRET not in result.model_dump_json()
