"""`metrics_snapshot`: the figures as one log line now and then, for who has no Prometheus."""

import asyncio

from dashboard import seed
from dashboard.parts import Ops, Part
from dashboard.snapshot import calls, failures, take
from shared.errors import CallError
from shared.logs import get_logger

log = get_logger(__name__)


def snapshots(ops: Ops) -> Part:
    """Return the part that only logs; 0 seconds turn it off."""
    every = ops.settings.metrics_snapshot_seconds

    async def run() -> None:
        while True:
            await asyncio.sleep(every)
            try:
                now = await ops.store.ask(take, ops.store)
            except CallError as error:
                log.warning("metrics_snapshot", store_up=False, reason=error.problem.message)
                continue
            open_jobs = {
                str(queue): sum(one.states.values()) for queue, one in now.backlogs.items()
            }
            log.info(
                "metrics_snapshot",
                store_up=True,
                uptime_seconds=round(ops.uptime_seconds),
                api_calls=calls(now.counts),
                errors=failures(now.counts),
                cache_hit_rate_percent=seed.cache(now.counts)["hit_rate_percent"],
                open_jobs=open_jobs,
                workers={str(queue): one.workers for queue, one in now.backlogs.items()},
                circuit_breakers=dict(seed.breakers(now)),
            )

    return Part(background=(run,) if every else ())
