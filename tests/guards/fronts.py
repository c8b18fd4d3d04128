"""Several front ends over one stack, each with its own thread, streams and memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio

from mcp_front.auth import ALL_SCOPES, Caller
from mcp_front.server import Front
from shared.settings import Settings
from tests.support.calls import Json

_STORE_TRIES, _PAUSE_SECONDS = 10, 0.5


@asynccontextmanager
async def running(settings: Settings, count: int) -> AsyncIterator[list[Front]]:
    """Yield so many front ends that listen."""
    async with AsyncExitStack() as stack:
        fronts = [Front(settings) for _ in range(count)]
        for front in fronts:
            stack.callback(front.close)
            await stack.enter_async_context(front.running())
        yield fronts


async def call(front: Front, tool: str, arguments: Json, *, account: str = "default") -> Json:
    """Call a tool for an account and return the envelope.

    On a busy machine the store may answer later than a front end waits for it; its advice is to
    try again, as a host would.
    """
    caller = Caller(f"client-of-{account}", account, ALL_SCOPES)
    for _ in range(_STORE_TRIES):
        answer = dict((await front.call(tool, arguments, caller=caller)).envelope)
        if "job store" not in answer.get("error", {}).get("message", ""):
            break
        await anyio.sleep(_PAUSE_SECONDS)
    return answer
