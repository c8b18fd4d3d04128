"""Connections that know the call they carry: what was sent of it, and how to end it.

urllib3 opens, reuses and closes connections on its own. The call of the current thread tells them
whether the request may still be written, and is told what became of it.
"""

import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import allowed_gai_family, create_connection

from shared.clock import Clock

# Servers close idle connections, some after 5 s. One that closes as a write arrives leaves the
# outcome of the write open, so a write takes a connection that was busy a moment ago, or a new one.
LONGEST_IDLE_SECONDS = 4.0


class TooLate(Exception):
    """The request may not be written any more."""


class Call:
    """One request on its way. Its connection is closed by `end`, from any thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        target: str,
        ends: float,
        connect_seconds: float,
        read_seconds: float,
        send_before: float | None,
        safe: bool,
    ) -> None:
        self.clock = clock
        self.target = target
        self.read_seconds = read_seconds
        self.safe = safe
        self.fresh = False
        self.started = False
        self.reused = False
        self.given_up = False
        self.ended = False
        self.permit_ran_out = False
        self._ends = ends
        self._connect_seconds = connect_seconds
        self._send_before = send_before
        self._lock = threading.Lock()
        self._lever: socket.socket | None = None

    def connect_seconds(self) -> float:
        """Return how long one attempt to connect may take; raise TooLate without any time."""
        left = self._ends - self.clock.steady()
        if left <= 0:
            raise TooLate
        return min(self._connect_seconds, left)

    def hold(self, sock: socket.socket) -> None:
        """Keep a second handle of the connection: TLS takes the first one out of reach."""
        # The family does not matter for a handle that is only shut down.
        lever = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            previous, self._lever = self._lever, lever
            if self.ended:
                self._shut_down()
        if previous:
            previous.close()

    def let_go(self) -> None:
        """Leave the connection alone from now on: another call may use it next."""
        with self._lock:
            lever, self._lever = self._lever, None
        if lever:
            lever.close()

    def end(self) -> None:
        """Shut the connection down, whatever it waits for."""
        with self._lock:
            self.ended = True
            self._shut_down()

    def _shut_down(self) -> None:
        if self._lever:
            with suppress(OSError):
                self._lever.shutdown(socket.SHUT_RDWR)

    def start(self, *, reused: bool) -> None:
        """Note that bytes are about to be written; raise TooLate if they may not be."""
        if self._send_before is not None and self.clock.steady() >= self._send_before:
            self.permit_ran_out = True
            raise TooLate
        if self.ended:
            raise TooLate
        self.started = True
        self.reused = reused


CURRENT: ContextVar[Call] = ContextVar("current_call")


class _Connection(HTTPConnection):
    """A connection that asks its call before it writes."""

    idle_since: float = 0.0
    _used = False

    def _new_conn(self) -> socket.socket:
        call = CURRENT.get()
        problem = OSError("the host name has no address")
        # Each address gets the time for connecting, all of them no more than the call has.
        for *_, address in socket.getaddrinfo(
            self._dns_host, self.port, family=allowed_gai_family(), type=socket.SOCK_STREAM
        ):
            try:
                sock = create_connection(
                    (str(address[0]), self.port),
                    call.connect_seconds(),
                    socket_options=self.socket_options,
                )
            except OSError as error:
                problem = error
            else:
                call.hold(sock)
                return sock
        raise problem

    def connect(self) -> None:
        self._used = False
        super().connect()

    def request(self, method: str, url: str, *args: Any, **options: Any) -> None:
        """Write the request, with the target as it was given: urllib3 rewrites percent codes."""
        call = CURRENT.get()
        if self.sock is None:
            self.connect()
        elif self._used:
            call.hold(self.sock)
        # Without this a large body had to be written within the time for connecting.
        self.timeout = call.read_seconds
        call.start(reused=self._used)
        self._used = True
        super().request(method, call.target if url.startswith("/") else url, *args, **options)


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class PlainPool(HTTPConnectionPool):
    """A pool that hands out connections fit for the current call."""

    ConnectionCls = _Connection

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)
        call = CURRENT.get()
        if isinstance(connection, _Connection):
            idle = call.clock.steady() - connection.idle_since
            if call.fresh or (not call.safe and idle > LONGEST_IDLE_SECONDS):
                connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        call = CURRENT.get()
        call.let_go()
        if conn is not None:
            conn.idle_since = call.clock.steady()
        super()._put_conn(conn)


class TlsPool(PlainPool, HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _TlsConnection


POOLS = {"http": PlainPool, "https": TlsPool}
