"""Object ids: bare or with the prefix that belongs to the kind, and nothing else.

An id ends up in a URL path. A foreign prefix would address another kind of object, and `..` would
leave the route, so only what is listed here passes.
"""

import re
from collections.abc import Callable
from typing import Any

from pydantic import AfterValidator, Field

_SEGMENT = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def segment(text: str) -> str:
    """Return the text if it may stand in a URL path as one part; else raise ValueError."""
    if not _SEGMENT.fullmatch(text) or not text.strip("."):
        raise ValueError("is not an object id: letters, digits, '_', '.' and '-' only")
    return text


def normaliser(prefix: str) -> Callable[[str], str]:
    """Return a function that accepts a bare or a full id and returns the full one."""

    def full(text: str) -> str:
        bare = text
        if "/" in text:
            head, _, bare = text.rpartition("/")
            if head != prefix:
                raise ValueError(f"must be an id of {prefix}, such as {prefix}/<uuid>")
        return f"{prefix}/{segment(bare)}"

    return full


def full_id(prefix: str) -> AfterValidator:
    """Return the validator of an id of this kind: bare or full comes in, full goes out."""
    return AfterValidator(normaliser(prefix))


def described(prefix: str, what: str) -> Any:
    """Return the description of an argument that takes such an id."""
    return Field(description=f"Id of the {what}: {prefix}/<uuid> or the bare last part")


def bare(full_id: str) -> str:
    """Return the last part of an id, as URLs want it."""
    return full_id.rpartition("/")[2]
