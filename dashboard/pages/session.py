"""Who looks at a page, and whether they may act: a signed cookie, or a bearer token."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_bytes, token_hex
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from dashboard.guard import PAGES, SCOPE, bearer
from dashboard.parts import Ops
from dashboard.store import StoreAway
from shared.clock import Clock
from shared.fingerprint import derived_key
from shared.ledger import PREFIX
from shared.tokens import Token

COOKIE = "imq_session"
SESSION_SECONDS = 8 * 3600
# What was just done is told by the page that comes next, and by no later one.
SAID = "imq_said"
SAID_SECONDS = 5
_LONGEST_SAID = 400
# Where a session came from that no token stands behind: a one-time link.
LINK = "link"
_MOST_ENDED = 10_000


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks; `csrf` goes with every action, `said` is what the last one came to."""

    client: str | None
    may_act: bool
    csrf: str
    said: str = ""


NOBODY = Viewer(None, may_act=False, csrf="")


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie says: who, a number used once, and the token that opened it."""

    client: str
    nonce: str
    source: str


class Sessions:
    """Makes cookies, reads them and takes them back.

    The key comes from SEAL_KEY, so that several servers and a restart know the same sessions;
    without one it is made anew by each process.
    """

    def __init__(self, ops: Ops) -> None:
        seal_key = ops.settings.seal_key
        self.ops = ops
        self._key = derived_key(seal_key, "ops sessions") if seal_key else token_bytes(32)
        self._ended: dict[str, None] = {}

    def begin(self, client: str, *, source: str) -> str:
        """Return the cookie of a new session; `source` is the token's digest, or LINK."""
        return str(self._signer("session").dumps([client, token_hex(16), source]))

    def find(self, asked: HTTPConnection) -> Session | None:
        """Return the session of a request, unless it has expired or its token is gone."""
        found: Any = self._read("session", asked.cookies.get(COOKIE, ""), SESSION_SECONDS)
        if found is None:
            return None
        session = Session(*found)
        valid = session.nonce not in self._ended and self._stands(session)
        return session if valid else None

    async def holds(self, session: Session) -> bool:
        """Tell whether no server has ended it; asked before something is done."""
        store = self.ops.store
        return not await store.ask(store.patient.exists, _ended_key(session))

    async def end(self, session: Session) -> None:
        """End a session here and, where the store answers, on every server."""
        while len(self._ended) >= _MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        self._ended[session.nonce] = None
        store = self.ops.store
        with suppress(StoreAway):
            await store.ask(store.patient.set, _ended_key(session), "", ex=SESSION_SECONDS)

    def csrf(self, session: Session) -> str:
        """Return what every form of a session carries, and no other site can know."""
        return hmac.digest(self._key, f"csrf {session.nonce}".encode(), "sha256").hex()

    def said(self, asked: HTTPConnection) -> str:
        """Return what the last action came to, if it was just now."""
        return str(self._read("said", asked.cookies.get(SAID, ""), SAID_SECONDS) or "")

    def say(self, response: Response, text: str, *, secure: bool) -> None:
        """Let the next page tell it."""
        value = str(self._signer("said").dumps(text[:_LONGEST_SAID]))
        _set(response, SAID, value, seconds=SAID_SECONDS, secure=secure)

    def _read(self, purpose: str, text: str, seconds: int) -> Any:
        try:
            return self._signer(purpose).loads(text, max_age=seconds)
        except BadData:
            return None

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key,
            salt=f"infoblox-mq {purpose}",
            signer=_Signer,
            signer_kwargs={
                "key_derivation": "hmac",
                "digest_method": hashlib.sha256,
                "clock": self.ops.clock,
            },
        )

    def _stands(self, session: Session) -> bool:
        return session.source == LINK or any(
            token.sha256.lower() == session.source and SCOPE in token.scopes
            for token in self._tokens()
        )

    def _tokens(self) -> Iterator[Token]:
        if self.ops.own:
            yield self.ops.own
        yield from self.ops.tokens or ()


class _Signer(TimestampSigner):
    def __init__(self, *args: Any, clock: Clock, **options: Any) -> None:
        super().__init__(*args, **options)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock.now())


def sessions(asked: HTTPConnection) -> Sessions:
    """Return the sessions of the server that was asked."""
    found: Sessions = asked.app.state.sessions
    return found


def viewer(request: Request) -> Viewer:
    """Return who asks for a page. Only a token or a login with the scope `ops` may act."""
    here = sessions(request)
    if given := bearer(request.headers):
        token = here.ops.token(given)
        if token is None:
            return NOBODY
        return Viewer(token.client, may_act=SCOPE in token.scopes, csrf="")
    session = here.find(request)
    if session is None:
        return NOBODY
    return Viewer(session.client, True, here.csrf(session), here.said(request))


def known(asked: HTTPConnection) -> Token | None:
    """Return what stands for a token where a session was opened, for the guard."""
    session = sessions(asked).find(asked)
    if session is None:
        return None
    return Token(sha256="0" * 64, client=session.client, scopes=frozenset({SCOPE}))


def keep(response: Response, cookie: str, *, secure: bool) -> None:
    """Give a browser its session."""
    _set(response, COOKIE, cookie, seconds=SESSION_SECONDS, secure=secure)


def drop(response: Response) -> None:
    """Take a browser's session away."""
    response.delete_cookie(COOKIE, path=PAGES, httponly=True, samesite="strict")


def _set(response: Response, name: str, value: str, *, seconds: int, secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=PAGES, httponly=True, samesite="strict", secure=secure
    )


def _ended_key(session: Session) -> str:
    return f"{PREFIX}logout:{session.nonce}"
