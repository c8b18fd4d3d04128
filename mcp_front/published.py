"""Tools as hosts see them, and how each is run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import mcp_types as types

from mcp_front import auth
from mcp_front.auth import Caller
from mcp_front.dispatch import Dispatcher, Tell
from mcp_front.jobs import JobTool
from mcp_front.replies import OUTPUT_SCHEMA, Reply
from shared.arguments import Form
from shared.catalog import Args, Operation

Run = Callable[[Any, Caller, Tell | None], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Published:
    """A tool as hosts see it, how its arguments are read, and what it does."""

    tool: types.Tool
    form: Form
    scope: str | None
    queue: str | None
    run: Run


def published(row: Operation, dispatcher: Dispatcher) -> Published:
    """Return the tool of a row of the catalog."""

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


def published_own(row: JobTool) -> Published:
    """Return a tool that the front end answers by itself."""
    schema = row.input_schema
    tool = types.Tool(
        name=row.name,
        title=row.title,
        description=row.description,
        input_schema=schema,
        output_schema=OUTPUT_SCHEMA,
        annotations=types.ToolAnnotations(
            read_only_hint=row.effect == "read",
            destructive_hint=row.effect != "read",
            idempotent_hint=row.effect != "any",
            open_world_hint=row.effect == "any",
        ),
    )
    return Published(tool, Form(row.name, row.args, schema), None, None, row.run)
