"""Bytes in and out, and connections that end badly."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from sandbox.calls import Answer

TRANSPORT = "sandbox.transport"
# Linger on, for zero seconds: closing sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)


async def body_of(receive: Receive) -> bytes:
    """Read a whole request body."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def hang(receive: Receive, seconds: float) -> None:
    """Say nothing until the caller leaves or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass


def drop(scope: Scope) -> None:
    """Cut the connection without an answer."""
    transport = scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionError("the server does not hand out its transport")
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


async def send_answer(send: Send, reply: Answer) -> None:
    """Write an answer at once."""
    await _start(send, reply)
    await send({"type": "http.response.body", "body": reply.body})


async def drip(send: Send, reply: Answer, seconds: float) -> None:
    """Write an answer byte by byte, spread over some time."""
    await _start(send, reply)
    pause = seconds / max(len(reply.body), 1)
    for at in range(len(reply.body)):
        part = reply.body[at : at + 1]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b""})


async def _start(send: Send, reply: Answer) -> None:
    headers = [(name.lower().encode(), text.encode()) for name, text in reply.headers.items()]
    if reply.status != 204:  # noqa: PLR2004
        headers.append((b"content-length", str(len(reply.body)).encode()))
    if reply.body:
        headers.append((b"content-type", reply.content_type.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
