"""A page: one function that gathers what it shows, and three ways to see that.

`/dashboard/NAME` is HTML, whole without scripts; `/dashboard/NAME.json` the same data for programs;
`/dashboard/live/NAME` the HTML of the page's middle as server-sent events, whenever it changes.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.pages.session import viewer
from dashboard.pages.templates import content, whole
from dashboard.pages.watch import FRESH_SECONDS, Watch
from dashboard.parts import ERROR, Endpoint, Json, Part
from shared.errors import CallError, InvalidArguments, Unavailable
from shared.release import version

BASE = "/dashboard"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY}
_QUIET_SECONDS = 15.0
_ERRORS = (400, 404, 503)
_ANYTHING: Json = {"type": "object"}


class NotThere(CallError):
    """What a page is about does not exist (any more)."""

    code = "refused"
    advice = "Records of reads are kept for minutes, those of writes for a day."


@dataclass(frozen=True, slots=True)
class Page:
    """`data` gathers what `template` shows; it raises CallError where that cannot be.

    `path` follows BASE and may hold a parameter; `every_seconds` is how often it is looked at;
    `home` is the page that BASE itself shows. `more` is what the template needs beside the data.
    A page that is `still` does not change while one looks at it.
    """

    path: str
    template: str
    title: str
    about: str
    data: Callable[[Watch, Request], Awaitable[Json]]
    every_seconds: float = FRESH_SECONDS
    home: bool = False
    still: bool = False
    more: Callable[[], Json] = dict
    parameters: tuple[Json, ...] = ()


def part(watch: Watch, page: Page) -> Part:
    """Return the routes of a page, and its endpoints for the list of them."""
    path = f"{BASE}{page.path}"

    async def html(request: Request) -> Response:
        found, status = await _tried(watch, page, request)
        text = whole(page.template, _context(watch, page, request, found=found))
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    async def twin(request: Request) -> Response:
        found, status = await _tried(watch, page, request)
        shown = {"error": found["problem"]} if "problem" in found else found
        return JSONResponse(shown, status_code=status)

    async def live(request: Request) -> Response:
        news = _news(watch, page, request)
        return StreamingResponse(news, media_type="text/event-stream")

    if page.still:
        # Part of a form, and nothing to be asked for by itself.
        return Part(routes=(Route(path, html, methods=["GET"]),))
    return Part(
        endpoints=(
            Endpoint(
                f"{path}.json",
                page.about,
                twin,
                responses={200: _ANYTHING, **dict.fromkeys(_ERRORS, ERROR)},
                parameters=page.parameters,
            ),
            Endpoint(
                path,
                f"{page.about}, for people",
                html,
                responses=dict.fromkeys((200, *_ERRORS)),
                parameters=page.parameters,
                html=True,
            ),
        ),
        routes=(
            Route(f"{BASE}/live{page.path}", live, methods=["GET"]),
            *((Route(BASE, html, methods=["GET"]),) if page.home else ()),
        ),
    )


def parameter(name: str, about: str, *, place: str = "query", **schema: Any) -> Json:
    """Describe a parameter of a page; its schema is a text's, with these rules."""
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": about,
        "schema": {"type": "string", **schema},
    }


async def _tried(watch: Watch, page: Page, request: Request) -> tuple[Json, int]:
    try:
        return await page.data(watch, request), 200
    except NotThere as error:
        return {"problem": error.problem.as_dict()}, 404
    except InvalidArguments as error:
        return {"problem": error.problem.as_dict()}, 400
    except CallError as error:
        return {"problem": error.problem.as_dict()}, 503


def _context(watch: Watch, page: Page, request: Request, *, found: Json) -> Json:
    query = f"?{request.url.query}" if request.url.query else ""
    here = request.url.path.replace(f"{BASE}/live", BASE, 1)
    return {
        "page": page,
        "here": here,
        "back": f"{here}{query}",
        **(
            {}
            if page.still
            else {"live": f"{BASE}/live{here.removeprefix(BASE) or page.path}{query}"}
        ),
        "twin": f"{BASE}{here.removeprefix(BASE) or page.path}.json{query}",
        "viewer": viewer(request),
        "settings": watch.ops.settings,
        "version": version(),
        "query": dict(request.query_params),
        **page.more(),
        **found,
    }


async def _news(watch: Watch, page: Page, request: Request) -> AsyncIterator[str]:
    """Yield the page's middle whenever it has changed, and what is wrong while it cannot be had."""
    shown, quiet_since = "", watch.ops.clock.steady()
    while not watch.leaving():
        said = await _said(watch, page, request)
        if said != shown:
            shown, quiet_since = said, watch.ops.clock.steady()
            yield said
        elif watch.ops.clock.steady() - quiet_since > _QUIET_SECONDS:
            quiet_since = watch.ops.clock.steady()
            yield ": still here\n\n"
        await asyncio.sleep(page.every_seconds)


async def _said(watch: Watch, page: Page, request: Request) -> str:
    found, _ = await _tried(watch, page, request)
    if found.get("problem", {}).get("code") == Unavailable.code:
        return f"event: away\ndata: {json.dumps(found['problem'])}\n\n"
    text = content(page.template, _context(watch, page, request, found=found))
    lines = "\n".join(f"data: {line}" for line in text.splitlines() if line.strip())
    return f"{lines}\n\n"
