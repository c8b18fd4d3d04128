"""Tools with the names that the conformance scenarios call, carried out like all others."""

import base64
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import mcp_types as types
from pydantic import Field

from mcp_front.auth import Caller
from mcp_front.equipment import Extras
from mcp_front.procedures import Blank, Procedure
from mcp_front.resources import Resource
from shared.catalog import Args, Operation, Queue
from shared.errors import Problem
from shared.ledger import Job, Outcome
from tests.contract.hand import Hand, Play


class Nothing(Args):
    """Take nothing."""


class Greet(Args):
    """Say hello."""

    name: str


class SlowCompute(Args):
    """Take some seconds."""

    seconds: float = 0
    label: str = ""


class ConfirmDelete(Args):
    """Delete a file at once: nothing here asks while it runs."""

    filename: str


class Region(Args):
    """Take an argument that is a header as well."""

    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = ""


def _tool(name: str, args: type[Args] = Nothing) -> Operation:
    return Operation(
        name=name,
        title=name,
        queue=Queue.INFOBLOX,
        toolset="ipam",
        args=args,
        path=f"/api/fixtures/{name}",
    )


TOOLS = {
    row.name: row
    for row in (
        _tool("greet", Greet),
        _tool("slow_compute", SlowCompute),
        _tool("failing_job"),
        _tool("protocol_error_job"),
        _tool("confirm_delete", ConfirmDelete),
        _tool("test_simple_text"),
        _tool("test_error_handling"),
        _tool("test_logging_tool"),
        _tool("test_tool_with_progress"),
        _tool("test_x_mcp_header", Region),
    )
}


def slowly(worker: Hand, job: Job) -> None:
    """Answer after the seconds asked for."""
    worker.later(job.arguments["seconds"], job, Outcome("done", result={"computed": True}))


def badly(worker: Hand, job: Job) -> None:
    """Fail after a second."""
    problem = Problem("conflict", "It does not work.", "Leave it.")
    worker.later(1.0, job, Outcome("failed", problem=problem))


def greeting(_worker: Hand, job: Job) -> Outcome:
    return Outcome("done", result={"text": f"Hello, {job.arguments['name']}!"})


def step_by_step(worker: Hand, job: Job) -> None:
    """Say three times how it goes, then answer."""
    marked = job.tries
    if job.waits < 3:
        worker.ledger.park(job, wait_seconds=0.1, note=f"step {job.waits + 1} of 3, {marked} tries")
    else:
        worker.ledger.finish(job, Outcome("done", result={}))


def failing(_worker: Hand, _job: Job) -> Outcome:
    return Outcome("failed", problem=Problem("refused", "This tool always fails.", "Read it."))


PLAYS: dict[str, Play] = {
    "greet": greeting,
    "slow_compute": slowly,
    "failing_job": badly,
    "protocol_error_job": badly,
    "test_error_handling": failing,
    "test_tool_with_progress": step_by_step,
}


def _words(text: str) -> Callable[[Mapping[str, str]], Any]:
    return lambda blanks: text.format(**blanks)


def _embedded(blanks: Mapping[str, str]) -> Any:
    inner = types.TextResourceContents(uri=blanks["resourceUri"], text="Embedded.")
    return [types.EmbeddedResource(type="resource", resource=inner)]


def _image(_blanks: Mapping[str, str]) -> Any:
    return [
        types.ImageContent(
            type="image", data=base64.b64encode(PIXEL).decode(), mime_type="image/png"
        )
    ]


def _prompt(content: Callable[[Mapping[str, str]], Any], *blanks: str) -> Procedure:
    return Procedure("A prompt", "A prompt.", tuple(Blank(it, it) for it in blanks), content)


async def _text(_caller: Caller, _parts: Mapping[str, str]) -> str:
    return "This is the content of the static text resource."


async def _binary(_caller: Caller, _parts: Mapping[str, str]) -> bytes:
    return PIXEL


async def _data(_caller: Caller, parts: Mapping[str, str]) -> dict[str, Any]:
    return {"id": parts["id"], "templateTest": True}


PIXEL = b"\x89PNG\r\n\x1a\n"
EXTRAS = Extras(
    {
        "test_simple_prompt": _prompt(_words("This is a simple prompt for testing.")),
        "test_prompt_with_arguments": _prompt(_words("{arg1} and {arg2}"), "arg1", "arg2"),
        "test_prompt_with_embedded_resource": _prompt(_embedded, "resourceUri"),
        "test_prompt_with_image": _prompt(_image),
    },
    (
        Resource("test://static-text", "text", "Text", "Text.", _text, "text/plain"),
        Resource("test://static-binary", "binary", "Bytes", "Bytes.", _binary, "image/png"),
        Resource("test://template/{id}/data", "data", "Data", "Data.", _data),
    ),
)
