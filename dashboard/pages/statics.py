"""Styles, scripts and fonts: read once, named by their content, so that browsers may keep them."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard.pages.vendored import STATIC

BASE = "/dashboard/static/"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
    "json": "application/json",
}
_YEAR = "private, max-age=31536000, immutable"


@cache
def contents() -> dict[str, bytes]:
    """Return every file by its path."""
    return dict(_walk(STATIC, ""))


def _walk(folder: Traversable, at: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{at}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _TYPES:
            yield f"{at}{entry.name}", entry.read_bytes()


@cache
def address(path: str) -> str:
    """Return the address of a file, with a mark that changes when the file does."""
    return f"{BASE}{path}?v={_mark(path)}"


async def static(request: Request) -> Response:
    """Answer with a file."""
    path = request.path_params["path"]
    found = contents().get(path)
    if found is None:
        raise HTTPException(404, "there is no such file")
    mark = f'"{_mark(path)}"'
    headers = {"Cache-Control": _YEAR if "v" in request.query_params else "no-cache", "ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(found, media_type=_TYPES[path.rpartition(".")[2]], headers=headers)


@cache
def _mark(path: str) -> str:
    return hashlib.sha256(contents()[path]).hexdigest()[:12]
