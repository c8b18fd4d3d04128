"""Tasks of the 2025-11-25 protocol: the client asks for one with `params.task`.

The client's view of a task that it cancelled is final, although what was sent goes on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError

from mcp_front.auth import Caller
from mcp_front.dispatch import Tell
from mcp_front.own_jobs import Seen
from mcp_front.replies import Reply, rendered
from mcp_front.tasks import Json, TaskParams, Tasks
from shared.errors import CallError, InvalidArguments

VERSION = "2025-11-25"
RELATED = "io.modelcontextprotocol/related-task"
CAPABILITY = types.ServerTasksCapability.model_validate(
    {"cancel": {}, "list": {}, "requests": {"tools": {"call": {}}}}
)
_STATUS = {
    "accepted": "working",
    "running": "working",
    "waiting": "working",
    "done": "completed",
    "cancelled": "cancelled",
}
_ENDED = frozenset({"completed", "failed", "cancelled"})
Context = ServerRequestContext[Any]
Call = Callable[..., Awaitable[Reply]]


class Tasks2025:
    """The task methods of that protocol, and what makes a task of a call."""

    def __init__(
        self,
        tasks: Tasks,
        *,
        call: Call,
        caller: Callable[[Context], Caller],
        tell: Callable[[Context], Tell | None],
        supports: Callable[[str], bool | None],
    ) -> None:
        self._tasks = tasks
        self._call = call
        self._caller = caller
        self._tell = tell
        self._supports = supports

    def create(self, ctx: Context, call_next: CallNext) -> Awaitable[HandlerResult]:
        """Answer a call that wants a task with one; the library's own path would refuse to."""
        wanted = ctx.method == "tools/call" and ctx.protocol_version == VERSION
        if not wanted or (ctx.params or {}).get("task") is None:
            return call_next(ctx)
        return self._created(ctx, call_next)

    async def _created(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Make a task of a call. `supports` is None for a tool that does not exist."""
        asked = types.CallToolRequestParams.model_validate(ctx.params, by_name=False)
        supports = self._supports(asked.name)
        if supports is None:
            return await call_next(ctx)
        if not supports:
            message = f"{asked.name} answers at once and cannot be called as a task"
            raise MCPError(code=types.METHOD_NOT_FOUND, message=message)
        caller = replace(self._caller(ctx), patience_seconds=0.0)
        reply = await self._call(asked.name, asked.arguments, caller=caller)
        return {"task": _task(await self._made(reply, caller), self._tasks)}

    async def get(self, ctx: Context, params: TaskParams) -> Json:
        """Say where a task stands."""
        return _task(await self._tasks.seen(params.task_id, self._caller(ctx)), self._tasks)

    async def result(self, ctx: Context, params: TaskParams) -> Json:
        """Return what the call returns, once it is over."""
        seen = await self._tasks.ended(params.task_id, self._caller(ctx), self._tell(ctx))
        answer = rendered(self._tasks.answer(seen))
        fields = answer.model_dump(by_alias=True, mode="json", exclude_none=True)
        fields.pop("resultType", None)
        return fields | {"_meta": {RELATED: {"taskId": seen.job.id}}}

    async def list(self, ctx: Context, params: types.PaginatedRequestParams) -> Json:
        """Return a page of the client's tasks, newest first."""
        page, cursor = await self._tasks.listed(self._caller(ctx), params.cursor)
        return {
            "tasks": [_task(seen, self._tasks) for seen in page],
            **({"nextCursor": cursor} if cursor else {}),
        }

    async def cancel(self, ctx: Context, params: TaskParams) -> Json:
        """Cancel a task, and answer with it; one that is over already is an error."""
        caller = self._caller(ctx)
        if _status(await self._tasks.seen(params.task_id, caller)) not in _ENDED:
            _, verdict = await self._tasks.cancelled(params.task_id, caller, view=True)
            if verdict != "final":
                return _task(await self._tasks.seen(params.task_id, caller), self._tasks)
        raise InvalidArguments("taskId: this task is over already")

    async def _made(self, reply: Reply, caller: Caller) -> Seen:
        """Return the task of a call. A call that became no job has none."""
        envelope = reply.envelope
        try:
            return await self._tasks.seen(envelope.get("job_id", ""), caller)
        except InvalidArguments:
            raise _refused(envelope) from None


def _refused(envelope: Json) -> MCPError:
    error = envelope.get("error") or CallError("The call became no task.").problem.as_dict()
    invalid = error["code"] == "invalid_arguments"
    code = types.INVALID_PARAMS if invalid else types.INTERNAL_ERROR
    job = {"job_id": envelope["job_id"]} if "job_id" in envelope else {}
    return MCPError(code=code, message=error["message"], data=error | job)


def _status(seen: Seen) -> str:
    return "cancelled" if seen.withdrawn else _STATUS.get(seen.job.state, "failed")


def _task(seen: Seen, tasks: Tasks) -> Json:
    facts = tasks.facts(seen)
    return {
        "taskId": seen.job.id,
        "status": _status(seen),
        "statusMessage": facts.message,
        "createdAt": facts.created,
        "lastUpdatedAt": facts.updated,
        "ttl": facts.ttl_ms,
        "pollInterval": facts.poll_ms,
    }
