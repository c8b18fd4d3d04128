"""Updates of jobs, pushed to whoever subscribed, in both eras.

A subscriber waits like a call does: its front end is among those that the store tells of every
change, so it makes no difference which front end accepted the job.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourceUpdated,
    ServerEvent,
)
from mcp.shared.exceptions import MCPError

from mcp_front.auth import Caller
from mcp_front.own_jobs import OwnJobs
from mcp_front.store import Store
from mcp_front.waiting import Waiting, Watch
from shared.errors import InvalidArguments
from shared.ledger import Job

_MOST = 1000
_MOST_OF_ONE = 100
_JOB = re.compile(r"job://([0-9a-f]{32})")
Context = ServerRequestContext[Any]


class Notice(Watch):
    """A watch that is told at once; it ends with the job."""

    __slots__ = ("_tell",)

    def __init__(self, job_id: str, tell: Callable[[bool], None]) -> None:
        super().__init__(job_id)
        self._tell = tell

    def show(self, job: Job) -> None:
        """Pass the change on, and whether it was the last one."""
        self.job = job
        self._tell(job.final)


class Bus(InMemorySubscriptionBus):
    """The library's bus for one stream, told without waiting."""

    def tell(self, event: ServerEvent) -> None:
        """Hand an event to the stream."""
        for listener in list(self._listeners.values()):
            listener(event)


class Subscriptions:
    """Who wants to know of which jobs, at this front end."""

    def __init__(
        self, store: Store, waiting: Waiting, *, caller: Callable[[Context], Caller]
    ) -> None:
        self._store = store
        self._waiting = waiting
        self._own = OwnJobs(store)
        self._caller = caller
        self._streams: set[ListenHandler] = set()
        self._held: dict[tuple[str, str], ExitStack] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Serve a stream of the 2026-07-28 protocol; jobs that are not the client's are left out
        of what it is promised."""
        if len(self._streams) >= _MOST:
            raise MCPError(code=types.INTERNAL_ERROR, message="Too many subscriptions")
        wanted = (params.notifications.resource_subscriptions or [])[:_MOST_OF_ONE]
        bus = Bus()
        handler = ListenHandler(bus)
        with ExitStack() as stack:
            self._streams.add(handler)
            stack.callback(self._streams.discard, handler)
            kept = [
                uri
                for uri in dict.fromkeys(map(str, wanted))
                if await self._follow(ctx, uri, stack, tell=self._publisher(bus, uri))
            ]
            notifications = params.notifications.model_copy(
                update={"resource_subscriptions": kept or None}
            )
            return await handler(ctx, params.model_copy(update={"notifications": notifications}))

    async def subscribe(
        self, ctx: Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        """Subscribe a session of the older protocol to a job, until that ends."""
        uri = str(params.uri)
        key = (_session(ctx), uri)
        if key in self._held:
            return types.EmptyResult()
        if len(self._held) >= _MOST:
            raise MCPError(code=types.INTERNAL_ERROR, message="Too many subscriptions")
        stack = ExitStack()
        self._held[key] = stack
        try:
            found = await self._follow(ctx, uri, stack, tell=self._sender(ctx, key))
        except BaseException:
            self._drop(key)
            raise
        if not found:
            self._drop(key)
            raise MCPError(
                code=types.INVALID_PARAMS,
                message="Only jobs of yours can be subscribed to, as job://ID",
                data={"uri": uri},
            )
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        """End a subscription of the older protocol; one that does not exist is no error."""
        self._drop((_session(ctx), str(params.uri)))
        return types.EmptyResult()

    def close(self) -> None:
        """End every stream in order: this front end stops."""
        for handler in list(self._streams):
            handler.close()
        for key in list(self._held):
            self._drop(key)

    async def _follow(
        self, ctx: Context, uri: str, stack: ExitStack, *, tell: Callable[[bool], None]
    ) -> bool:
        """Have changes of a job told; False where the address is no job of the client's."""
        job = _JOB.fullmatch(uri)
        if job is None:
            return False
        with ExitStack() as trial:
            # Listen before looking: the job may change in between.
            trial.enter_context(self._waiting.attended(Notice(job[1], tell)))
            try:
                await self._store.ask(
                    self._own.seen,
                    job[1],
                    client=self._caller(ctx).client,
                    front=self._waiting.front,
                )
            except InvalidArguments:
                return False
            stack.enter_context(trial.pop_all())
        return True

    def _publisher(self, bus: Bus, uri: str) -> Callable[[bool], None]:
        return lambda _last: bus.tell(ResourceUpdated(uri=uri))

    def _sender(self, ctx: Context, key: tuple[str, str]) -> Callable[[bool], None]:
        send: Callable[[str], Awaitable[None]] = ctx.session.send_resource_updated

        async def sending() -> None:
            await send(key[1])

        def tell(last: bool) -> None:
            task = asyncio.get_running_loop().create_task(sending())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            if last:
                self._drop(key)

        return tell

    def _drop(self, key: tuple[str, str]) -> None:
        stack = self._held.pop(key, None)
        if stack is not None:
            stack.close()


def _session(ctx: Context) -> str:
    """Return what tells sessions apart: over HTTP their ids, elsewhere each has a lifespan."""
    named = ctx.request.headers.get("mcp-session-id") if ctx.request is not None else None
    return named or str(id(ctx.lifespan_context))
