"""Filter texts of the Infoblox API, built so that user text stays text.

The lexer knows two quotes and no backslash: a quote inside a text is written twice. Control
characters have no escape at all and are refused.
"""

import re
import unicodedata
from typing import Literal

Operator = Literal["==", "!=", "~", ":=", ">", ">=", "<", "<="]
_PATTERN = re.compile(r"([.^$*+?{}\[\]\\|()])")


def literal(value: str | int | bool) -> str:
    """Return a value as the filter grammar writes it: numbers bare, texts quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in value):
        raise ValueError("must not contain control characters")
    return '"' + value.replace('"', '""') + '"'


def comparison(field: str, operator: Operator, value: str | int | bool) -> str:
    """Return one comparison; a text for `~` matches literally, not as a pattern."""
    if operator == "~" and isinstance(value, str):
        value = _PATTERN.sub(r"\\\1", value)
    return f"{field}{operator}{literal(value)}"
