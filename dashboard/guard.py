"""Who may ask the ops server: names it is called by, and a token with the scope `ops`."""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.parts import Ops, Part
from shared.errors import Problem
from shared.exposure import allowed_hosts, allowed_origins, matches
from shared.tokens import Scope as TokenScope
from shared.tokens import Token

SCOPE: TokenScope = "ops"
PAGES = "/dashboard"
LOGIN = f"{PAGES}/login"
_BEARER = "bearer "
# A part that has pages sets its own policy.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # Not no-referrer: with it browsers send the forms of our own pages with the origin `null`.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Lets a request through, or answers it; adds the headers that every answer has.

    The token of whoever calls, if any, is `request.state.token`.
    """

    def __init__(self, app: ASGIApp, *, ops: Ops, parts: Iterable[Part]) -> None:
        self._app = app
        self._tokens = ops.tokens
        self._find = ops.token
        host = ops.settings.metrics_host
        self._hosts = allowed_hosts(ops.settings, host)
        self._origins = allowed_origins(ops.settings, host)
        parts = tuple(parts)
        self._probes = {one.path for part in parts for one in part.endpoints if one.open}
        self._open = tuple(path for part in parts for path in part.open_paths)
        self._known = tuple(part.known for part in parts if part.known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(HTTPConnection(scope))
        await (refusal or self._app)(scope, receive, sent)

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        asked.state.token = None
        # Not that of asked.url, which is put together from the Host header.
        path = asked.scope["path"]
        if path in self._probes:
            return None
        host = asked.headers.get("host", "")
        if not matches(host, self._hosts):
            return _refused(421, "This server is not called by that name.", "Host")
        origin = asked.headers.get("origin")
        # Our own pages, by whichever of our names, say so when they send a form.
        ours = origin is None or urlsplit(origin).netloc == host
        if origin is not None and not (ours or matches(origin, self._origins)):
            return _refused(403, "Pages of that origin may not ask this server.", "Origin")
        return None if self._tokens is None else self._stranger(asked, path)

    def _stranger(self, asked: HTTPConnection, path: str) -> Response | None:
        token = self._token(asked)
        asked.state.token = token
        if self._is_open(path):
            return None
        if token is None and path.startswith(PAGES) and _wants_a_page(asked.headers):
            return RedirectResponse(f"{LOGIN}?back={quote(path)}", status_code=303)
        if token is None:
            return _refused(401, "This needs a bearer token.", "Authorization")
        if SCOPE not in token.scopes:
            return _refused(403, f"This token lacks the scope {SCOPE!r}.", "Authorization")
        return None

    def _is_open(self, path: str) -> bool:
        return any(
            path == known or (known.endswith("/") and path.startswith(known))
            for known in self._open
        )

    def _token(self, asked: HTTPConnection) -> Token | None:
        if given := bearer(asked.headers):
            return self._find(given)
        return next((token for known in self._known if (token := known(asked))), None)


def _wants_a_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def bearer(headers: Headers) -> str | None:
    """Return the bearer token that a request carries."""
    given = headers.get("authorization", "")
    return given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else None


_ADVICE = {
    "Host": "Add the name to INFOBLOX_MQ_ALLOWED_HOSTS, or use one that is in it.",
    "Origin": "Add the origin to INFOBLOX_MQ_ALLOWED_ORIGINS.",
    "Authorization": "Send `Authorization: Bearer TOKEN`, with a token whose scopes contain ops.",
}


def _refused(status: int, message: str, header: str) -> JSONResponse:
    error = Problem("refused", message, _ADVICE[header]).as_dict()
    asks = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - by name
    return JSONResponse({"error": error}, status_code=status, headers=asks)
