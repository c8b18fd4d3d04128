"""What hosts can read without calling a tool: jobs, queues, the catalog, lists of the account."""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from mcp_front.account_lists import AccountLists, Call
from mcp_front.auth import Caller, scope_of
from mcp_front.store import Store
from shared.catalog import Operation, Queue
from shared.guards import GuardStates
from shared.settings import Settings

# The code of the older protocol; the newer one takes that of invalid parameters.
_NOT_FOUND = -32002
Json = dict[str, Any]
Context = ServerRequestContext[Any]
Read = Callable[[Caller, Mapping[str, str]], Awaitable[Json | str | bytes]]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, or many: a part in braces makes it a template. `known` are values of the part."""

    uri: str
    name: str
    title: str
    description: str
    read: Read
    mime_type: str = "application/json"
    known: tuple[str, ...] = ()

    @property
    def template(self) -> bool:
        """Tell whether the address has a part to be filled in."""
        return "{" in self.uri

    def match(self, uri: str) -> Mapping[str, str] | None:
        """Return the parts of an address of this kind; None for any other."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]{1,128})", re.escape(self.uri))
        found = re.fullmatch(pattern, uri)
        return found.groupdict() if found else None


class Resources:
    """The handlers of the resource methods."""

    def __init__(self, kinds: Sequence[Resource], caller: Callable[[Context], Caller]) -> None:
        self._kinds = kinds
        self._caller = caller

    async def list(
        self, _ctx: Context, params: types.PaginatedRequestParams
    ) -> types.ListResourcesResult:
        """Return the addresses that are always there."""
        _only_page(params)
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=re.sub(r"\{\w+\}", value, kind.uri),
                    name=f"{kind.name}_{value}" if value else kind.name,
                    title=f"{kind.title}: {value}" if value else kind.title,
                    description=kind.description,
                    mime_type=kind.mime_type,
                )
                for kind in self._kinds
                for value in (kind.known if kind.template else ("",))
            ]
        )

    async def templates(
        self, _ctx: Context, params: types.PaginatedRequestParams
    ) -> types.ListResourceTemplatesResult:
        """Return the kinds of addresses with a part to be filled in."""
        _only_page(params)
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(
                    uri_template=kind.uri,
                    name=kind.name,
                    title=kind.title,
                    description=kind.description,
                    mime_type=kind.mime_type,
                )
                for kind in self._kinds
                if kind.template
            ]
        )

    async def read(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Return what is at an address."""
        uri = str(params.uri)
        for kind in self._kinds:
            parts = kind.match(uri)
            if parts is not None:
                found = await kind.read(self._caller(ctx), parts)
                if found != {}:
                    return types.ReadResourceResult(contents=[_content(uri, kind, found)])
        modern = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        raise MCPError(
            code=types.INVALID_PARAMS if modern else _NOT_FOUND,
            message="Resource not found",
            data={"uri": uri},
        )


def our_kinds(
    rows: Iterable[Operation], store: Store, settings: Settings, *, call: Call
) -> tuple[Resource, ...]:
    """Return the resources of the product. An empty answer means that there is no such thing."""
    lists = AccountLists(call)
    rows = tuple(rows)

    states = cache(lambda: GuardStates(store.client))

    def looked(queue: Queue, account: str) -> Json:
        breaker = states().breaker(store.account(account), queue)
        return {
            "queue": str(queue),
            "open_jobs": store.ledger.depth(queue),
            "limit": settings.open_jobs,
            "workers": store.ledger.workers()[queue],
            "breaker": {
                "state": breaker.state,
                "failures": breaker.failures,
                "reopens_in_seconds": round(breaker.reopens_in_seconds, 1),
            },
        }

    async def job(caller: Caller, parts: Mapping[str, str]) -> Json:
        reply = await call("job_status", {"job_id": parts["id"]}, caller=caller)
        return {} if "job_id" not in reply.envelope else reply.envelope

    async def queue(caller: Caller, parts: Mapping[str, str]) -> Json:
        if parts["name"] not in set(Queue):
            return {}
        return await store.ask(looked, Queue(parts["name"]), caller.account)

    async def catalog(caller: Caller, _parts: Mapping[str, str]) -> Json:
        return _catalog(row for row in rows if scope_of(row) in caller.scopes)

    async def spaces(caller: Caller, _parts: Mapping[str, str]) -> Json:
        return await lists.read("spaces", caller)

    async def zones(caller: Caller, _parts: Mapping[str, str]) -> Json:
        return await lists.read("zones", caller)

    return (
        Resource("job://{id}", "job", "Job", "Where a job stands; can be subscribed to.", job),
        Resource(
            "queue://{name}",
            "queue",
            "Queue",
            "Open jobs and workers of a queue, and the breaker of its service.",
            queue,
            known=tuple(Queue),
        ),
        Resource(
            "catalog://tools",
            "catalog",
            "All tools",
            "Every tool you may call, by toolset, listed or not.",
            catalog,
        ),
        Resource("account://spaces", "spaces", "IP spaces", "Names and ids.", spaces),
        Resource("account://zones", "zones", "DNS zones", "Authoritative zones and ids.", zones),
    )


def _catalog(rows: Iterable[Operation]) -> Json:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.toolset, {})[row.name] = row.title
    return {"toolsets": found}


def _content(
    uri: str, kind: Resource, found: Json | str | bytes
) -> types.TextResourceContents | types.BlobResourceContents:
    if isinstance(found, bytes):
        blob = base64.b64encode(found).decode()
        return types.BlobResourceContents(uri=uri, mime_type=kind.mime_type, blob=blob)
    text = found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))
    return types.TextResourceContents(uri=uri, mime_type=kind.mime_type, text=text)


def _only_page(params: types.PaginatedRequestParams) -> None:
    if params.cursor is not None:
        raise MCPError(code=types.INVALID_PARAMS, message="There is only one page")
