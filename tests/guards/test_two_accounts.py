"""Two accounts ask the same at once, with the cache and joining on: neither sees the other's."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from redis import Redis

from mcp_front.server import Front
from tests.guards.fronts import call, running
from tests.support.calls import Json, front_settings
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
ACCOUNTS = ("default", "other")
TRIES = 10_000 if SOAK else 2_000
AT_ONCE = 24
KEPT: tuple[tuple[str, Json], ...] = (
    ("list_ip_spaces", {}),
    ("list_address_blocks", {"limit": 3}),
    ("list_dns_zones", {"zone_type": "auth", "limit": 5}),
    ("list_dns_zones", {"zone_type": "forward", "limit": 5}),
)
ASKED: tuple[tuple[str, Json], ...] = (
    ("list_ip_spaces", {"refresh": True}),
    ("list_subnets", {"limit": 2}),
    ("list_dns_records", {"limit": 1}),
)


@pytest.fixture
def two(stack: Begin, sandbox: Sandbox, tmp_path: Path) -> Stack:
    """Workers that know the account of all tests, `default`, and another one."""
    path = tmp_path / "accounts.toml"
    path.write_text(f'[accounts.other]\napi_key = "{sandbox.other_key}"\n')
    path.chmod(0o600)
    return stack("infoblox", accounts_file=path, queue_limit=1000)


class Crowd:
    """Asks for both accounts at once, and notes whose rows are seen by whom."""

    def __init__(self, fronts: list[Front]) -> None:
        self.counts: Counter[str] = Counter()
        self.rows: dict[str, set[str]] = {account: set() for account in ACCOUNTS}
        self._fronts = fronts
        self._chance = random.Random(5)
        self._few = anyio.Semaphore(AT_ONCE)

    async def ask(self, tool: str, arguments: Json, account: str) -> None:
        """Ask for one account."""
        front = self._chance.choice(self._fronts)
        async with self._few:
            answer = await call(front, tool, arguments, account=account)
        assert answer["status"] == "done", answer
        self.counts["cached"] += answer["meta"]["cached"]
        self.counts["joined"] += answer["meta"]["joined"]
        self.rows[account] |= {row["id"] for row in answer["result"]["items"]}

    async def ask_all(self, tries: int) -> None:
        """Ask whatever comes to mind."""
        async with anyio.create_task_group() as group:
            for _ in range(tries // 2):
                tool, arguments = self._chance.choice(
                    ASKED if self._chance.random() < 0.2 else KEPT
                )
                for account in ACCOUNTS:
                    group.start_soon(self.ask, tool, arguments, account)


@pytest.mark.slow
@pytest.mark.timeout(3_600 if SOAK else 120)
def test_no_answer_crosses_from_one_account_to_another(two: Stack, sandbox: Sandbox) -> None:
    async def crowd() -> Crowd:
        async with running(front_settings(two.env), 2) as fronts:
            found = Crowd(fronts)
            await found.ask_all(TRIES)
            return found

    found = anyio.run(crowd)
    # No id is in both accounts, so a row seen by both was crossed over.
    assert found.rows["default"] & found.rows["other"] == set()
    assert all(len(rows) > 5 for rows in found.rows.values())
    # Otherwise nothing was tried at all.
    assert found.counts["cached"] > TRIES / 2
    assert found.counts["joined"] > TRIES / 100
    assert len({entry["account"] for entry in sandbox.journal()}) == 2


def test_equal_writes_of_two_accounts_are_two(two: Stack) -> None:
    made: list[Json] = []

    async def make(front: Front, account: str) -> None:
        spaces = await call(front, "list_ip_spaces", {}, account=account)
        wanted = {
            "address": "10.99.0.0/24",
            "space": spaces["result"]["items"][0]["id"],
            "idempotency_key": "the-same",
        }
        made.append(await call(front, "create_subnet", wanted, account=account))

    async def both() -> None:
        async with (
            running(front_settings(two.env), 1) as (front,),
            anyio.create_task_group() as group,
        ):
            for account in ACCOUNTS:
                group.start_soon(make, front, account)

    anyio.run(both)
    assert [answer["status"] for answer in made] == ["done", "done"], made
    assert len({answer["job_id"] for answer in made}) == 2
    assert len({answer["result"]["id"] for answer in made}) == 2


def test_an_account_that_no_worker_has_is_said_so(two: Stack, sandbox: Sandbox) -> None:
    async def ask() -> Json:
        async with running(front_settings(two.env), 1) as (front,):
            return await call(front, "list_ip_spaces", {}, account="nobody")

    answer = anyio.run(ask)
    assert answer["error"]["code"] == "not_configured"
    assert sandbox.journal() == []


def test_no_key_is_anywhere_in_the_store_or_the_logs(
    two: Stack, sandbox: Sandbox, tmp_path: Path
) -> None:
    async def ask() -> list[Json]:
        async with running(front_settings(two.env), 1) as (front,):
            return [
                await call(front, tool, arguments, account=account)
                for account in ACCOUNTS
                for tool, arguments in (*KEPT, ("get_subnet", {"subnet_id": "5"}))
            ]

    answers = anyio.run(ask)
    stored = "\n".join(everything(two.valkey.client()))
    assert ":cache:" in stored
    files = [path.read_bytes() for path in (tmp_path / "valkey").rglob("*") if path.is_file()]
    for key in (sandbox.key, sandbox.other_key):
        assert key not in f"{answers} {two.logs} {stored}"
        assert not any(key.encode() in raw for raw in files)


def everything(client: Redis) -> Iterator[str]:
    """Yield every key of the store with its value."""
    read: dict[str, Callable[[str], Any]] = {
        "string": client.get,
        "hash": client.hgetall,
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "list": lambda key: client.lrange(key, 0, -1),
        "stream": client.xrange,
    }
    for key in client.scan_iter(count=1000):
        kind: Any = client.type(key)
        if kind != "none":
            yield f"{key!s} {read[kind](str(key))}"
