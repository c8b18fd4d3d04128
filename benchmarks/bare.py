"""The same read through dramatiq as it comes: its broker, its result backend, its defaults."""

import os
from typing import Any

import dramatiq
import requests
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

VARIABLE = "BARE_REDIS_URL"


def declared(url: str) -> "dramatiq.Actor[[str, str], Any]":
    """Return the actor on a broker of this database."""
    broker = RedisBroker(url=url)
    broker.add_middleware(Results(backend=RedisBackend(url=url)))
    dramatiq.set_broker(broker)
    session = requests.Session()

    def fetch(url: str, key: str) -> Any:
        """Ask the API and return its answer."""
        return session.get(url, headers={"Authorization": f"Token {key}"}, timeout=30).json()

    return dramatiq.actor(actor_name="fetch", store_results=True, broker=broker)(fetch)


if os.environ.get(VARIABLE):
    # dramatiq's worker imports this module.
    declared(os.environ[VARIABLE])
