"""An API key and a pre-shared key are found in no log, record, page or metric of a whole stack."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from pydantic import SecretStr
from redis import Redis

from shared.hiding import HIDDEN, STARS, Hidden, hush_line
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
PSK = 'canary "psk" of-the-tests/\\é-5521'
CONFIGURE = "configure_vpn_infrastructure"


def test_no_sink_repeats_a_secret(stack: Begin, sandbox: Sandbox) -> None:
    here = stack()
    here.env |= {"STRUCTLOG_JSON": "1", "LOG_LEVEL": "DEBUG"}
    for queue in ("infoblox", "niosxaas"):
        here.start(queue)
    here.ready()
    address = here.ops()
    echo = {"error": [{"message": f"bad key {sandbox.key} or psk {PSK}"}]}
    settings = front_settings(here.env, wait_seconds=8)
    answers = ask(settings, (CONFIGURE, {"vpn_payload": vpn_payload("good", psk=PSK)}))
    sandbox.faults("status", status=400, body=echo, match={"path": "universal"})
    key = {"error": [{"message": f"bad key {sandbox.key}"}]}
    sandbox.faults("status", status=400, body=key, match={"path": "subnet"})
    answers += ask(
        settings,
        (CONFIGURE, {"vpn_payload": vpn_payload("bad", psk=PSK)}),
        ("list_subnets", {"limit": 3}),
    )
    assert [answer["status"] for answer in answers] == ["done", "failed", "failed"]
    sinks = {
        "answers": json.dumps(answers),
        "log": "\n".join(here.logs),
        "store": "\n".join(dump(here.valkey.client())),
        **{path: page(f"{address}{path}") for path in pages(address)},
    }
    assert "write_sent" in sinks["log"]
    assert "mcp_api_calls_total" in sinks["/metrics"]
    for name, text in sinks.items():
        for secret in (sandbox.key, PSK, json.dumps(PSK)[1:-1]):
            assert secret not in text, (name, secret)
    # It was there to be repeated.
    assert STARS in answers[1]["error"]["message"]


def pages(address: str) -> list[str]:
    found: Json = json.loads(page(f"{address}/"))
    return [*found["endpoints"], "/metrics?names=seed", "/nothing-here"]


def page(url: str) -> str:
    try:
        with urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
            return str(answer.read().decode())
    except HTTPError as error:
        return error.read().decode()


def dump(client: Redis) -> Iterator[str]:
    """Return everything that the store holds, as text."""
    readers: dict[str, Callable[[Any], Any]] = {
        "hash": client.hgetall,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
        "string": client.get,
        "zset": lambda key: client.zrange(key, 0, -1),
        "stream": client.xrange,
    }
    for key in client.scan_iter("*"):
        yield f"{key} {readers[str(client.type(key))](key)}"


def test_a_secret_is_blanked_in_each_form_a_line_may_have() -> None:
    hidden = Hidden()
    hidden.add(PSK)
    for line in (PSK, json.dumps({"why": PSK}), json.dumps([PSK], ensure_ascii=False)):
        assert "canary" not in hidden.hush(line)
    assert hidden.hush("nothing of it") == "nothing of it"


def test_a_word_is_no_secret() -> None:
    hidden = Hidden()
    hidden.add("short")
    assert hidden.hush("a short line") == "a short line"


def test_only_the_latest_secrets_are_remembered() -> None:
    hidden = Hidden()
    for number in range(1000):
        hidden.add(f"secret-{number:04}")
    assert hidden.hush("secret-0001 secret-0999") == f"secret-0001 {STARS}"


def test_what_looks_like_a_credential_is_blanked_whoever_it_is_from() -> None:
    line = "Authorization: Bearer abcdefgh12345 to redis://me:hunter22@store:6379/0"
    assert hush_line(line) == f"Authorization: Bearer {STARS} to redis://me:{STARS}@store:6379/0"
    assert hush_line("Token of the account") == "Token of the account"


def test_whoever_holds_a_secret_says_so() -> None:
    from shared.sealing import Sealer, new_key
    from shared.stores import connect
    from workers.credential import Token

    key = new_key()
    sealer = Sealer(SecretStr(key))
    sealer.open(sealer.seal("a-psk-here", job_id="j", field="f"), job_id="j", field="f")
    Token(SecretStr("an-api-key"))
    connect("redis://:a-p%40ssword@127.0.0.1:1/0", patient=False)
    for secret in (key, "a-psk-here", "an-api-key", "a-p@ssword"):
        assert HIDDEN.hush(secret) == STARS
