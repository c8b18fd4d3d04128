"""`/`: what the server answers, and how long it has run."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.parts import Endpoint, Ops, Part

_LIST = {"type": "object", "required": ["service", "uptime_seconds", "endpoints"]}


def index(ops: Ops, parts: Iterable[Part]) -> Part:
    """Return the list of the endpoints of all parts."""
    listed = {one.path: one.about for part in parts for one in part.endpoints}

    async def answer(_request: Request) -> JSONResponse:
        uptime = round(ops.uptime_seconds, 3)
        return JSONResponse(
            {"service": "infoblox-mq", "uptime_seconds": uptime, "endpoints": listed}
        )

    endpoint = Endpoint(
        "/", "this list, and how long the server has run", answer, responses={200: _LIST}
    )
    listed[endpoint.path] = endpoint.about
    return Part(endpoints=(endpoint,))
