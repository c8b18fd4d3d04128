"""The MCP server: the tools of the catalog and the job tools, behind one call function."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any, cast

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.shared.exceptions import MCPError

from mcp_front import auth, host, replies
from mcp_front.auth import LOCAL, Caller, Tokens
from mcp_front.dispatch import Dispatcher, Tell
from mcp_front.equipment import OURS, Extras, Inside, equip
from mcp_front.jobs import JobTool, JobTools
from mcp_front.outermost import new_error_id
from mcp_front.replies import OUTPUT_SCHEMA, Reply
from mcp_front.serving import FrontServer
from mcp_front.store import Store
from mcp_front.tally import Tally
from mcp_front.tasks_2026 import TASK_AFTER_SECONDS, declared
from mcp_front.waiting import Waiting
from shared.arguments import Form, shown
from shared.catalog import Args, Operation
from shared.clock import Clock, SystemClock
from shared.errors import CallError, NotConfigured
from shared.logs import get_logger
from shared.operations import CATALOG, listed
from shared.release import version
from shared.schemas import slim
from shared.settings import Settings

INSTRUCTIONS = """\
Tools for Infoblox: IPAM, DNS and DHCP, VPN (NIOS-X as a Service), DNS security, SOC insights.

Every call becomes a job in a queue, and every answer is one envelope: status, job_id, tool, and
result or error.
- done: `result` holds the object's fields, or `items` of a list with `next_offset` for more.
- running: the job goes on by itself. Call job_wait with its job_id until it ends; do not repeat
  the call. A repeated equal call joins the running job instead of starting a second one.
- failed: read `error.message` and follow `error.advice`; wait `retry_after_seconds` if given.
- unknown: a change was sent and its outcome could not be learnt. Read the object before anything
  else.
Ending a wait, or a time-out of yours, never stops a job: only job_cancel does.
"""
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
Run = Callable[[Any, Caller, Tell | None], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Published:
    """A tool as hosts see it, how its arguments are read, and what it does."""

    tool: types.Tool
    form: Form
    scope: str | None
    queue: str | None
    run: Run


class _Shelf(Mapping[str, Published]):
    """The tools by name; each is made when it is first asked for, because most never are."""

    def __init__(self, makers: Mapping[str, Callable[[], Published]]) -> None:
        self._makers = makers
        self._made: dict[str, Published] = {}

    def __getitem__(self, name: str) -> Published:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


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
        job_tools = JobTools(self.store, self._waiting, dispatcher)
        self._tools = _Shelf(
            {row.name: partial(_published_row, row, dispatcher) for row in catalog.values()}
            | {tool.name: partial(_published_job_tool, tool) for tool in job_tools.tools}
        )
        shown = [row.name for row in listed(catalog, settings.toolsets)]
        shown += [tool.name for tool in job_tools.tools]
        self._job_tools = frozenset(tool.name for tool in job_tools.tools)
        self._listed = types.ListToolsResult(tools=[self._tools[name].tool for name in shown])
        self.server = self._mcp_server()
        self._task_after_seconds = min(task_after_seconds, settings.wait_seconds)
        inside = Inside(
            settings=settings,
            store=self.store,
            waiting=self._waiting,
            dispatcher=dispatcher,
            rows=catalog.values(),
            call=self.call,
            caller=self._caller,
            supports_tasks=self._supports_tasks,
        )
        self._tasks_2026, self._subscriptions = equip(self.server, inside, extras)

    @property
    def tools(self) -> tuple[types.Tool, ...]:
        """Return the tools that hosts are shown; the others can be called too."""
        return tuple(self._listed.tools)

    def knows(self, name: str) -> bool:
        """Tell whether there is such a tool, shown or not."""
        return name in self._tools

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        caller: Caller = LOCAL,
        tell: Tell | None = None,
    ) -> Reply:
        """Call a tool; inside `running()`. Everything but an unknown name ends in an envelope."""
        begun = perf_counter()
        reply = await self._called(name, arguments, caller=caller, tell=tell)
        self._tally.note(name, str(reply.envelope["status"]), seconds=perf_counter() - begun)
        return reply

    async def _called(
        self,
        name: str,
        arguments: Mapping[str, Any] | None,
        *,
        caller: Caller,
        tell: Tell | None,
    ) -> Reply:
        entry = self._tools[name]
        try:
            if entry.scope:
                caller.need(entry.scope)
            return await entry.run(entry.form.read(arguments), caller, tell)
        except CallError as error:
            return replies.of_problem(error.problem, tool=name, queue=entry.queue)
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

    def _mcp_server(self) -> FrontServer:
        @asynccontextmanager
        async def lifespan(_server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
            async with self.running():
                yield {}

        return FrontServer(
            "infoblox-mq",
            title="Infoblox",
            version=version(),
            instructions=INSTRUCTIONS,
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
        self, _ctx: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(code=types.INVALID_PARAMS, message="There is only one page of tools")
        return self._listed

    async def _call_tool(
        self, ctx: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in self._tools:
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
        return replace(auth.caller(self.tokens), program=host.program(ctx))

    def _supports_tasks(self, name: str) -> bool | None:
        """Tell whether a tool can be called as a task of 2025-11-25; None where there is none."""
        if name not in self._tools:
            return None
        execution = self._tools[name].tool.execution
        return execution is not None and execution.task_support == "optional"


def _published_row(row: Operation, dispatcher: Dispatcher) -> Published:
    def run(arguments: Args, caller: Caller, tell: Tell | None) -> Awaitable[Reply]:
        return dispatcher.call(row, arguments, caller=caller, tell=tell)

    tool = types.Tool(
        name=row.name,
        title=row.title,
        description=row.description,
        input_schema=row.input_schema,
        output_schema=OUTPUT_SCHEMA,
        annotations=types.ToolAnnotations(
            read_only_hint=not row.writes,
            destructive_hint=row.destructive,
            idempotent_hint=not row.writes or row.natural,
            open_world_hint=True,
        ),
        # What may be answered from a cache is no job then, and over before anybody asks.
        execution=None if row.cache else types.ToolExecution(task_support="optional"),
    )
    form = Form(row.name, row.args, row.input_schema)
    return Published(tool, form, auth.scope_of(row), row.queue, run)


def _published_job_tool(row: JobTool) -> Published:
    schema = slim(row.args.model_json_schema())
    tool = types.Tool(
        name=row.name,
        title=row.title,
        description=row.description,
        input_schema=schema,
        output_schema=OUTPUT_SCHEMA,
        annotations=types.ToolAnnotations(
            read_only_hint=row.effect == "read",
            destructive_hint=row.effect == "cancel",
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    return Published(tool, Form(row.name, row.args, schema), None, None, row.run)
