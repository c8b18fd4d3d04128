"""What a browser or a script posts: bounded, and from where."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from dashboard.guard import PAGES
from shared.errors import InvalidArguments

# A thousand jobs, each with its state, and room to spare.
MOST_BYTES = 262_144
_MOST_FIELDS = 2_100
_KIND = "application/x-www-form-urlencoded"


class Form:
    """The fields of a form; each may have several values."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def all(self, name: str) -> list[str]:
        """Return every value of a field that is not empty."""
        return [value for value in self._fields.get(name, ()) if value]

    def one(self, name: str) -> str:
        """Return the one value of a field, or an empty text."""
        found = self.all(name)
        if len(found) > 1:
            raise InvalidArguments(f"{name}: is given more than once")
        return found[0] if found else ""


async def read(request: Request) -> Form:
    """Return the form that a request carries; raise InvalidArguments for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise InvalidArguments(f"Content-Type: is not {_KIND}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise InvalidArguments("the form is too big")
    try:
        fields = parse_qs(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise InvalidArguments("the form cannot be read") from None
    return Form(fields)


def from_here(request: Request, origins: tuple[str, ...]) -> bool:
    """Tell whether a page of this very server sent the form, or one of these origins.

    Other ports of this machine are the same site to a browser, so the site is not enough.
    """
    site, origin = (request.headers.get(name) for name in ("sec-fetch-site", "origin"))
    if origin is not None and origin in origins:
        return True
    if site not in {None, "same-origin"}:
        return False
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).netloc == request.headers.get("host")


def local(path: str) -> str:
    """Return where to go on: a page of ours, whatever the form says."""
    parts = urlsplit(path)
    ours = parts.path == PAGES or parts.path.startswith(f"{PAGES}/")
    plain = path.isascii() and path.isprintable() and "\\" not in path and " " not in path
    return path if ours and plain and not (parts.scheme or parts.netloc) else PAGES
