"""The MCP server: the tools of the catalog and the job tools, behind one call function."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, cast

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.shared.exceptions import MCPError

from mcp_front import auth, host, replies
from mcp_front.answers import advised, fitting
from mcp_front.auth import LOCAL, Caller, Tokens
from mcp_front.dispatch import Dispatcher, Tell
from mcp_front.equipment import OURS, Extras, Inside, equip
from mcp_front.finder import CALL, FIND, Finder
from mcp_front.jobs import JobTools
from mcp_front.listing import Listing, instructions
from mcp_front.outermost import new_error_id
from mcp_front.published import Published, published, published_own
from mcp_front.replies import Reply
from mcp_front.selecting import Selection, Selector
from mcp_front.serving import FrontServer
from mcp_front.shelf import Shelf
from mcp_front.store import Store
from mcp_front.tally import Tally
from mcp_front.tasks_2026 import TASK_AFTER_SECONDS, declared
from mcp_front.waiting import Waiting
from shared.arguments import shown
from shared.catalog import Kind, Operation
from shared.clock import Clock, SystemClock
from shared.errors import CallError, InvalidArguments, NotConfigured, Refused
from shared.logs import get_logger
from shared.operations import CATALOG
from shared.release import version
from shared.settings import Settings

# Progress at least this often keeps the hosts waiting that can be kept waiting.
WORD_SECONDS = 5.0
_LIST_TTL_MS = 300_000
_LISTS: tuple[CacheableMethod, ...] = (
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
)

log = get_logger(__name__)


class Front:
    """The front end of one process: an MCP server, and the same tools for calls from inside."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: Tokens | None = None,
        catalog: Mapping[str, Operation] = CATALOG,
        clock: Clock | None = None,
        word_seconds: float = WORD_SECONDS,
        task_after_seconds: float = TASK_AFTER_SECONDS,
        extras: Extras = OURS,
    ) -> None:
        if settings.redis_url is None:
            raise NotConfigured("REDIS_URL: the front end needs a store")
        clock = clock or SystemClock()
        self.tokens = tokens
        self.store = Store(settings.redis_url, settings, clock)
        self._tally = Tally()
        worked = self.store.gate.worked
        self._waiting = Waiting(
            settings.redis_url, settings, clock, on_contact=worked, tally=self._tally
        )
        dispatcher = Dispatcher(self.store, self._waiting, settings, word_seconds=word_seconds)
        self._tokens = settings.answer_tokens
        own = JobTools(self.store, self._waiting, dispatcher).tools
        self._selector = Selector(
            catalog,
            {tool.name: tool.effect == "cancel" for tool in own} | {FIND: False, CALL: False},
            settings,
        )
        self._job_tools = frozenset(tool.name for tool in own)
        finder = Finder(
            catalog,
            own,
            call=self.call,
            allowed=self._selector.allowed,
            answer_tokens=settings.answer_tokens,
        )
        self._tools: Shelf[Published] = Shelf(
            {row.name: partial(self._published, row, dispatcher) for row in catalog.values()}
            | {tool.name: partial(published_own, tool) for tool in (*own, *finder.tools)}
        )
        self._listing = Listing(lambda name: self._tools[name].tool, catalog.get)
        self.server = self._mcp_server()
        self._task_after_seconds = min(task_after_seconds, settings.wait_seconds)
        inside = Inside(
            settings=settings,
            store=self.store,
            waiting=self._waiting,
            dispatcher=dispatcher,
            rows=[row for row in catalog.values() if row.name in self._selector.allowed.reach],
            call=self.call,
            caller=self._caller,
            supports_tasks=self._supports_tasks,
        )
        self._tasks_2026, self._subscriptions = equip(self.server, inside, extras)

    @property
    def tools(self) -> tuple[types.Tool, ...]:
        """Return the tools that hosts are shown; the others can be called too."""
        return tuple(self._listing.of(self._selector.allowed).tools)

    def knows(self, name: str) -> bool:
        """Tell whether there is such a tool that may be called, shown or not."""
        return name in self._selector.allowed.reach

    def _published(self, row: Operation, dispatcher: Dispatcher) -> Published:
        made = published(row, dispatcher)
        if row.kind is not Kind.BULK:
            return made

        async def run(arguments: Any, caller: Caller, tell: Tell | None) -> Reply:
            for tool in {call.tool for call in arguments.calls}:
                self._may_call(tool, caller)
            return await made.run(arguments, caller, tell)

        # Each of its tools has a scope of its own.
        return replace(made, scope=None, run=run)

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        caller: Caller = LOCAL,
        tell: Tell | None = None,
    ) -> Reply:
        """Call a tool; inside `running()`. Everything but an unknown name ends in an envelope.

        A tool that the caller's selection hides is unknown.
        """
        selection = caller.selection or self._selector.allowed
        if name not in selection.reach:
            raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {shown([name])}")
        begun = perf_counter()
        reply = await self._answered(self._tools[name], arguments, caller=caller, tell=tell)
        self._tally.note(name, str(reply.envelope["status"]), seconds=perf_counter() - begun)
        return fitting(advised(reply, selection), self._tokens)

    async def _answered(
        self,
        entry: Published,
        arguments: Mapping[str, Any] | None,
        *,
        caller: Caller,
        tell: Tell | None,
    ) -> Reply:
        name = entry.tool.name
        try:
            if entry.scope:
                caller.need(entry.scope)
            return await entry.run(entry.form.read(arguments), caller, tell)
        except CallError as error:
            return replies.of_problem(error.problem, tool=name, queue=entry.queue)
        except MCPError:
            raise
        except Exception:
            # Its text would reach a host of the older protocol.
            error_id = new_error_id()
            log.exception("call_failed", tool=name, error_id=error_id)
            internal = CallError(
                f"Something went wrong inside the front end (error {error_id}).",
                advice="Nothing you sent is to blame. Its log has more under the error's number.",
            )
            return replies.of_problem(internal.problem, tool=name, queue=entry.queue)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for the ends of jobs; may be entered several times."""
        with self._waiting.running():
            yield

    def drain(self) -> None:
        """Answer every waiting call now, with its job id; the jobs go on."""
        self._waiting.drain()
        self._subscriptions.close()

    def close(self) -> None:
        """Let go of threads and connections."""
        self.store.close()

    def _may_call(self, tool: str, caller: Caller) -> None:
        """Refuse a call of a bulk that the caller could not make by itself."""
        if tool not in (caller.selection or self._selector.allowed).reach:
            raise Refused(f"There is no tool {shown([tool])} here.")
        if scope := self._tools[tool].scope:
            caller.need(scope)

    def _mcp_server(self) -> FrontServer:
        @asynccontextmanager
        async def lifespan(_server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
            async with self.running():
                yield {}

        return FrontServer(
            "infoblox-mq",
            title="Infoblox",
            version=version(),
            instructions=instructions(self._selector.allowed),
            lifespan=lifespan,
            cache_hints=dict.fromkeys(_LISTS, CacheHint(ttl_ms=_LIST_TTL_MS, scope="private")),
            # Without it every modern call with arguments runs the whole tools/list first.
            get_tool_input_schema=self._input_schema,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )

    def _input_schema(self, name: str) -> Mapping[str, Any] | None:
        return self._tools[name].tool.input_schema if name in self._tools else None

    async def _list_tools(
        self, ctx: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(code=types.INVALID_PARAMS, message="There is only one page of tools")
        return self._listing.of(self._selected(ctx))

    async def _call_tool(
        self, ctx: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        selection = self._selected(ctx)
        if params.name not in selection.reach:
            raise MCPError(
                code=types.INVALID_PARAMS, message=f"Unknown tool: {shown([params.name])}"
            )
        try:
            caller = self._caller(ctx)
        except CallError as error:
            return replies.rendered(replies.of_problem(error.problem, tool=params.name))
        tasked = params.name not in self._job_tools and declared(ctx)
        if tasked:
            caller = replace(caller, patience_seconds=self._task_after_seconds)
        reply = await self.call(
            params.name, params.arguments, caller=caller, tell=host.tell_of(ctx)
        )
        host.trace(reply)
        if not tasked:
            return replies.rendered(reply)
        # The library takes a task for a result of its own kind; its type does not say so.
        return cast("types.CallToolResult", await self._tasks_2026.of_reply(reply, caller))

    def _caller(self, ctx: ServerRequestContext[Any]) -> Caller:
        known = auth.caller(self.tokens)
        return replace(known, program=host.program(ctx), selection=self._selected(ctx))

    def _selected(self, ctx: ServerRequestContext[Any]) -> Selection:
        """Return what a request's headers leave of the tools; one that is wrong is refused."""
        if ctx.request is None:
            return self._selector.allowed
        try:
            return self._selector.narrowed(ctx.request.headers)
        except InvalidArguments as error:
            raise MCPError(code=types.INVALID_PARAMS, message=error.problem.message) from None

    def _supports_tasks(self, name: str) -> bool | None:
        """Tell whether a tool can be called as a task of 2025-11-25; None where there is none."""
        if name not in self._selector.allowed.reach:
            return None
        execution = self._tools[name].tool.execution
        return execution is not None and execution.task_support == "optional"
