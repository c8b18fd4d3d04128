"""A web server as we run it: says where it listens, and ends in order on a signal."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from shared.errors import NotConfigured

# Idle connections of pooled clients stay usable; the default of five seconds cuts them.
_KEEP_ALIVE_SECONDS = 75
_SHUTDOWN_SECONDS = 2
_BACKLOG = 2048


class HttpServer(uvicorn.Server):
    """Uvicorn that announces its address and returns on a signal."""

    def __init__(self, app: Any, announce: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
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
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce the address: port 0 has become a real one."""
        await super().startup(sockets)
        if sockets and self.started:
            self._announce(web_address(sockets[0]))

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


def web_address(listener: socket.socket) -> str:
    """Return the URL, without a path, of what a listening socket serves."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def listen(host: str, port: int, *, variables: str) -> socket.socket:
    """Return a listening socket; raise NotConfigured naming the variables of the address."""
    try:
        # A name such as localhost has two addresses; most clients try the older kind.
        families = {found[0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        family = socket.AF_INET if socket.AF_INET in families else families.pop()
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise NotConfigured(
            f"{variables}: cannot listen on {host}, port {port}: {error.strerror or error}"
        ) from None
