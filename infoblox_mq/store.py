"""The store of the running stack or of REDIS_URL, for whoever looks into it or relies on it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from redis import Redis, RedisError

from infoblox_mq.attach import using
from infoblox_mq.processes import shell_user
from shared.audit import Audit, Deed
from shared.broker import build_broker, hint
from shared.catalog import Queue
from shared.errors import Unavailable
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import broker_url, connect, require_fit


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


def require_store(url: str) -> None:
    """Raise unless a store answers there that may be trusted with jobs."""
    client = connect(url, patient=True)
    try:
        require_fit(client)
    except RedisError as error:
        raise Unavailable(
            f"the store at REDIS_URL does not answer: {error}",
            advice="Start it, correct REDIS_URL, or unset it to use the embedded store.",
        ) from None
    finally:
        client.connection_pool.disconnect()


def wake(settings: Settings, jobs: Iterable[tuple[Queue, str]]) -> None:
    """Hint at jobs that may go on; when that fails, a worker's sweep finds them."""
    broker = build_broker(broker_url(settings.redis_url or "", settings.broker_db), patient=False)
    with suppress(RedisError):
        for queue, job_id in jobs:
            hint(broker, queue, job_id)
    broker.close()


def note(client: "Redis", what: str, which: str, *, result: str) -> None:
    """Keep what was done here where operators look for it."""
    Audit(client).keep(Deed(shell_user(), what, which, result))
