"""What a server has besides its tools: tasks, resources, prompts, completions, subscriptions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp.server import ServerRequestContext

from mcp_front.account_lists import AccountLists
from mcp_front.auth import Caller
from mcp_front.completions import Completions
from mcp_front.dispatch import Dispatcher
from mcp_front.host import tell_of
from mcp_front.procedures import PROCEDURES, Procedure
from mcp_front.prompts import Prompts
from mcp_front.replies import Reply
from mcp_front.resources import Resource, Resources, our_kinds
from mcp_front.serving import FrontServer
from mcp_front.store import Store
from mcp_front.subscriptions import Subscriptions
from mcp_front.tasks import Tasks
from mcp_front.tasks_2025 import Tasks2025
from mcp_front.tasks_2026 import Tasks2026
from mcp_front.waiting import Waiting
from shared.catalog import Operation
from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the parts of a front end share: its store, its tools, who is calling.

    `supports_tasks` is None for a tool that does not exist.
    """

    settings: Settings
    store: Store
    waiting: Waiting
    dispatcher: Dispatcher
    rows: Iterable[Operation]
    call: Callable[..., Awaitable[Reply]]
    caller: Callable[[ServerRequestContext[Any]], Caller]
    supports_tasks: Callable[[str], bool | None]


@dataclass(frozen=True, slots=True)
class Extras:
    """Prompts instead of ours, and resources besides ours."""

    procedures: Mapping[str, Procedure]
    resources: Sequence[Resource] = ()


OURS = Extras(PROCEDURES)


def equip(server: FrontServer, inside: Inside, extras: Extras) -> tuple[Tasks2026, Subscriptions]:
    """Give a server everything; return what its own code needs of that."""
    store, call, caller = inside.store, inside.call, inside.caller
    tasks = Tasks(store, inside.waiting, inside.dispatcher, settings=inside.settings)
    newer = Tasks2026(tasks, caller)
    older = Tasks2025(tasks, call=call, caller=caller, tell=tell_of, supports=inside.supports_tasks)
    server.serve_tasks(older, newer)
    kinds = (*our_kinds(inside.rows, store, inside.settings, call=call), *extras.resources)
    subscriptions = Subscriptions(store, inside.waiting, caller=caller)
    server.serve_resources(Resources(kinds, caller), subscriptions)
    prompts = Prompts(extras.procedures)
    server.serve_prompts(prompts, Completions(prompts, AccountLists(call), store, caller=caller))
    return newer, subscriptions
