"""A store that drops what it accepted is refused by everything that would use it."""

import os
import subprocess
from pathlib import Path

import pytest

from infoblox_mq.processes import PREFIXES, environment, ourselves
from shared.stores import connect, forgets
from tests.support.sandbox import Sandbox
from tests.support.valkey import Valkey


@pytest.mark.slow
@pytest.mark.parametrize("command", [("worker", "insights"), ("http",), ("up",)])
def test_a_store_that_evicts_is_refused_with_the_remedy(
    valkey: Valkey, sandbox: Sandbox, tmp_path: Path, *, command: tuple[str, ...]
) -> None:
    valkey.client().config_set("maxmemory-policy", "allkeys-lru")
    env = environment(os.environ, without=PREFIXES) | {
        "REDIS_URL": valkey.url,
        "MCP_PORT": "0",
        "INFOBLOX_API_KEY": sandbox.key,
        "INFOBLOX_BASE_URL": sandbox.url,
        "INFOBLOX_MQ_DATA_DIR": str(tmp_path / "state"),
    }
    ran = subprocess.run(
        ourselves(*command), env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode != 0
    assert "maxmemory-policy noeviction" in ran.stderr


@pytest.mark.parametrize(
    ("changed", "answer"),
    [({}, False), ({"appendfsync": "everysec"}, True), ({"appendonly": "no"}, True)],
)
def test_only_a_store_that_syncs_every_write_is_believed_after_a_restart(
    valkey: Valkey, changed: dict[str, str], answer: bool
) -> None:
    client = valkey.client()
    for name, value in changed.items():
        client.config_set(name, value)
    assert forgets(client) is answer


def test_a_store_that_hides_its_configuration_is_not_believed(valkey: Valkey) -> None:
    valkey.client().acl_setuser(
        "plain", enabled=True, nopass=True, keys=["*"], commands=["+info", "+ping"]
    )
    client = connect(f"{valkey.url}&username=plain", patient=True)
    assert forgets(client)
    client.connection_pool.disconnect()
