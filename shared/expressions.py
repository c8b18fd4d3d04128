"""Filter texts of the Infoblox API, built so that user text stays text.

The lexer knows two quotes and no backslash: a quote inside a text is written twice. Control
characters have no escape at all and are refused.
"""

import re
import unicodedata
from typing import Literal

Operator = Literal["==", "!=", "~", "!~", ":=", ">", ">=", "<", "<="]
_PATTERN = re.compile(r"([.^$*+?{}\[\]\\|()])")


def literal(value: str | int | bool) -> str:
    """Return a value as the filter grammar writes it: numbers bare, all else quoted.

    The grammar has no word for true and false, and no sign before a number.
    """
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    if isinstance(value, int):
        if value < 0:
            raise ValueError("must not be negative")
        return str(value)
    return '"' + sayable(value).replace('"', '""') + '"'


def sayable(text: str) -> str:
    """Return a text that can stand in a filter; raise ValueError for one that cannot."""
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise ValueError("must not contain control characters")
    return text


def comparison(field: str, operator: Operator, value: str | int | bool) -> str:
    """Return one comparison; a text for `~` and `!~` matches literally, not as a pattern."""
    if operator in {"~", "!~"} and isinstance(value, str):
        value = _PATTERN.sub(r"\\\1", value)
    return f"{field}{operator}{literal(value)}"
