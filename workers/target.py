"""The request target as it stands in the first line of a request: nothing may be rewritten."""

import re
from urllib.parse import quote, unquote

from shared.wire import Request

_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+")


def target_of(request: Request) -> str:
    """Return path and query; raise ValueError for a path that could mean another one."""
    return f"{_checked(request.path)}{_query(request.query)}"


def _checked(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError("the path has characters that no path has")
    # A proxy on the way may decode an encoded slash before it resolves the dots.
    if any(part in {".", ".."} for part in unquote(path).split("/")):
        raise ValueError("the path leaves its route")
    return path


def _query(pairs: tuple[tuple[str, str], ...]) -> str:
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f"?{text}" if text else ""
