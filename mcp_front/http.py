"""The HTTP side: MCP on /mcp, /livez and /readyz, and who may reach them."""

from collections.abc import Awaitable
from typing import Any

from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_front.server import Front
from mcp_front.store import Store
from shared.errors import CallError
from shared.exposure import allowed_hosts, allowed_origins, require_guarded
from shared.settings import Settings
from shared.stores import fitness

MCP_PATH = "/mcp"
_BLANKS = b" \t"


def guard(settings: Settings) -> None:
    """Refuse to listen where others can reach us without tokens and a list of our own names."""
    require_guarded(settings, "mcp_host", gain="call every tool")


def security(settings: Settings) -> TransportSecuritySettings:
    """Return the lists of Host and Origin headers; always explicit, the library's default is off
    for every address but loopback."""
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=allowed_hosts(settings, settings.mcp_host),
        allowed_origins=allowed_origins(settings, settings.mcp_host),
    )


def app(front: Front, settings: Settings, *, stateless: bool = False) -> Starlette:
    """Return the ASGI app of a front end; one app per front, its lifespan runs the front."""
    front.server.keeps_sessions = not stateless
    guarded: dict[str, Any] = {}
    if front.tokens is not None:
        # The library wants an issuer; static tokens have none, and the address is never shown.
        issuer = AnyHttpUrl("http://localhost")
        guarded = {
            "auth": AuthSettings(issuer_url=issuer, resource_server_url=None),
            "token_verifier": front.tokens,
        }
    served = front.server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        transport_security=security(settings),
        stateless_http=stateless,
        host=settings.mcp_host,
        custom_starlette_routes=[
            Route("/livez", _alive, methods=["GET"]),
            Route("/readyz", _readiness(front.store), methods=["GET"]),
        ],
        **guarded,
    )
    served.add_middleware(Trimmed)
    return served


class Trimmed:
    """Takes the blanks around the values of MCP's headers away: httptools leaves those behind."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on."""
        if any(_blank(name, value) for name, value in scope.get("headers", ())):
            scope["headers"] = [(name, value.strip(_BLANKS)) for name, value in scope["headers"]]
        return self._inner(scope, receive, send)


def _blank(name: bytes, value: bytes) -> bool:
    return name.startswith(b"mcp-") and value != value.strip(_BLANKS)


async def _alive(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def _readiness(store: Store) -> Any:
    async def ready(_request: Request) -> JSONResponse:
        try:
            problem = (await store.ask(fitness, store.client)).problem
        except CallError as error:
            problem = error.problem.message
        check = {"name": "store", "ok": problem is None, "detail": problem or "answers"}
        return JSONResponse(
            {"status": "ready" if problem is None else "not ready", "checks": [check]},
            status_code=200 if problem is None else 503,
        )

    return ready
