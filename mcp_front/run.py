"""Running the front end: over standard input and output, or over HTTP."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import anyio
from mcp.server.stdio import stdio_server

import shared.serving
from mcp_front.auth import read_tokens
from mcp_front.http import MCP_PATH, app, guard
from mcp_front.server import Front
from mcp_front.upkeep import Keeper
from shared.logs import get_logger
from shared.serving import listen
from shared.settings import Settings
from shared.stores import refuse_unfit

log = get_logger(__name__)


def stdio(settings: Settings, keeper: Keeper | None = None) -> None:
    """Serve one host over standard input and output until it closes them.

    A keeper has the store started at once; listing tools does not wait for it.
    """
    front = Front(settings)
    upkeep = front.store.keep(keeper, seconds=settings.wait_seconds) if keeper else None

    async def serve() -> None:
        server = front.server
        if upkeep:
            upkeep.begin()
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    try:
        with suppress(KeyboardInterrupt):
            anyio.run(serve)
    finally:
        front.close()


def http(
    settings: Settings,
    keeper: Keeper | None = None,
    *,
    announce: Callable[[str], None] | None = None,
    stateless: bool = False,
) -> None:
    """Serve MCP over HTTP until SIGTERM or SIGINT; `announce` gets the real address.

    With `stateless` there are no sessions: any front end behind an address answers any request.
    A keeper has the store started when a call needs it.
    """
    guard(settings)
    if settings.redis_url and keeper is None:
        refuse_unfit(settings.redis_url)
    tokens = read_tokens(settings.tokens_file) if settings.tokens_file else None
    front = Front(settings, tokens=tokens)
    if keeper is not None:
        front.store.keep(keeper, seconds=settings.wait_seconds)
    listener = listener_of(settings)
    try:
        server = HttpServer(front, settings, announce or _log_address, stateless=stateless)
        server.run(sockets=[listener])
    finally:
        listener.close()
        front.close()


class HttpServer(shared.serving.HttpServer):
    """A server that answers waiting calls before it stops."""

    def __init__(
        self,
        front: Front,
        settings: Settings,
        announce: Callable[[str], None],
        *,
        stateless: bool = False,
    ) -> None:
        super().__init__(
            app(front, settings, stateless=stateless), lambda url: announce(f"{url}{MCP_PATH}")
        )
        self._front = front

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let waiting calls answer with their job ids, then stop."""
        self._front.drain()
        await asyncio.sleep(0)
        await super().shutdown(sockets)


def listener_of(settings: Settings) -> socket.socket:
    """Return the socket the front end listens on."""
    return listen(settings.mcp_host, settings.mcp_port, variables="MCP_HOST, MCP_PORT")


def _log_address(url: str) -> None:
    log.info("front_end_started", url=url)
