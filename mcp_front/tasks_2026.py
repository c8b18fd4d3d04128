"""Tasks of the 2026-07-28 protocol: the extension io.modelcontextprotocol/tasks.

The server alone decides what becomes a task; the client says with every request that it knows
them. The answer of a failed job is a result with isError, so no task of ours is ever `failed`.
"""

from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import decode_header_value
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import Field

from mcp_front.auth import Caller
from mcp_front.own_jobs import Seen
from mcp_front.replies import Reply, rendered
from mcp_front.tasks import Json, TaskParams, Tasks
from shared.errors import CallError

EXTENSION = "io.modelcontextprotocol/tasks"
# A job that is not over by then becomes a task.
TASK_AFTER_SECONDS = 2.0
_DONE: Json = {"resultType": "complete"}
Context = ServerRequestContext[Any]


class UpdateParams(TaskParams):
    """Answers to what a task asked for; ours never ask."""

    input_responses: dict[str, Any] = Field(alias="inputResponses", default_factory=dict)


def declared(ctx: Context) -> bool:
    """Tell whether the client of this request knows tasks."""
    known = ctx.session.client_capabilities
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS and EXTENSION in (
        (known and known.extensions) or {}
    )


def admit(ctx: Context) -> None:
    """Refuse a request for a task whose header names another, or whose client knows no tasks."""
    name = (ctx.params or {}).get("taskId")
    header = ctx.request.headers.get("mcp-name") if ctx.request is not None else None
    # Clients in use leave it out here (fastmcp 4.1 does); only one that says another id is wrong.
    if header is not None and decode_header_value(header) != name:
        raise MCPError(
            code=types.HEADER_MISMATCH, message="The Mcp-Name header does not match the taskId"
        )
    if not declared(ctx):
        raise MCPError(
            code=types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            message=f"The client does not declare the extension {EXTENSION}",
            data={"requiredCapabilities": {"extensions": {EXTENSION: {}}}},
        )


class Tasks2026:
    """The task methods of the extension, and what makes a task of a reply."""

    def __init__(self, tasks: Tasks, caller: Any) -> None:
        self._tasks = tasks
        self._caller = caller

    async def of_reply(self, reply: Reply, caller: Caller) -> types.CallToolResult | Json:
        """Return the answer to a call: a task where its job goes on, else the result."""
        if reply.envelope["status"] == "running" and "job_id" in reply.envelope:
            try:
                seen = await self._tasks.seen(reply.envelope["job_id"], caller)
            except CallError:
                # The envelope says the same, and the job tools find it later.
                return rendered(reply)
            if not _over(seen):
                return {"resultType": "task"} | self._task(seen)
            reply = self._tasks.answer(seen)
        return rendered(reply)

    async def get(self, ctx: Context, params: TaskParams) -> Json:
        """Say where a task stands, and its result once it is over."""
        seen = await self._tasks.seen(params.task_id, self._caller(ctx))
        found = _DONE | self._task(seen)
        if found["status"] == "completed":
            answer = rendered(self._tasks.answer(seen))
            found["result"] = answer.model_dump(by_alias=True, mode="json", exclude_none=True)
        return found

    async def update(self, ctx: Context, params: UpdateParams) -> Json:
        """Take answers that no task of ours asked for: they are ignored, unknown tasks are not."""
        await self._tasks.seen(params.task_id, self._caller(ctx))
        return _DONE

    async def cancel(self, ctx: Context, params: TaskParams) -> Json:
        """Ask for the end of a task; how it ends is seen later. One that is over stays so."""
        caller = self._caller(ctx)
        if not _over(await self._tasks.seen(params.task_id, caller)):
            await self._tasks.cancelled(params.task_id, caller, view=False)
        return _DONE

    def _task(self, seen: Seen) -> Json:
        facts = self._tasks.facts(seen)
        return {
            "taskId": seen.job.id,
            "status": _status(seen),
            "statusMessage": facts.message,
            "createdAt": facts.created,
            "lastUpdatedAt": facts.updated,
            "ttlMs": facts.ttl_ms,
            "pollIntervalMs": facts.poll_ms,
        }


def _over(seen: Seen) -> bool:
    return seen.job.final or seen.withdrawn


def _status(seen: Seen) -> str:
    if seen.withdrawn or seen.job.state == "cancelled":
        return "cancelled"
    return "completed" if seen.job.final else "working"
