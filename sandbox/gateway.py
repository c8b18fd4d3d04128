"""The front door of the API: key, path, query, body; then the operation; then the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from sandbox.calls import Answer, Call, Operation
from sandbox.errors import Refused, invalid
from sandbox.faults import BEFORE, Fault
from sandbox.journal import Entry
from sandbox.routing import SECRETS, Router, Target, operation, service_of
from sandbox.wire import body_of, drip, drop, hang, send_answer
from sandbox.world import World

MILLISECONDS = 1000
FOREVER = 1e9
HTML = "text/html; charset=utf-8"
ERROR_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"

Headers = Mapping[str, str]


class Gateway:
    """An ASGI application that answers as the API does."""

    def __init__(self, world: World) -> None:
        """Serve this world."""
        self._world = world
        self._router = Router()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await body_of(receive)
        headers = {name.decode().lower(): text.decode("latin-1") for name, text in scope["headers"]}
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        target = self._router.find(path)
        world = self._world
        entry = world.journal.open(
            scope["method"],
            target.template if target else path,
            path=target.template if target and target.template in SECRETS else path,
            query=query,
            body=body,
        )
        entry.request_id = headers.get("x-request-id") or entry.request_id
        entry.traceparent = headers.get("traceparent")
        try:
            if world.config.latency_ms:
                await asyncio.sleep(world.config.latency_ms / MILLISECONDS)
            fault = world.faults.take(entry.method, path)
            entry.fault = fault.kind if fault else None
            reply = self._reply(entry, fault, target=target, headers=headers, body=body)
            status = await self._deliver(reply, fault, scope=scope, receive=receive, send=send)
        except asyncio.CancelledError:
            world.journal.close(entry, None)
            raise
        world.journal.close(entry, status)

    def _reply(
        self,
        entry: Entry,
        fault: Fault | None,
        *,
        target: Target | None,
        headers: Headers,
        body: bytes,
    ) -> Answer:
        """Process a request in one go: nothing else runs between its check and its change."""
        shape = service_of(entry.path).error_shape
        try:
            account = self._world.account(headers.get("authorization"))
            if account is None:
                raise Refused(401, "invalid or missing API key")  # noqa: TRY301
            entry.account = account.name
            if fault is not None and fault.kind in BEFORE:
                return self._failed(entry, fault)
            chosen = operation(target, entry.method, entry.path)
            call = Call(
                account=account,
                query=_query(chosen, entry.query),
                body=_body(chosen, entry.method, headers, body=body),
                ident=target.ident if target else "",
                request_id=entry.request_id,
            )
            reply = chosen.run(call)
        except Refused as refusal:
            reply = Answer(refusal.status, shape(refusal.status, refusal.message))
        else:
            if call.applied:
                self._world.journal.applied(entry, call.natural_key)
        reply.headers = {**reply.headers, "X-Request-Id": entry.request_id}
        if fault is not None and fault.kind == "status_after_apply":
            return self._failed(entry, fault)
        return reply

    def _failed(self, entry: Entry, fault: Fault) -> Answer:
        """Make the answer of a fault that has one."""
        headers = fault.response_headers(self._world.clock.wall())
        if fault.kind == "html":
            return Answer(fault.status, ERROR_PAGE, HTML, headers)
        if isinstance(fault.body, str):
            return Answer(fault.status, fault.body.encode(), headers=headers)
        if fault.body is not None:
            return Answer(fault.status, json.dumps(fault.body).encode(), headers=headers)
        shape = service_of(entry.path).error_shape
        return Answer(fault.status, shape(fault.status, "fault injected"), headers=headers)

    async def _deliver(
        self, reply: Answer, fault: Fault | None, *, scope: Scope, receive: Receive, send: Send
    ) -> int | None:
        """Put the answer on the wire, in the way a fault wants it."""
        kind = fault.kind if fault else ""
        seconds = fault.seconds if fault else None
        if kind == "hang":
            await hang(receive, FOREVER if seconds is None else seconds)
        if kind in {"hang", "reset_before", "reset_after_apply"}:
            drop(scope)
            return None
        if kind == "slow":
            await asyncio.sleep(seconds or 0.0)
        if kind == "truncate":
            reply.body = reply.body[: len(reply.body) // 2]
        if kind == "drip":
            await drip(send, reply, seconds or 0.0)
        else:
            await send_answer(send, reply)
        return reply.status


def _query(chosen: Operation, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in chosen.query:
            raise invalid(f"unknown query parameter: {name}")
        if name in found:
            raise invalid(f"query parameter given twice: {name}")
        found[name] = value
    return found


def _body(chosen: Operation, method: str, headers: Headers, *, body: bytes) -> dict[str, Any]:
    content_type = headers.get("content-type")
    if method == "DELETE" and content_type is not None and chosen.service.bare_delete:
        raise Refused(501, "Not Implemented")
    if not chosen.has_body:
        return {}
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise invalid("Content-Type application/json is expected")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise invalid("the body is not a JSON object")
    return value
