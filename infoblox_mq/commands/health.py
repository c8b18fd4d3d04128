"""`infoblox-mq health`: one look, one exit code; the health check of a container."""

import argparse
import json
import socket
from collections.abc import Mapping

from redis import RedisError

from infoblox_mq import attach
from shared.catalog import Queue
from shared.clock import SystemClock
from shared.errors import CallError
from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect


def health(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Print how things are; 1 means unhealthy, or that no worker of the queue lives here."""
    try:
        settings = attach.attached(Settings.from_env(env))
    except CallError as error:
        print(error.problem.message)
        return 1
    return _worker(settings, Queue(args.worker)) if args.worker else _whole(settings)


def _worker(settings: Settings, queue: Queue) -> int:
    client = connect(settings.redis_url or "", patient=False)
    try:
        names = Ledger(client, Terms.from_settings(settings)).worker_names(queue)
    except RedisError as error:
        print(f"the store does not answer: {error}")
        return 1
    finally:
        client.connection_pool.disconnect()
    here = [name for name in names if name.rsplit(":", 2)[0] == socket.gethostname()]
    if not here:
        print(f"no worker of {queue} lives on {socket.gethostname()}")
    return 0 if here else 1


def _whole(settings: Settings) -> int:
    # Heavier than a worker's check needs: it knows the metrics.
    from dashboard.health import Share, judge, report
    from dashboard.snapshot import calls, failures, take
    from dashboard.store import Store

    store = Store(settings.redis_url or "", settings, SystemClock())
    try:
        now = take(store)
    except RedisError as error:
        found = report("unhealthy", [f"the store does not answer: {error}"], uptime_seconds=0)
    else:
        # Nothing was watched for five minutes here, so that the share is that of all requests.
        share = Share(calls(now.counts), failures(now.counts))
        status, issues = judge(now, Share(0, 0))
        found = report(status, issues, uptime_seconds=0, now=now, percent=share.percent)
    finally:
        store.disconnect()
    print(json.dumps(found))
    return 1 if found["status"] == "unhealthy" else 0
