"""Ports: which are free, and what answers on them."""

import errno
import http.client
import socket
from urllib.parse import urlsplit

from shared.errors import NotConfigured

_ANSWER_SECONDS = 2.0
_GOOD = range(200, 300)


def chosen(host: str, port: int, *, remedy: str) -> int:
    """Return the port, or a free one for 0; raise NotConfigured when it cannot be had."""
    try:
        with _listener(host, port) as tried:
            return int(tried.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NotConfigured(f"port {port} on {host} is in use", advice=remedy) from None
        raise NotConfigured(
            f"cannot listen on port {port} of {host}: {error.strerror}", advice=remedy
        ) from None


def free(host: str, port: int) -> bool:
    """Tell whether nobody listens there."""
    try:
        _listener(host, port).close()
    except OSError:
        return False
    return True


def reachable_host(host: str) -> str:
    """Return the address by which this machine reaches a server that listens on `host`."""
    every = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared only
    found = every.get(host, host)
    return f"[{found}]" if ":" in found else found


def answers(url: str) -> bool:
    """Tell whether a GET of this address is answered with success."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status in _GOOD
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listener(host: str, port: int) -> socket.socket:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
