"""What the bytes of an answer say: JSON, or the one sentence a person should see."""

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

LONGEST_TEXT = 500
# An error page says what it has to say at its beginning.
_LONGEST_READ = 65_536
_UNSEEN = frozenset({"script", "style"})


def parsed(raw: bytes) -> tuple[Any, bool]:
    """Return the JSON of a body, and whether it could be read; an empty body could."""
    if not raw.strip():
        return None, True
    try:
        return json.loads(raw), True
    except (ValueError, RecursionError):
        return None, False


def error_text(body: object, raw: bytes) -> str:
    """Return the message of an error answer in one line, at most 500 characters."""
    text = _message(body) or _plain(raw[:_LONGEST_READ].decode("utf-8", "replace"))
    return " ".join(text.split())[:LONGEST_TEXT]


def _message(body: object) -> str:
    if isinstance(body, str):
        return body
    if not isinstance(body, Mapping):
        return ""
    return _of_error(body.get("error")) or _first(body, "message", "detail")


def _of_error(error: object) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, list):
        return "; ".join(filter(None, (_of_error(item) for item in error)))
    return _first(error, "message") if isinstance(error, Mapping) else ""


def _first(fields: Mapping[str, object], *names: str) -> str:
    texts = (fields.get(name) for name in names)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _plain(text: str) -> str:
    if not text.lstrip().startswith("<"):
        return text
    page = _Page()
    page.feed(text)
    page.close()
    return " ".join(page.title) or " ".join(page.words)


class _Page(HTMLParser):
    """The title and the visible words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.words: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if data.strip() and self._inside not in _UNSEEN:
            (self.title if self._inside == "title" else self.words).append(data)
