"""/metrics for Prometheus, /metrics/json for people and programs of the older shape."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from redis import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard import families, seed
from dashboard.parts import ERROR, Endpoint, Ops, Part
from dashboard.snapshot import Snapshot, take
from shared.errors import InvalidArguments
from shared.logs import get_logger
from shared.release import version

NAMES = ("own", "seed")

log = get_logger(__name__)


class FromStore(Collector):
    """Reads the store at each scrape; without it says so and nothing else."""

    def __init__(self, ops: Ops) -> None:
        self._ops = ops

    def describe(self) -> list[Metric]:
        """Return nothing: asking would read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return every metric but those of this process."""
        found: Snapshot | None = None
        try:
            found = take(self._ops.store)
        except RedisError as error:
            log.warning("metrics_without_store", reason=type(error).__name__)
        yield from families.own(version(), up=found is not None)
        if found is not None:
            yield from families.families(found)


def metrics(ops: Ops) -> Part:
    """Return /metrics and /metrics/json."""
    registry = CollectorRegistry()
    registry.register(FromStore(ops))
    ProcessCollector(registry=registry)

    async def exposed(request: Request) -> Response:
        names = request.query_params.get("names", "own")
        if names not in NAMES:
            problem = InvalidArguments("names: is neither own nor seed").problem
            return JSONResponse({"error": problem.as_dict()}, status_code=400)
        if names == "seed":
            found = await ops.store.ask(take, ops.store)
            text = seed.exposition(_figures(ops, found))
            return Response(text, media_type="text/plain; version=0.0.4")
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        body = await ops.store.ask(partial(encode, registry))
        return Response(body, headers={"Content-Type": content_type})

    async def as_json(_request: Request) -> JSONResponse:
        found = await ops.store.ask(take, ops.store)
        return JSONResponse(_figures(ops, found))

    return Part(
        endpoints=(
            Endpoint(
                "/metrics",
                "for Prometheus; ?names=seed has the names of the older server",
                exposed,
                responses={200: None, 400: ERROR},
                parameters=(
                    {
                        "name": "names",
                        "in": "query",
                        "required": False,
                        "description": "whose names: our own, or those of the older server",
                        "schema": {"type": "string", "enum": list(NAMES), "default": "own"},
                    },
                ),
            ),
            Endpoint(
                "/metrics/json", "the same for programs", as_json, responses={200: seed.SCHEMA}
            ),
        )
    )


def _figures(ops: Ops, found: Snapshot) -> seed.Json:
    now = datetime.fromtimestamp(ops.clock.now(), UTC).isoformat()
    return seed.figures(found, uptime_seconds=ops.uptime_seconds, timestamp=now)
