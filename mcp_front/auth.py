"""Who calls, and what they may do: bearer tokens from a file, scopes per tool."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from pydantic import BaseModel, ConfigDict, Field

from shared.catalog import Kind, Operation
from shared.errors import NotConfigured, Refused
from shared.settings import variable_of
from shared.tables import Name, read_table

Scope = Literal["read", "write", "vpn", "ops"]
ALL_SCOPES: frozenset[str] = frozenset({"read", "write", "vpn", "ops"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a call: `client` owns its jobs, `account` is whose Infoblox it is.

    `program` is what the client says of itself, such as "Claude 1.2"; nothing depends on it.
    """

    client: str
    account: str
    scopes: frozenset[str]
    program: str = ""

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


class Token(BaseModel):
    """One entry of the tokens file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    client: Name
    account: Name = "default"
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: Annotated[tuple[Token, ...], Field(min_length=1)]


class Tokens:
    """The tokens of the file, as the MCP library wants to ask for them."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = [(token.sha256.lower(), token) for token in tokens]

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[Token]:
        return (token for _, token in self._tokens)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what a bearer token stands for. Every entry is compared, so time tells nothing."""
        digest = hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
        found = None
        for known, entry in self._tokens:
            if hmac.compare_digest(digest, known):
                found = entry
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
    variable = variable_of("tokens_file")
    listed = read_table(path, _File, variable=variable)
    digests = [token.sha256.lower() for token in listed.tokens]
    if len(set(digests)) < len(digests):
        raise NotConfigured(f"{variable}: two entries have the same sha256")
    # A client's jobs are shown to it, whichever of its tokens asks.
    accounts = {token.client: token.account for token in listed.tokens}
    for token in listed.tokens:
        if accounts[token.client] != token.account:
            raise NotConfigured(
                f"{variable}: the client {token.client} has tokens of two accounts",
                advice="Give it another client name for each account.",
            )
    return Tokens(listed.tokens)


def caller(tokens: Tokens | None) -> Caller:
    """Return who makes the current call. Where there are tokens, nobody passes without one."""
    if tokens is None:
        return LOCAL
    access = get_access_token()
    if access is None:
        raise Refused("This call carries no token.", advice="Send a bearer token.")
    account = str((access.claims or {})["account"])
    return Caller(access.client_id, account, frozenset(access.scopes))
