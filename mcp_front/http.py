"""The HTTP side: MCP on /mcp, /livez and /readyz, and who may reach them."""

from ipaddress import ip_address
from typing import Any

from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mcp_front.server import Front
from mcp_front.store import Store
from shared.errors import CallError, NotConfigured
from shared.settings import LOOPBACK, Settings, variable_of
from shared.stores import fitness

MCP_PATH = "/mcp"
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    try:
        return host in LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False


def guard(settings: Settings) -> None:
    """Refuse to listen where others can reach us without tokens and a list of our own names."""
    if is_loopback(settings.mcp_host):
        return
    lacking = [
        f"{variable_of(field)}: {why}"
        for field, why in (
            ("tokens_file", "bearer tokens, without which anybody could call every tool"),
            ("allowed_hosts", "the names clients use for this server, against DNS rebinding"),
        )
        if not getattr(settings, field)
    ]
    if lacking:
        raise NotConfigured(
            f"MCP_HOST: {settings.mcp_host} can be reached from outside; set {'; '.join(lacking)}",
            advice="Set these variables, or listen on 127.0.0.1.",
        )


def security(settings: Settings) -> TransportSecuritySettings:
    """Return the lists of Host and Origin headers; always explicit, the library's default is off
    for every address but loopback."""
    hosts = [host for name in settings.allowed_hosts for host in (name, f"{name}:*")]
    origins = list(settings.allowed_origins)
    if is_loopback(settings.mcp_host):
        hosts += [host for name in _LOOPBACK_NAMES for host in (name, f"{name}:*")]
        origins += [f"http://{host}" for name in _LOOPBACK_NAMES for host in (name, f"{name}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins
    )


def app(front: Front, settings: Settings) -> Starlette:
    """Return the ASGI app of a front end; one app per front, its lifespan runs the front."""
    guarded: dict[str, Any] = {}
    if front.tokens is not None:
        # The library wants an issuer; static tokens have none, and the address is never shown.
        issuer = AnyHttpUrl("http://localhost")
        guarded = {
            "auth": AuthSettings(issuer_url=issuer, resource_server_url=None),
            "token_verifier": front.tokens,
        }
    return front.server.streamable_http_app(
        streamable_http_path=MCP_PATH,
        transport_security=security(settings),
        host=settings.mcp_host,
        custom_starlette_routes=[
            Route("/livez", _alive, methods=["GET"]),
            Route("/readyz", _readiness(front.store), methods=["GET"]),
        ],
        **guarded,
    )


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
