"""The MCP server object: what it says of itself to each era, and the task methods of both."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel.server import NotificationOptions
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from mcp_front import tasks_2025, tasks_2026
from mcp_front.completions import Completions
from mcp_front.outermost import outermost
from mcp_front.prompts import Prompts
from mcp_front.resources import Resources
from mcp_front.subscriptions import Subscriptions
from mcp_front.tasks import Json, TaskParams
from mcp_front.tasks_2025 import Tasks2025
from mcp_front.tasks_2026 import Tasks2026, UpdateParams

_LISTEN = "subscriptions/listen"
_NEED_SESSIONS = frozenset({"resources/subscribe", "resources/unsubscribe"})
Handler = Callable[[ServerRequestContext[Any], Any], Awaitable[Json]]


class FrontServer(Server[Any]):
    """The library's server, with tasks. `Server.middleware` is provisional: all of it is here."""

    # Without them nobody is there whom updates could be sent to, in the older protocol.
    keeps_sessions = True

    def serve_tasks(self, older: Tasks2025, newer: Tasks2026) -> None:
        """Serve the tasks of both eras, and seal what errors say."""
        self.extensions[tasks_2026.EXTENSION] = {}
        modern = MODERN_PROTOCOL_VERSIONS
        self._served: dict[str, dict[str, Handler]] = {
            "tasks/get": {tasks_2025.VERSION: older.get} | dict.fromkeys(modern, newer.get),
            "tasks/cancel": {tasks_2025.VERSION: older.cancel}
            | dict.fromkeys(modern, newer.cancel),
            "tasks/result": {tasks_2025.VERSION: older.result},
            "tasks/list": {tasks_2025.VERSION: older.list},
            "tasks/update": dict.fromkeys(modern, newer.update),
        }
        kinds: Mapping[str, type[types.RequestParams]] = {
            "tasks/list": types.PaginatedRequestParams,
            "tasks/update": UpdateParams,
        }
        for method, versions in self._served.items():
            self.add_request_handler(method, kinds.get(method, TaskParams), _by(versions))
        # Typed as coroutines, though the library only awaits them.
        layers: list[Any] = [outermost, self._by_era, older.create]
        self.middleware += layers

    def serve_resources(self, resources: Resources, subscriptions: Subscriptions) -> None:
        """Serve what can be read, and updates of it; sessions only where there are any."""
        page = types.PaginatedRequestParams
        add = self.add_request_handler
        add("resources/list", page, resources.list)
        add("resources/templates/list", page, resources.templates)
        add("resources/read", types.ReadResourceRequestParams, resources.read)
        add(_LISTEN, types.SubscriptionsListenRequestParams, subscriptions.listen)
        add("resources/subscribe", types.SubscribeRequestParams, subscriptions.subscribe)
        add("resources/unsubscribe", types.UnsubscribeRequestParams, subscriptions.unsubscribe)

    def serve_prompts(self, prompts: Prompts, completions: Completions) -> None:
        """Serve the procedures, and what their blanks can be filled with."""
        self.add_request_handler("prompts/list", types.PaginatedRequestParams, prompts.list)
        self.add_request_handler("prompts/get", types.GetPromptRequestParams, prompts.get)
        self.add_request_handler(
            "completion/complete", types.CompleteRequestParams, completions.complete
        )

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> types.ServerCapabilities:
        """Return what this server can do: tasks are a capability of one era, an extension of the
        other."""
        found = super().get_capabilities(
            notification_options,
            experimental_capabilities,
            extensions,
            protocol_version=protocol_version,
        )
        if protocol_version in MODERN_PROTOCOL_VERSIONS:
            return found
        if found.resources is not None and not self.keeps_sessions:
            found.resources.subscribe = False
        return found.model_copy(update={"extensions": None, "tasks": tasks_2025.CAPABILITY})

    def _by_era(
        self, ctx: ServerRequestContext[Any], call_next: CallNext
    ) -> Awaitable[HandlerResult]:
        """Know a task method only in its era, and before its parameters are looked at.

        Not a coroutine: every waiting call would hold one.
        """
        if not self._knows(ctx.method, ctx.protocol_version):
            raise MCPError(code=types.METHOD_NOT_FOUND, message="Method not found", data=ctx.method)
        if ctx.method in self._served and ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            tasks_2026.admit(ctx)
        return _initialized(ctx, call_next) if ctx.method == "initialize" else call_next(ctx)

    def _knows(self, method: str, version: str) -> bool:
        if method in _NEED_SESSIONS:
            return self.keeps_sessions
        return method not in self._served or version in self._served[method]


def _by(versions: Mapping[str, Handler]) -> Handler:
    async def chosen(ctx: ServerRequestContext[Any], params: Any) -> Json:
        return await versions[ctx.protocol_version](ctx, params)

    return chosen


async def _initialized(ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
    """Take the tasks away again where an older protocol is agreed on."""
    result = await call_next(ctx)
    if isinstance(result, dict) and result["protocolVersion"] != tasks_2025.VERSION:
        result["capabilities"].pop("tasks", None)
    return result
