"""What the ops server is made of: parts, each with the paths that it answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dashboard.store import Store
from shared.clock import Clock
from shared.settings import Settings
from shared.tokens import Token, Tokens

Answer = Callable[[Request], Awaitable[Response]]
Json = dict[str, Any]
# What every error looks like.
ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "advice"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "advice": {"type": "string"},
                "retry_after_seconds": {"type": "number"},
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Ops:
    """What every part is handed. `since` is when the server started, on the steady clock.

    Without `tokens` everybody who reaches the server may read everything: it is on loopback then.
    Nobody acts without a token of the scope `ops`; `own` is one that needs no file of tokens.
    `leaving` is true once the server stops, so that streams end.
    """

    settings: Settings
    store: Store
    clock: Clock
    since: float
    tokens: Tokens | None = None
    own: Token | None = None
    leaving: Callable[[], bool] = lambda: False

    def token(self, text: str) -> Token | None:
        """Return what a bearer token stands for here."""
        own = Tokens([self.own] if self.own else [])
        return (self.tokens and self.tokens.find(text)) or own.find(text)

    @property
    def uptime_seconds(self) -> float:
        """Return how long the server has run."""
        return max(0.0, self.clock.steady() - self.since)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path that answers GET, as `/` and `/docs` tell of it.

    `open` needs no token and takes any Host header: a probe that comes from anywhere. `responses`
    are the JSON schemas by status, None for text (or a page: `html`); `parameters` are OpenAPI.
    `answer` None is a path that the part's own routes answer.
    """

    path: str
    about: str
    answer: Answer | None = None
    open: bool = False
    responses: Mapping[int, Json | None] = field(default_factory=dict)
    parameters: tuple[Json, ...] = ()
    html: bool = False

    @property
    def route(self) -> Route | None:
        """Return the route, if it is not one of the part's own."""
        return Route(self.path, self.answer, methods=["GET"]) if self.answer else None


@dataclass(frozen=True, slots=True)
class Part:
    """Some endpoints, and routes of its own such as a mounted application.

    `open_paths` are reached without a token, such as a page to log in; one that ends with `/`
    stands for all below it. `known` tells who calls by something other than a bearer token.
    `background` runs beside the server until it stops.
    """

    endpoints: tuple[Endpoint, ...] = ()
    routes: tuple[BaseRoute, ...] = ()
    open_paths: frozenset[str] = frozenset()
    known: Callable[[HTTPConnection], Token | None] | None = None
    background: tuple[Callable[[], Awaitable[None]], ...] = ()
