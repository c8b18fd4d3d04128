"""/docs: the description of every endpoint, as a page without any script and as OpenAPI."""

from collections.abc import Iterable
from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from dashboard.parts import ERROR, Endpoint, Json, Part
from shared.release import version

# No script and nothing from elsewhere: the page works without a way out.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}code,pre{font-family:ui-monospace,monospace}"
    "pre{background:#f4f4f4;padding:.75rem;overflow-x:auto}h2{margin-top:2rem}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#111}pre{background:#222}"
    "a{color:#8cf}}"
)
# What the guard may answer to anything but a probe.
_REFUSALS = (401, 403, 421)
_AWAY = 503


def docs(parts: Iterable[Part], *, guarded: bool) -> Part:
    """Return the part that describes the endpoints of these parts, and its own."""

    async def page(_request: Request) -> HTMLResponse:
        text = "".join(map(_section, described))
        return HTMLResponse(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>infoblox-mq ops'
            f'</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
            f"</head><body><main><h1>infoblox-mq ops {escape(version())}</h1>"
            f'<p>The same for programs: <a href="/openapi.json">/openapi.json</a></p>{text}'
            "</main></body></html>",
            headers={"Content-Security-Policy": _POLICY},
        )

    async def openapi(_request: Request) -> JSONResponse:
        return JSONResponse(description(described, guarded=guarded))

    own = (
        Endpoint("/docs", "this description, for people", page, responses={200: None}, html=True),
        Endpoint(
            "/openapi.json",
            "this description, for programs",
            openapi,
            responses={200: {"type": "object", "required": ["openapi", "paths"]}},
        ),
    )
    described = [*(one for part in parts for one in part.endpoints), *own]
    return Part(endpoints=own)


def description(endpoints: Iterable[Endpoint], *, guarded: bool) -> Json:
    """Return the OpenAPI description; `guarded` where a token is needed."""
    found: Json = {
        "openapi": "3.1.0",
        "info": {"title": "infoblox-mq ops", "version": version()},
        "paths": {one.path: {"get": _operation(one)} for one in endpoints},
        "components": {"schemas": {"Error": ERROR}},
    }
    if guarded:
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for one in endpoints:
            if not one.open:
                found["paths"][one.path]["get"]["security"] = [{"token": []}]
    return found


def _operation(one: Endpoint) -> Json:
    kind = "text/html" if one.html else "text/plain"
    answers = {
        status: _answer(schema, kind, status=status)
        for status, schema in (one.responses or {200: None}).items()
    }
    if not one.open:
        answers = {status: _error(status) for status in (*_REFUSALS, _AWAY)} | answers
    return {
        "summary": one.about,
        "parameters": list(one.parameters),
        "responses": {str(status): answers[status] for status in sorted(answers)},
    }


def _answer(schema: Json | None, kind: str, *, status: int) -> Json:
    content = {kind: {"schema": {"type": "string"}}}
    if schema is not None:
        content = {"application/json": {"schema": schema}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _error(status: int) -> Json:
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema}},
    }


def _section(one: Endpoint) -> str:
    asked = "".join(
        f"<li><code>{escape(given['name'])}</code>: {escape(given['description'])}</li>"
        for given in one.parameters
    )
    answers = ", ".join(str(status) for status in one.responses or (200,))
    return (
        f'<h2><code>GET <a href="{escape(one.path)}">{escape(one.path)}</a></code></h2>'
        f"<p>{escape(one.about)}</p>{f'<ul>{asked}</ul>' if asked else ''}<p>Answers: {answers}</p>"
    )
