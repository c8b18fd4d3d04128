from __future__ import annotations

from typing import Any, cast

import pytest
from redis import Redis, connection

from shared.errors import NotConfigured
from shared.stores import broker_url, connect, database_of, fitness


def parse_url(url: str) -> dict[str, Any]:
    """Return what the client library takes from a URL."""
    understand: Any = connection.parse_url
    return dict(understand(url))


class Server:
    """Answers INFO."""

    def __init__(self, **info: Any) -> None:
        self._info = {"redis_version": "7.2.4", "aof_enabled": 1} | info

    def info(self) -> dict[str, Any]:
        return self._info


def looked_at(**info: Any) -> Any:
    return fitness(cast("Redis", Server(**info)))


URLS = [
    "redis://localhost",
    "redis://localhost:6379/",
    "redis://localhost:6379/3",
    "redis://localhost:6379?db=3",
    "redis://localhost:6379/7?db=3",
    "redis://user:p%40ss%2F@host:6380/2?client_name=x",
    "redis://[::1]:6379/2",
    "rediss://host:6380/2?ssl_cert_reqs=none",
    "unix:///run/valkey/s.sock",
    "unix:///run/valkey/s.sock?db=4",
    "unix:///run/valkey/s.sock?db=4&password=a%26b",
    "unix://user@/run/valkey/s.sock?db=4",
    "unix://user:pass@/run/valkey/s.sock?db=4",
]


@pytest.mark.parametrize("url", URLS)
def test_the_broker_gets_the_next_database_and_nothing_else_changes(url: str) -> None:
    before: dict[str, Any] = parse_url(url)
    after: dict[str, Any] = parse_url(broker_url(url, None))
    assert after.pop("db") == before.pop("db", 0) + 1
    assert after == before


@pytest.mark.parametrize("url", URLS)
def test_a_broker_database_that_is_set_is_taken(url: str) -> None:
    assert parse_url(broker_url(url, 9))["db"] == 9
    assert parse_url(broker_url(url, 0))["db"] == 0


@pytest.mark.parametrize("url", URLS)
def test_the_database_is_the_one_the_client_library_takes(url: str) -> None:
    assert database_of(url) == parse_url(url).get("db", 0)


@pytest.mark.parametrize("url", ["redis://localhost/a", "unix:///s.sock?db=-1"])
def test_a_database_that_is_no_number_is_named(url: str) -> None:
    with pytest.raises(NotConfigured, match="REDIS_URL"):
        database_of(url)


@pytest.mark.parametrize(("patient", "seconds"), [(False, (0.3, 0.5)), (True, (2.0, 5.0))])
def test_a_client_has_time_outs_and_never_repeats(
    patient: bool, seconds: tuple[float, float]
) -> None:
    options = connect("redis://localhost", patient=patient).connection_pool.connection_kwargs
    assert (options["socket_connect_timeout"], options["socket_timeout"]) == seconds
    assert options["retry"].get_retries() == 0


def test_a_time_out_can_be_set_for_one_client() -> None:
    client = connect("redis://localhost", patient=True, socket_timeout=30)
    assert client.connection_pool.connection_kwargs["socket_timeout"] == 30


def test_a_store_that_keeps_everything_is_fit() -> None:
    fit = looked_at(maxmemory_policy="noeviction")
    assert (fit.problem, fit.warning, fit.version) == (None, None, "7.2.4")


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_store_that_drops_keys_is_refused(policy: str) -> None:
    assert policy in looked_at(maxmemory_policy=policy).problem


def test_a_store_without_an_append_only_file_is_warned_of() -> None:
    fit = looked_at(maxmemory_policy="noeviction", aof_enabled=0)
    assert fit.problem is None
    assert "append-only" in fit.warning


def test_valkey_is_told_by_its_own_version() -> None:
    assert looked_at(valkey_version="9.1.0").version == "9.1.0"
