"""The door to the Infoblox cloud: one request out, one answer back, nothing repeated but reads.

Whatever goes wrong is one of two things: the request was not sent, or its answer was lost.
"""

import json
from copy import copy
from dataclasses import dataclass, replace
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from shared import tracing
from shared.clock import Clock
from shared.hiding import HIDDEN
from shared.wire import Request
from workers.answer_body import error_text, parsed
from workers.connection import CURRENT, POOLS, Call, TooLate
from workers.credential import Token
from workers.reasons import CutShort, TooLong, has_timed_out, reason_of, was_closed
from workers.target import target_of
from workers.watchdog import Watchdog

MAX_BODY_BYTES = 32 * 1024 * 1024
# What a request may still take on its way after we gave it up.
_MARGIN_SECONDS = 5.0
_CHUNK_BYTES = 65_536
_LONGEST_HEADER = 200
_NO_CONTENT = 204
_REQUEST_ID_HEADERS = ("X-Request-ID", "Request-ID", "X-Correlation-ID", "X-Amzn-RequestId")


class NotSent(Exception):
    """Nothing of the request can have reached the server.

    `late` tells that the time to send it ran out here: the server is not to blame.
    """

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


class Lost(Exception):
    """The request was sent, and no complete answer came back: it may have been carried out."""

    def __init__(self, message: str, *, timed_out: bool = False, too_long: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out
        self.too_long = too_long


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a request may take, in seconds; `total` bounds everything together."""

    connect: float
    read: float
    total: float

    @property
    def settle(self) -> float:
        """Return the seconds after which an unanswered request cannot arrive any more."""
        return self.total + _MARGIN_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; `body` is the parsed JSON or None, `text` what a bad one says."""

    status: int
    body: Any = None
    text: str = ""
    retry_after: str | None = None
    request_id: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the server did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - any 2xx is success


class _Adapter(HTTPAdapter):
    """An adapter whose connections know the call they carry."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def close(self) -> None:
        # The original forgets its pools; they close when they happen to be collected.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in list(manager.pools.keys()):
                manager.pools[key].close()
        super().close()


class Csp:
    """A client of one address and account, for any number of threads."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: SecretStr,
        clock: Clock,
        pool_size: int,
        max_body_bytes: int = MAX_BODY_BYTES,
        watchdog: Watchdog | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._token = Token(api_key)
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._watchdog = watchdog or Watchdog(clock)
        self._session = requests.Session()
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "User-Agent": f"infoblox-mq/{_version()}",
            }
        )
        adapter = _Adapter(pool_maxsize=pool_size)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # Session.send would read a redirect's body without a limit, so the adapter is used.
        self._adapter = adapter
        found = self._session.merge_environment_settings(self._origin, {}, None, None, None)
        self._environment: dict[str, Any] = {
            name: found[name] for name in ("proxies", "verify", "cert")
        }

    def with_key(self, api_key: SecretStr) -> "Csp":
        """Return the client of another account at the same address; connections are shared."""
        other = copy(self)
        other._token = Token(api_key)
        return other

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()

    def send(self, request: Request, *, limits: Limits, send_before: float | None = None) -> Answer:
        """Return the complete answer; raise NotSent or Lost.

        `send_before` is an instant of the steady clock: after it no byte is written any more.
        Raises ValueError for a path that could mean another one.
        """
        target = f"{self._prefix}{target_of(request)}"
        prepared = self._prepared(request, target)
        call = Call(
            clock=self._clock,
            target=target,
            ends=self._clock.steady() + limits.total,
            connect_seconds=limits.connect,
            read_seconds=limits.read,
            send_before=send_before,
            safe=request.safe,
        )
        current = CURRENT.set(call)
        try:
            with self._watchdog.limit(limits.total, close=call.end):
                outcome = self._exchange(prepared, call, limits)
                if call.given_up and request.safe:
                    call.fresh = True
                    outcome = self._exchange(prepared, call, limits)
        finally:
            CURRENT.reset(current)
            call.let_go()
        if isinstance(outcome, Answer):
            return _hushed(outcome, request.secrets)
        # Raised out here, so that no request with its headers hangs on the error as its cause.
        raise outcome

    def _prepared(self, request: Request, target: str) -> requests.PreparedRequest:
        headers = tracing.headers()
        data = None
        if request.body is not None:
            # Only here: some services answer 501 to a DELETE with a content type and no body.
            data = json.dumps(request.body, separators=(",", ":"), allow_nan=False).encode()
            headers["Content-Type"] = "application/json"
        prepared = self._session.prepare_request(
            requests.Request(
                request.method, self._origin, headers=headers, data=data, auth=self._token
            )
        )
        # Set afterwards: preparing would decode and normalise the path.
        prepared.url = f"{self._origin}{target}"
        return prepared

    def _exchange(
        self, prepared: requests.PreparedRequest, call: Call, limits: Limits
    ) -> Answer | NotSent | Lost:
        answered = False
        try:
            response = self._adapter.send(
                prepared, stream=True, timeout=(limits.connect, limits.read), **self._environment
            )
            answered = True
            try:
                raw = self._read(response, call)
            finally:
                response.close()
            return self._answer(response, raw)
        except (OSError, HTTPError, HTTPException, TooLate, TooLong, CutShort) as error:
            call.given_up = call.reused and was_closed(error) and not (answered or call.ended)
            return _failure(error, call)

    def _read(self, response: requests.Response, call: Call) -> bytes:
        parts = []
        size = 0
        # An explicit read also hands the connection back when there is no body.
        while part := response.raw.read(_CHUNK_BYTES, decode_content=True):
            size += len(part)
            if size > self._max_body_bytes:
                raise TooLong
            parts.append(part)
        if call.ended:
            # To the reader the end of the connection may look like the end of the answer.
            raise TooLate
        return b"".join(parts)

    def _answer(self, response: requests.Response, raw: bytes) -> Answer:
        body, readable = parsed(raw)
        headers = response.headers
        answer = Answer(
            response.status_code,
            body,
            retry_after=_bounded(headers.get("Retry-After")),
            request_id=_bounded(
                next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), None)
            ),
        )
        if answer.ok:
            _check_complete(response, raw, readable=readable)
        if answer.ok and readable:
            return answer
        # A server may repeat what it was sent: the key, or a secret of the body.
        return replace(answer, text=HIDDEN.hush(self._token.hidden(error_text(body, raw))))


def _check_complete(response: requests.Response, raw: bytes, *, readable: bool) -> None:
    """Raise CutShort for a good answer of which something is missing."""
    headers = response.headers
    if not readable and "json" in headers.get("Content-Type", "").lower():
        raise CutShort
    # A connection that breaks among the headers looks like an answer that ends with it.
    framed = {"Content-Length", "Transfer-Encoding"} & {name.title() for name in headers}
    if not raw and not framed and response.status_code != _NO_CONTENT:
        raise CutShort


def _hushed(answer: Answer, secrets: tuple[str, ...]) -> Answer:
    """Return the answer with a text that does not repeat the secrets of the path."""
    text = answer.text
    for secret in secrets:
        text = text.replace(secret, "***")
    return replace(answer, text=text) if text != answer.text else answer


def _bounded(header: str | None) -> str | None:
    return header[:_LONGEST_HEADER] if header else None


def _version() -> str:
    try:
        return version("infoblox-mq")
    except PackageNotFoundError:
        return "checkout"


def _failure(error: Exception, call: Call) -> NotSent | Lost:
    timed_out = call.ended or isinstance(error, TooLate) or has_timed_out(error)
    if call.started:
        reason = "no complete answer in time" if timed_out else reason_of(error)
        return Lost(reason, timed_out=timed_out, too_long=isinstance(error, TooLong))
    if call.permit_ran_out:
        return NotSent("the time to send it ran out", late=True)
    return NotSent("connecting took too long" if timed_out else reason_of(error))
