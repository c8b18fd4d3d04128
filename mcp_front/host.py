"""What a host says of itself, how it is told of progress, and what its span is told."""

from typing import Any

from mcp.server import ServerRequestContext

from mcp_front.dispatch import Tell
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


def tell_of(ctx: ServerRequestContext[Any]) -> Tell | None:
    """Return how to tell the host about progress; None over HTTP when it did not ask for it."""
    wanted = (ctx.meta or {}).get("progress_token") is not None
    if ctx.request is not None and not wanted:
        return None
    last = 0.0

    async def tell(done: float, text: str) -> None:
        nonlocal last
        last = max(round(done, 3), last + 0.001)
        await ctx.session.report_progress(last, None, text)

    return tell
