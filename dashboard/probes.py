"""Probes: does the server live, can it do its work."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.parts import Endpoint, Json, Ops, Part
from shared.errors import CallError
from shared.stores import fitness


def probes(ops: Ops) -> Part:
    """Return /livez, which looks at nothing outside the process, and /readyz."""

    async def livez(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> JSONResponse:
        checks = [await _store(ops)]
        ready = all(check["ok"] for check in checks)
        return JSONResponse(
            {"status": "ready" if ready else "not ready", "checks": checks},
            status_code=200 if ready else 503,
        )

    return Part(
        endpoints=(
            Endpoint("/livez", "200 while the process can serve", livez, open=True),
            Endpoint("/readyz", "200 or 503, with a list of checks", readyz, open=True),
        )
    )


async def _store(ops: Ops) -> Json:
    try:
        problem = (await ops.store.ask(fitness, ops.store.client)).problem
    except CallError as error:
        problem = error.problem.message
    return {"name": "store", "ok": problem is None, "detail": problem or "answers"}
