"""Connections to Redis or Valkey, with every time-out and retry said out loud.

The library's own defaults wait for seconds and repeat commands: an enqueue whose answer was lost
was done twice. A front end must answer within a second, a worker may wait longer.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit, urlunsplit

from redis import ConnectionPool, Redis, RedisError, ResponseError
from redis import asyncio as redis_asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.errors import NotConfigured
from shared.hiding import HIDDEN
from shared.logs import get_logger

ANSWER_IN_A_SECOND = {"socket_connect_timeout": 0.3, "socket_timeout": 0.5}
PATIENT = {"socket_connect_timeout": 2.0, "socket_timeout": 5.0}
_CONNECTIONS = 64

log = get_logger(__name__)


def connect(url: str, *, patient: bool, **options: Any) -> "Redis":
    """Return a client that never repeats a command by itself."""
    HIDDEN.add(unquote(urlsplit(url).password or ""))
    pool = ConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=_CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        # The newer protocol asks each connection for notifications that only a cloud store has.
        protocol=2,
        **(PATIENT if patient else ANSWER_IN_A_SECOND) | options,
    )
    return Redis(connection_pool=pool)


def connect_async(url: str) -> "redis_asyncio.Redis":
    """Return the same for an event loop, which may wait long for news."""
    pool = redis_asyncio.ConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=_CONNECTIONS,
        retry=AsyncRetry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=2,
        socket_connect_timeout=ANSWER_IN_A_SECOND["socket_connect_timeout"],
    )
    return redis_asyncio.Redis(connection_pool=pool)


def database_of(url: str) -> int:
    """Return the number of the database a URL names."""
    parts = urlsplit(url)
    text = parse_qs(parts.query).get("db", [""])[0]
    if not text and parts.scheme != "unix":
        text = parts.path.strip("/")
    if text and not text.isdecimal():
        raise NotConfigured(f"REDIS_URL: {text!r} is not the number of a database")
    return int(text or 0)


def broker_url(url: str, database: int | None) -> str:
    """Return the URL of the broker's database: it scans its own keys, so it gets its own."""
    parts = urlsplit(url)
    number = database_of(url) + 1 if database is None else database
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | {
        "db": str(number)
    }
    if parts.scheme == "unix":
        return f"unix://{parts.netloc}{parts.path}?{urlencode(query)}"
    return urlunsplit((parts.scheme, parts.netloc, "/", urlencode(query), ""))


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether a store keeps what it is given; `problem` means it must not be used."""

    version: str
    problem: str | None
    warning: str | None


def fitness(client: "Redis") -> Fitness:
    """Look at eviction and persistence: a store that forgets loses accepted work."""
    info: Any = client.info()
    version = str(info.get("valkey_version") or info.get("redis_version"))
    policy = info.get("maxmemory_policy", "noeviction")
    problem = None
    if policy != "noeviction":
        problem = f"the store drops keys when it is full (maxmemory-policy {policy})"
    warning = None
    if not info.get("aof_enabled"):
        warning = "the store keeps no append-only file: accepted work is lost when it stops"
    return Fitness(version, problem, warning)


def forgets(client: "Redis") -> bool:
    """Tell whether a store that is killed may lose what it had answered: nothing else is safe."""
    info: Any = client.info("persistence")
    if not info.get("aof_enabled"):
        return True
    try:
        return bool(client.config_get("appendfsync") != {"appendfsync": "always"})
    except ResponseError:
        # A managed store that does not show its configuration.
        return True


def require_fit(client: "Redis") -> None:
    """Raise NotConfigured for a store that drops what it accepted; warn of one that may lose it.

    Redis errors pass through: whether a store that is away is a fault, the caller knows.
    """
    fit = fitness(client)
    if fit.problem:
        raise NotConfigured(
            fit.problem, advice="Set maxmemory-policy noeviction in the store and start again."
        )
    if fit.warning:
        log.warning("store_forgets", reason=fit.warning)


def refuse_unfit(url: str) -> None:
    """Do the same for whoever may be started before its store; one that is away is let pass."""
    client = connect(url, patient=False)
    try:
        require_fit(client)
    except RedisError as error:
        log.warning("store_away", reason=str(error))
    finally:
        client.connection_pool.disconnect()
