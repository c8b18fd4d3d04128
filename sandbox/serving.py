"""Running the sandbox on a loopback address."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.app import Config, create_app
from sandbox.wire import TRANSPORT

Announce = Callable[[str], object]
log = logging.getLogger("sandbox")
BACKLOG = 2048


class OpenProtocol(H11Protocol):
    """Hands the connection to the application, which may have to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        """Remember the connection where every request of it can see it."""
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


class Server(uvicorn.Server):
    """A server that leaves at once, also while requests hang."""

    def stop(self) -> None:
        """Ask for the end from any thread."""
        self.force_exit = True
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal."""
        self.stop()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals, without raising them again: the exit is a clean one."""
        try:
            before = {one: signal.signal(one, self.handle_exit) for one in _SIGNALS}
        except ValueError:
            # Only the main thread may take signals.
            before = {}
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def make_server(app: ASGIApp) -> Server:
    """Set up the server: no access log, no banner, connections within reach."""
    return Server(
        uvicorn.Config(
            app,
            http=OpenProtocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
        )
    )


def listener(host: str, port: int) -> socket.socket:
    """Bind a loopback address, and no other."""
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    if not address.is_loopback:
        raise ValueError(f"the sandbox listens on loopback addresses only, not on {host}")
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((str(address), port))
    bound.listen(BACKLOG)
    return bound


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8088,
    keys: Sequence[str] = ("sandbox-key",),
    seed: int = 1,
    latency_ms: float = 0,
    objects: int = 0,
    announce: Announce | None = None,
) -> None:
    """Serve until a signal comes; `announce` is told the address that was bound."""
    bound = listener(host, port)
    config = Config(keys=keys, seed=seed, latency_ms=latency_ms, objects=objects)
    server = make_server(create_app(config))
    shown = f"[{host}]" if ":" in host else host
    (announce or log.info)(f"http://{shown}:{bound.getsockname()[1]}")
    try:
        server.run(sockets=[bound])
    finally:
        bound.close()
