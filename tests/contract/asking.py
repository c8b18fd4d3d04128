"""Requests as they are on the wire, for what the library's client does not know."""

from typing import Any

import pytest
from mcp import Client, MCPError


async def send(client: Client, method: str, *, header: str | None = None, **params: Any) -> Any:
    """Send a request of the client's era; `header` is its Mcp-Name. Returns the result."""
    session = client.session
    data: dict[str, Any] = {"method": method, "params": params}
    options: dict[str, Any] = {}
    session._stamp(data, options)  # type: ignore[arg-type]  # a TypedDict
    if header is not None:
        options.setdefault("headers", {})["mcp-name"] = header
    sent: Any = options
    return await session._dispatcher.send_raw_request(method, data["params"], sent)


async def refused(client: Client, method: str, **params: Any) -> tuple[int, str, Any]:
    """Send a request that is refused; return the error's code, message and data."""
    with pytest.raises(MCPError) as caught:
        await send(client, method, **params)
    error = caught.value.error
    return error.code, error.message, error.data


async def call_as_task(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool as a task of 2025-11-25; return the task."""
    answer = await send(client, "tools/call", name=tool, arguments=arguments, task={"ttl": 60_000})
    assert set(answer) == {"task"}
    task: dict[str, Any] = answer["task"]
    return task
