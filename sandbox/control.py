"""The control plane under /_sandbox: for tests and demos, on loopback only."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.errors import Refused, invalid
from sandbox.paging import whole
from sandbox.world import World

Body = dict[str, Any]
Action = Callable[[World, Request, Body], object]


def _journal(world: World, request: Request, _body: Body) -> object:
    return world.journal.since(whole(request.query_params, "since", default=0, least=0))


def _counts(world: World, _request: Request, _body: Body) -> object:
    return {"requests": world.journal.requests, "writes": world.journal.writes}


def _add_fault(world: World, _request: Request, body: Body) -> object:
    return world.faults.add(body).shown()


def _list_faults(world: World, _request: Request, _body: Body) -> object:
    return {"faults": world.faults.shown()}


def _clear_faults(world: World, _request: Request, _body: Body) -> object:
    world.faults.clear()
    return {"faults": []}


def _set_vpn(world: World, _request: Request, body: Body) -> object:
    return world.set_vpn(body)


def _tunnels(world: World, _request: Request, _body: Body) -> object:
    return {"tunnels": world.tunnels()}


def _reset(world: World, _request: Request, _body: Body) -> object:
    world.reset()
    return {"reset": True}


def _health(world: World, _request: Request, _body: Body) -> object:
    return {"status": "ok", "accounts": len(world.config.keys), "vpn": world.shown_vpn()}


ACTIONS: tuple[tuple[str, str, Action], ...] = (
    ("/journal", "GET", _journal),
    ("/counts", "GET", _counts),
    ("/faults", "GET", _list_faults),
    ("/faults", "POST", _add_fault),
    ("/faults", "DELETE", _clear_faults),
    ("/vpn", "POST", _set_vpn),
    ("/tunnels", "GET", _tunnels),
    ("/reset", "POST", _reset),
    ("/health", "GET", _health),
)


def routes(world: World) -> list[Route]:
    """Make the routes of the control plane."""
    return [_route(world, path, method=method, act=act) for path, method, act in ACTIONS]


def _route(world: World, path: str, *, method: str, act: Action) -> Route:
    async def endpoint(request: Request) -> JSONResponse:
        raw = await request.body()
        try:
            _require_loopback(request)
            return JSONResponse(act(world, request, _object(raw)))
        except Refused as refusal:
            return JSONResponse({"message": refusal.message}, status_code=refusal.status)

    return Route(path, endpoint, methods=[method])


def _require_loopback(request: Request) -> None:
    host = request.client.host if request.client else ""
    if not ipaddress.ip_address(host or "0.0.0.0").is_loopback:  # noqa: S104
        raise Refused(403, "the control plane is for this machine only")


def _object(raw: bytes) -> Body:
    try:
        value = json.loads(raw or b"{}")
    except ValueError:
        raise invalid("the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise invalid("the body is not a JSON object")
    return value
