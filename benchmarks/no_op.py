"""An MCP server whose one tool returns the same bytes each time: what the protocol alone costs."""

import os
import sys
from pathlib import Path
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server import Server, ServerRequestContext

NAME = "no_op"


def serve(answer: Path, port: int) -> None:
    """Serve the result that is written in a file, on this port of loopback."""
    result = types.CallToolResult.model_validate_json(answer.read_text())
    tool = types.Tool(name=NAME, input_schema={"type": "object"})

    async def listed(_ctx: ServerRequestContext[Any], _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool])

    async def called(
        _ctx: ServerRequestContext[Any], _params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return result

    server = Server(
        NAME,
        on_list_tools=listed,
        on_call_tool=called,
        get_tool_input_schema=lambda _name: tool.input_schema,
    )
    app = server.streamable_http_app(streamable_http_path="/mcp")
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=300,
    )


if __name__ == "__main__":
    sys.exit(serve(Path(os.environ["NO_OP_ANSWER"]), int(os.environ["NO_OP_PORT"])))
