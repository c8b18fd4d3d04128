"""Who calls, and what they may do: bearer tokens from a file, scopes per tool."""

from dataclasses import dataclass
from pathlib import Path

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken

import shared.tokens
from mcp_front.selecting import Selection
from shared.catalog import Kind, Operation
from shared.errors import Refused
from shared.tokens import ALL_SCOPES, Scope

__all__ = [
    "ALL_SCOPES",
    "LOCAL",
    "Caller",
    "Tokens",
    "caller",
    "read_tokens",
    "scope_of",
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a call: `client` owns its jobs, `account` is whose Infoblox it is.

    `program` is what the client says of itself, such as "Claude 1.2"; nothing depends on it.
    `patience_seconds` is how long it waits for an answer before it takes the job instead; None: as
    long as the settings say.
    `selection` is what its request leaves of the tools; None: all that the settings allow.
    """

    client: str
    account: str
    scopes: frozenset[str]
    program: str = ""
    patience_seconds: float | None = None
    selection: Selection | None = None

    def need(self, scope: str) -> None:
        """Refuse a call whose token does not allow it."""
        if scope not in self.scopes:
            raise Refused(
                f"This token lacks the scope {scope!r}.",
                advice=f"Use a token whose scopes contain {scope!r}; nothing was sent.",
            )


LOCAL = Caller("local", "default", ALL_SCOPES)


def scope_of(row: Operation) -> Scope:
    """Return the scope a tool needs."""
    if not row.writes:
        return "read"
    return "vpn" if row.kind is Kind.CONFIGURE or row.toolset == "vpn" else "write"


class Tokens(shared.tokens.Tokens):
    """The tokens of the file, as the MCP library wants to ask for them."""

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what a bearer token stands for."""
        found = self.find(token)
        if found is None:
            return None
        # The token itself has no business any further inside.
        return AccessToken(
            token="",
            client_id=found.client,
            scopes=sorted(found.scopes),
            claims={"account": found.account},
        )


def read_tokens(path: Path) -> Tokens:
    """Read the tokens file; raise NotConfigured with everything that is wrong with it."""
    return Tokens(shared.tokens.read_tokens(path))


def caller(tokens: Tokens | None) -> Caller:
    """Return who makes the current call. Where there are tokens, nobody passes without one."""
    if tokens is None:
        return LOCAL
    access = get_access_token()
    if access is None:
        raise Refused("This call carries no token.", advice="Send a bearer token.")
    account = str((access.claims or {})["account"])
    return Caller(access.client_id, account, frozenset(access.scopes))
