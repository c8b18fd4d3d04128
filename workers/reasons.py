"""Why a request failed, in words of our own: the texts of the libraries may hold addresses."""

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead

from urllib3.exceptions import DecodeError, ProxyError
from urllib3.exceptions import TimeoutError as PoolTimeoutError


class TooLong(Exception):
    """The answer has more bytes than it may have."""


class CutShort(Exception):
    """The answer is called good, but something of it is missing."""


Kinds = tuple[type[BaseException], ...]
_TIMED_OUT: Kinds = (TimeoutError, PoolTimeoutError)
_CLOSED: Kinds = (ConnectionError, ssl.SSLEOFError)
# The first that fits anything in the chain of causes is taken.
_REASONS: tuple[tuple[Kinds, str], ...] = (
    ((TooLong,), "the answer is too long"),
    ((CutShort,), "the answer was cut short"),
    ((socket.gaierror,), "the host name cannot be resolved"),
    ((ConnectionRefusedError,), "the connection was refused"),
    (_TIMED_OUT, "timed out"),
    (_CLOSED, "the connection was closed"),
    ((ssl.SSLCertVerificationError,), "TLS failed: the certificate is not trusted"),
    ((ssl.SSLError,), "TLS failed"),
    ((ProxyError,), "the proxy does not work"),
    ((IncompleteRead,), "the answer was cut short"),
    ((DecodeError,), "the answer cannot be unpacked"),
    ((HTTPException,), "the answer is not HTTP"),
)


def reason_of(error: BaseException) -> str:
    """Return the reason in a few words."""
    return next((text for kinds, text in _REASONS if _has(error, kinds)), "the connection failed")


def has_timed_out(error: BaseException) -> bool:
    """Tell whether waiting for bytes took too long."""
    return _has(error, _TIMED_OUT)


def was_closed(error: BaseException) -> bool:
    """Tell whether the other side closed the connection."""
    return _has(error, _CLOSED)


def _has(error: BaseException, kinds: Kinds) -> bool:
    return any(isinstance(link, kinds) for link in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
