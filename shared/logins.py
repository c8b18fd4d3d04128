"""One-time codes: whoever can write to the store may give a browser its session.

Only a hash of the code is kept, and it is taken away by its first use.
"""

import hashlib
from secrets import token_urlsafe

from redis import Redis

from shared.ledger import PREFIX

LOGIN_SECONDS = 60.0


def grant(client: "Redis", *, who: str, seconds: float = LOGIN_SECONDS) -> str:
    """Return a code that logs `who` in once, within so many seconds."""
    code = token_urlsafe(24)
    client.set(_key(code), who, px=round(seconds * 1000))
    return code


def redeem(client: "Redis", code: str) -> str | None:
    """Return whom a code logs in, and make it useless; None when it is."""
    who = client.getdel(_key(code))
    return None if who is None else str(who)


def _key(code: str) -> str:
    digest = hashlib.sha256(code.encode(errors="surrogateescape")).hexdigest()
    return f"{PREFIX}login:{digest}"
