"""The store of the running stack or of REDIS_URL, for commands that look into it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from redis import Redis, RedisError

from infoblox_mq.attach import using
from shared.errors import Unavailable
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect


@contextmanager
def store(env: Mapping[str, str]) -> Iterator[tuple["Redis", Ledger]]:
    """Yield a connection and the ledger behind it; an error of the store says what to do."""
    with using(Settings.from_env(env)) as settings:
        client = connect(settings.redis_url or "", patient=True)
        try:
            yield client, Ledger(client, Terms.from_settings(settings))
        except RedisError as error:
            raise Unavailable(
                f"the store does not answer: {error}", advice="`infoblox-mq doctor` says more."
            ) from None
        finally:
            client.connection_pool.disconnect()
