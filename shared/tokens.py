"""Bearer tokens from a file: whom each stands for, and what it allows."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import NotConfigured
from shared.settings import variable_of
from shared.tables import Name, read_table

Scope = Literal["read", "write", "vpn", "ops"]
_SHORTEST = 20
ALL_SCOPES: frozenset[str] = frozenset({"read", "write", "vpn", "ops"})


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
    """The tokens of the file."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = [(token.sha256.lower(), token) for token in tokens]

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[Token]:
        return (token for _, token in self._tokens)

    def find(self, token: str) -> Token | None:
        """Return what a bearer token stands for. Every entry is compared, so time tells nothing."""
        digest = hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
        found = None
        for known, entry in self._tokens:
            if hmac.compare_digest(digest, known):
                found = entry
        return found


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


def own_token(path: Path) -> Token:
    """Read the one token that this machine's operator has; raise NotConfigured without it."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotConfigured(f"{variable_of('ops_token_file')}: {error.strerror}: {path}") from None
    if len(text) < _SHORTEST:
        raise NotConfigured(f"{variable_of('ops_token_file')}: the token is too short")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Token(sha256=digest, client="operator", scopes=frozenset({"ops"}))
