"""Secrets that this process has seen, so that no text it writes repeats one of them.

Whoever first holds a secret says so; logs, and texts that a server answered, pass through `hush`.
"""

import json
import re
import threading
from collections import OrderedDict

STARS = "***"
# Shorter ones would blank out ordinary words; the API takes no pre-shared key as short as this.
SHORTEST = 6
# A worker sees the secrets of many jobs; those of the latest can still be in what it writes.
_MOST = 256
_PATTERNS = (
    re.compile(r"(?P<keep>\b(?:Bearer|Token) )[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?P<keep>[a-z]://[^/@\s:\"']*:)[^/@\s\"']+(?=@)"),
)


class Hidden:
    """The latest secrets, in each form in which a text may hold them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._forms: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        """Remember a secret."""
        if len(secret) < SHORTEST or secret in self._known:
            return
        with self._guard:
            escaped = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
            self._known[secret] = tuple(dict.fromkeys((secret, *escaped)))
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
            forms = {form for known in self._known.values() for form in known}
            # One secret may contain another.
            self._forms = tuple(sorted(forms, key=len, reverse=True))

    def hush(self, text: str) -> str:
        """Return a text with stars where it holds one of them."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, STARS)
        return text


HIDDEN = Hidden()


def hush_line(text: str) -> str:
    """Do the same for a whole line, and for what looks like a credential of somebody."""
    text = HIDDEN.hush(text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{STARS}", text)
    return text
