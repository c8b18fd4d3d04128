"""The outermost layer of every request: errors of ours get the protocol's shape, bugs a number.

Without it the text of any exception would reach hosts that speak the older protocol.
"""

import secrets
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from shared.errors import CallError
from shared.logs import get_logger

log = get_logger(__name__)


async def outermost(ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
    """Answer a request; whatever goes wrong leaves as an error that says nothing of our inside."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        # The library words the second without the values that were sent.
        raise
    except CallError as error:
        raise rejection(error) from None
    except Exception:
        error_id = new_error_id()
        log.exception("request_failed", method=ctx.method, error_id=error_id)
        message = f"Something went wrong inside the front end (error {error_id})."
        raise MCPError(code=types.INTERNAL_ERROR, message=message) from None


def rejection(error: CallError) -> MCPError:
    """Return the protocol's error for one of ours; its advice goes along as data."""
    problem = error.problem
    code = types.INVALID_PARAMS if problem.code == "invalid_arguments" else types.INTERNAL_ERROR
    return MCPError(code=code, message=problem.message, data=problem.as_dict())


def new_error_id() -> str:
    """Return a number under which the log has what the caller is not told."""
    return secrets.token_hex(4)
