"""Running the front end: over standard input and output, or over HTTP."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import anyio
import uvicorn
from mcp.server.stdio import stdio_server

from mcp_front.auth import read_tokens
from mcp_front.http import MCP_PATH, app, guard
from mcp_front.server import Front
from shared.errors import NotConfigured
from shared.logs import get_logger
from shared.settings import Settings
from shared.stores import refuse_unfit

# Idle connections of pooled clients stay usable; the default of five seconds cuts them.
_KEEP_ALIVE_SECONDS = 75
_SHUTDOWN_SECONDS = 2
_BACKLOG = 2048

log = get_logger(__name__)


def stdio(settings: Settings) -> None:
    """Serve one host over standard input and output until it closes them."""
    front = Front(settings)

    async def serve() -> None:
        server = front.server
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    try:
        with suppress(KeyboardInterrupt):
            anyio.run(serve)
    finally:
        front.close()


def http(settings: Settings, *, announce: Callable[[str], None] | None = None) -> None:
    """Serve MCP over HTTP until SIGTERM or SIGINT; `announce` gets the real address."""
    guard(settings)
    if settings.redis_url:
        refuse_unfit(settings.redis_url)
    tokens = read_tokens(settings.tokens_file) if settings.tokens_file else None
    front = Front(settings, tokens=tokens)
    listener = _listener(settings.mcp_host, settings.mcp_port)
    try:
        HttpServer(front, settings, announce or _log_address).run(sockets=[listener])
    finally:
        listener.close()
        front.close()


class HttpServer(uvicorn.Server):
    """Uvicorn that says where it listens, and answers waiting calls before it stops."""

    def __init__(self, front: Front, settings: Settings, announce: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app(front, settings),
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                ws="none",
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
                backlog=_BACKLOG,
            )
        )
        self._front = front
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce the address: port 0 has become a real one."""
        await super().startup(sockets)
        if sockets and self.started:
            self._announce(address(sockets[0]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let waiting calls answer with their job ids, then stop."""
        self._front.drain()
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal and return; the library would raise it again and end the process."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def address(listener: socket.socket) -> str:
    """Return the URL of the MCP endpoint behind a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{MCP_PATH}"


def _listener(host: str, port: int) -> socket.socket:
    try:
        # A name such as localhost has two addresses; most clients try the older kind.
        families = {found[0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        family = socket.AF_INET if socket.AF_INET in families else families.pop()
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise NotConfigured(
            f"MCP_HOST, MCP_PORT: cannot listen on {host}, port {port}: {error.strerror or error}"
        ) from None


def _log_address(url: str) -> None:
    log.info("front_end_started", url=url)
