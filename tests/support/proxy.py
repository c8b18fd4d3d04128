"""A TCP proxy before an API that swallows some of its answers, after they took effect."""

import random
import socket
import socketserver
import struct
import threading
from contextlib import suppress
from io import BufferedIOBase
from urllib.parse import urlsplit

WRITES = frozenset({"POST", "PATCH", "DELETE"})
_SECONDS = 30.0
# Linger on, for zero seconds: closing sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)


class Proxy(socketserver.ThreadingTCPServer):
    """Forwards HTTP; of this share of writes the answer is dropped and the connection reset."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, *, share: float, seed: int) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname
        assert parts.port
        self.upstream = (parts.hostname, parts.port)
        self.dropped = 0
        self.forwarded = 0
        self._share = share
        self._dice = random.Random(seed)
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Relay)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def drops(self, method: str) -> bool:
        """Tell whether the answer of this request gets lost, and count it."""
        with self._guard:
            lost = method in WRITES and self._dice.random() < self._share
            self.forwarded += method in WRITES
            self.dropped += lost
            return lost

    def calm(self) -> None:
        """Let every answer through from now on."""
        with self._guard:
            self._share = 0.0

    def close(self) -> None:
        """Accept no connection any more; open ones end with their clients."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Relay(socketserver.StreamRequestHandler):
    """One connection of a client, request by request."""

    server: Proxy
    timeout = _SECONDS * 10

    def handle(self) -> None:
        # A client that is killed resets its connection.
        with suppress(OSError):
            while request := message(self.rfile):
                answer = self._exchange(request)
                if self.server.drops(request.split(b" ", 1)[0].decode()):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    return
                self.wfile.write(answer)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def _exchange(self, request: bytes) -> bytes:
        with socket.create_connection(self.server.upstream, timeout=_SECONDS) as upstream:
            upstream.sendall(request)
            with upstream.makefile("rb") as answer:
                return message(answer)


def message(stream: BufferedIOBase) -> bytes:
    """Read one request or answer; nothing when the stream has ended."""
    head = b""
    length = 0
    while line := stream.readline():
        head += line
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if not line.strip():
            return head + stream.read(length)
    return b""
