"""Completions: what can stand in a blank of a prompt, or in the address of a resource."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mcp_types as types
from mcp.server import ServerRequestContext

from mcp_front.account_lists import AccountLists
from mcp_front.auth import Caller
from mcp_front.prompts import Prompts
from mcp_front.store import Store
from shared.catalog import Queue

# Somebody is typing: what cannot be had by then is not offered.
_PATIENCE_SECONDS = 3.0
_MOST = 100
_JOBS = 50
Context = ServerRequestContext[Any]


class Completions:
    """The handler of the completion method."""

    def __init__(
        self,
        prompts: Prompts,
        lists: AccountLists,
        store: Store,
        *,
        caller: Callable[[Context], Caller],
    ) -> None:
        self._prompts = prompts
        self._lists = lists
        self._store = store
        self._caller = caller

    async def complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """Return the words that go on from what was typed."""
        caller = replace(self._caller(ctx), patience_seconds=_PATIENCE_SECONDS)
        words = await self._words(params.ref, params.argument.name, caller)
        typed = params.argument.value.casefold()
        fitting = [word for word in dict.fromkeys(words) if word.casefold().startswith(typed)]
        return types.CompleteResult(
            completion=types.Completion(
                values=fitting[:_MOST], total=len(fitting), has_more=len(fitting) > _MOST
            )
        )

    async def _words(
        self,
        ref: types.PromptReference | types.ResourceTemplateReference,
        blank: str,
        caller: Caller,
    ) -> list[str]:
        if isinstance(ref, types.PromptReference):
            source = self._source(ref.name, blank)
            return await self._lists.words(source, caller) if isinstance(source, str) else source
        if ref.uri == "queue://{name}":
            return list(Queue)
        if ref.uri == "job://{id}":
            page = await self._store.ask(
                self._store.ledger.listed, client=caller.client, limit=_JOBS
            )
            return [job.id for job in page.jobs]
        return []

    def _source(self, name: str, blank: str) -> str | list[str]:
        procedure = self._prompts.procedures.get(name)
        for it in procedure.blanks if procedure else ():
            if it.name == blank:
                return it.source if isinstance(it.source, str) else list(it.source)
        return []
