"""What a host says of itself, and what its span is told of the answer."""

from typing import Any

from mcp.server import ServerRequestContext

from mcp_front.replies import Reply
from shared import tracing
from shared.arguments import shown


def program(ctx: ServerRequestContext[Any]) -> str:
    """Return the name and version of the host, as it gave them: short and printable."""
    known = ctx.session.client_params
    info = known.client_info if known else None
    return shown([f"{info.name} {info.version}"]).strip() if info else ""


def trace(reply: Reply) -> None:
    """Say on the library's span which job answered, and how."""
    envelope, meta = reply.envelope, reply.envelope.get("meta", {})
    tracing.tell(
        job_id=envelope.get("job_id"),
        status=envelope["status"],
        error_code=envelope.get("error", {}).get("code"),
        **{name: meta.get(name) for name in ("queue", "cached", "joined", "attempts")},
    )
