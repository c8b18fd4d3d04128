"""JSON text as a model may read it: nothing in it that is not seen, or that turns others around.

What API data holds stays data: an escape in a JSON text is the character itself to a parser, and
to a reader it is plain letters.
"""

import json
import re
from typing import Any

# Controls, formats (directions, joiners, tags) and separators of Unicode, then letters of no width
# or that look like a space, then the selectors of variants. JSON itself escapes those below 0x20.
_UNSEEN = re.compile(
    "["
    "\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff"
    "]"
)


def told(value: Any) -> tuple[str, Any]:
    """Return a value as JSON without spaces, and as a parser reads it back.

    What cannot be seen is shown as its escape. Half a character, cut by whoever wrote the object,
    becomes a question mark in both: no transport carries it.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if text.isascii() and "\x7f" not in text:
        return text, value
    clean = text.encode(errors="replace").decode()
    shown = _UNSEEN.sub(_escaped, clean)
    return shown, value if clean == text else json.loads(clean)


def text_of(value: Any) -> str:
    """Return a value as JSON, as `told` does."""
    return told(value)[0]


def size_of(value: Any) -> int:
    """Return the bytes of a value's text."""
    return len(text_of(value).encode())


def visible(text: str) -> str:
    """Return words that stand outside of JSON on one line, with nothing hidden in them."""
    return text if text.isascii() and text.isprintable() else text_of(text)[1:-1]


def _escaped(found: re.Match[str]) -> str:
    # `json` leaves DEL as it is.
    return json.dumps(found.group())[1:-1].replace("\x7f", "\\u007f")
