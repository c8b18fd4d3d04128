"""The ops server as an ASGI application, composed from one list of parts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.docs import docs
from dashboard.guard import Guard
from dashboard.health import health
from dashboard.index import index
from dashboard.metrics import metrics
from dashboard.pages import pages
from dashboard.pages.actions import actions
from dashboard.pages.doors import doors
from dashboard.pages.session import Sessions
from dashboard.parts import Ops, Part
from dashboard.probes import probes
from dashboard.snapshots import snapshots
from shared.errors import CallError, InvalidArguments

PARTS: tuple[Callable[[Ops], Part], ...] = (
    probes,
    health,
    metrics,
    snapshots,
    doors,
    actions,
    pages,
)


def create_app(ops: Ops) -> Starlette:
    """Return the application; its lifespan closes the store it was handed."""
    parts = [part(ops) for part in PARTS]
    parts.append(docs([*parts, index(ops, ())], guarded=ops.tokens is not None))
    parts.append(index(ops, parts))
    routes = [
        route
        for part in parts
        for route in (*(one.route for one in part.endpoints), *part.routes)
        if route
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        running = [asyncio.ensure_future(work()) for part in parts for work in part.background]
        try:
            yield
        finally:
            for work in running:
                work.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await ops.store.close()

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Guard, ops=ops, parts=parts)],
        exception_handlers={CallError: _unable, HTTPException: _no_such},
    )
    app.state.sessions = Sessions(ops)
    return app


async def _unable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CallError)  # noqa: S101 - registered for these alone
    status = 400 if isinstance(error, InvalidArguments) else 503
    return JSONResponse({"error": error.problem.as_dict()}, status_code=status)


async def _no_such(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these alone
    found = {"code": "refused", "message": error.detail, "advice": "GET / lists what there is."}
    return JSONResponse({"error": found}, status_code=error.status_code, headers=error.headers)
