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
        checks = await _checks(ops)
        ready = all(check["ok"] for check in checks if check["required"])
        return JSONResponse(
            {"status": "ready" if ready else "not ready", "checks": checks},
            status_code=200 if ready else 503,
        )

    return Part(
        endpoints=(
            Endpoint(
                "/livez",
                "200 while the process can serve",
                livez,
                open=True,
                responses={200: _ALIVE},
            ),
            Endpoint(
                "/readyz",
                "200 or 503, with a list of checks",
                readyz,
                open=True,
                responses={200: _READY, 503: _READY},
            ),
        )
    )


async def _checks(ops: Ops) -> list[Json]:
    """Look at the store, which is required, and at the workers, which others restart."""
    try:
        problem = (await ops.store.ask(fitness, ops.store.client)).problem
        workers = await ops.store.ask(ops.store.ledger.workers)
    except CallError as error:
        return [_check("store", error.problem.message, good=False)]
    found = [_check("store", problem or "answers", good=problem is None)]
    for queue, count in workers.items():
        found.append(_check(f"worker {queue}", f"{count} alive", good=count > 0, required=False))
    return found


def _check(name: str, detail: str, *, good: bool, required: bool = True) -> Json:
    return {"name": name, "ok": good, "required": required, "detail": detail}


_ALIVE: Json = {"type": "object", "required": ["status"]}
_READY: Json = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {"enum": ["ready", "not ready"]},
        "checks": {
            "type": "array",
            "items": {"type": "object", "required": ["name", "ok", "required", "detail"]},
        },
    },
}
