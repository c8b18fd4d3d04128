"""In and out: /dashboard/login by a token or a one-time link, /dashboard/logout."""

import hmac
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.guard import LOGIN, PAGES, SCOPE
from dashboard.pages import forms
from dashboard.pages.session import LINK, Sessions, drop, keep, known, sessions
from dashboard.pages.templates import whole
from dashboard.parts import Ops, Part
from dashboard.store import StoreAway
from shared.clock import Clock
from shared.errors import InvalidArguments
from shared.logins import redeem
from shared.logs import get_logger

LOGOUT = f"{PAGES}/logout"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )
}
_MOST_TRIES = 5
_TRIES_SECONDS = 60.0
_MOST_ADDRESSES = 1000

log = get_logger(__name__)


class Tries:
    """Counts failed logins of each address; after five within a minute it has to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Return the seconds until this address may try again; 0: now."""
        failed = self._recent(address)
        if len(failed) < _MOST_TRIES:
            return 0.0
        return failed[0] + _TRIES_SECONDS - self._clock.steady()

    def failed(self, address: str) -> None:
        """Note a failure."""
        self._failed[address] = [*self._recent(address), self._clock.steady()]
        self._failed.move_to_end(address)
        if len(self._failed) > _MOST_ADDRESSES:
            self._failed.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = self._clock.steady() - _TRIES_SECONDS
        return [at for at in self._failed.get(address, ()) if at > since][-_MOST_TRIES:]


class Doors:
    """The routes of one server."""

    def __init__(self, ops: Ops) -> None:
        self._origins = ops.settings.allowed_origins
        self._tries = Tries(ops.clock)

    async def show(self, request: Request) -> Response:
        """Ask for a token, or whether a one-time link shall be used."""
        back, code = (request.query_params.get(name, "") for name in ("back", "code"))
        return _page(back=back, code=code)

    async def enter(self, request: Request) -> Response:
        """Open a session."""
        try:
            form = await forms.read(request)
            back, code, token = (form.one(name) for name in ("back", "code", "token"))
        except InvalidArguments as error:
            return _page(problem=error.problem.message, status=400)
        address = request.client.host if request.client else ""
        if (refused := self._refused(request, back, address=address)) is not None:
            return refused
        try:
            cookie = await _opened(sessions(request), token=token, code=code)
        except StoreAway as error:
            return _page(back=back, problem=error.problem.message, status=503)
        if cookie is None:
            self._tries.failed(address)
            log.warning("login_refused", address=address)
            return _page(back=back, problem=_NO[bool(code)], status=401)
        response = RedirectResponse(forms.local(back), status_code=303)
        keep(response, cookie, secure=request.url.scheme == "https")
        return response

    async def leave(self, request: Request) -> Response:
        """End a session."""
        here = sessions(request)
        session = here.find(request)
        form = await forms.read(request)
        if session is not None:
            same = hmac.compare_digest(form.one("csrf").encode(), here.csrf(session).encode())
            if not same or not forms.from_here(request, self._origins):
                return _page(problem=_FOREIGN, status=403)
            await here.end(session)
            log.info("logged_out", who=session.client)
        response = RedirectResponse(LOGIN, status_code=303)
        drop(response)
        return response

    def _refused(self, request: Request, back: str, *, address: str) -> Response | None:
        if not forms.from_here(request, self._origins):
            return _page(problem=_FOREIGN, status=403)
        if (wait := self._tries.wait(address)) > 0:
            again = f"Too many tries. Wait {wait:.0f} s."
            return _page(back=back, problem=again, status=429, wait=wait)
        return None


def doors(ops: Ops) -> Part:
    """Return the routes, and what tells the guard who has come in by them."""
    here = Doors(ops)
    return Part(
        routes=(
            Route(LOGIN, here.show, methods=["GET"]),
            Route(LOGIN, here.enter, methods=["POST"]),
            Route(LOGOUT, here.leave, methods=["POST"]),
        ),
        open_paths=frozenset({LOGIN, LOGOUT}),
        known=known,
    )


_FOREIGN = "This form came from elsewhere. Log in here."
_NO = {
    False: f"This is not a token with the scope {SCOPE!r}.",
    True: "This link has been used or is too old. `infoblox-mq ops login` prints a new one.",
}


async def _opened(here: Sessions, *, token: str, code: str) -> str | None:
    store = here.ops.store
    if code:
        who = await store.ask(redeem, store.patient, code)
        if who is None:
            return None
        log.info("logged_in", who=who, by=LINK)
        return here.begin(who, source=LINK)
    found = here.ops.token(token.strip())
    if found is None or SCOPE not in found.scopes:
        return None
    log.info("logged_in", who=found.client, by="bearer")
    return here.begin(found.client, source=found.sha256.lower())


def _page(
    *, back: str = "", code: str = "", problem: str = "", status: int = 200, wait: float = 0.0
) -> HTMLResponse:
    text = whole("login.html", {"back": forms.local(back), "code": code, "problem_said": problem})
    headers = HEADERS | ({"Retry-After": f"{wait:.0f}"} if wait else {})
    return HTMLResponse(text, status_code=status, headers=headers)
