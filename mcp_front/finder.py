"""The two tools that lead to all others: find_tools looks for them, call_tool calls one."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from mcp_front import replies
from mcp_front.auth import Caller
from mcp_front.dispatch import Tell
from mcp_front.finding import Entry, Index, deeds_of
from mcp_front.jobs import JobTool
from mcp_front.plain import size_of
from mcp_front.replies import Reply
from mcp_front.selecting import Selection, near
from shared.brief import brief
from shared.catalog import Args, Operation
from shared.errors import InvalidArguments
from shared.operations import USUAL
from shared.operations.words import keywords

FIND, CALL = "find_tools", "call_tool"
# Of all schemas in an answer; the longest one of a single tool fits.
_SCHEMA_BYTES = 12_000
_NONE = (
    "No tool fits. They manage Infoblox: networks and addresses (IPAM), DNS, DHCP, VPN (NIOS-X "
    "as a Service), DNS security policies and SOC insights. Other words may help; other things "
    "are not done here."
)
_MORE = "Without input_schema: ask again with the tool's name as the query."
Json = dict[str, Any]
Call = Callable[..., Awaitable[Reply]]


class FindTools(Args):
    """Find tools for a task, when none of those listed fits, or to see the whole input schema of
    one. Ask in plain words, English or German, or by a tool's name. No tools in the answer means
    that this server cannot do it. Call what was found directly if your host can, else by
    call_tool."""

    query: Annotated[str, Field(min_length=1, max_length=2000, description="A task, or a name")]
    limit: Annotated[int, Field(ge=1, le=20, description="Tools at most")] = 5


class CallTool(Args):
    """Call any tool by its name, when it is not listed but was found by find_tools. The answer, the
    rights and the checks are those of that tool. Do not use it for listed tools."""

    name: Annotated[str, Field(max_length=128, description="Name of the tool")]
    arguments: Annotated[
        dict[str, Any], Field(description="Its arguments, as its input_schema says")
    ] = Field(default_factory=dict)


class Finder:
    """What the two tools do."""

    def __init__(
        self,
        catalog: Mapping[str, Operation],
        own: Iterable[JobTool],
        *,
        call: Call,
        allowed: Selection,
        answer_tokens: int,
    ) -> None:
        self._catalog = catalog
        self._own = {tool.name: tool for tool in own}
        self._call = call
        self._allowed = allowed
        self._room = min(_SCHEMA_BYTES, answer_tokens * 2)

    @property
    def tools(self) -> tuple[JobTool, ...]:
        """Return the two tools."""
        return (
            JobTool(FIND, "Find tools", FindTools, "read", self._find),
            JobTool(CALL, "Call a tool by name", CallTool, "any", self._called),
        )

    async def _find(self, asked: FindTools, caller: Caller, _tell: Tell | None) -> Reply:
        selection = caller.selection or self._allowed
        findable = selection.reach - {FIND, CALL}
        names = self._index.find(asked.query, among=findable, limit=asked.limit)
        items, room, short = [], self._room, False
        for name in names:
            item = self._described(name, selection)
            schema = self._schema(name, room)
            if schema is None:
                short = True
            else:
                item["input_schema"] = selection.cleaned_schema(schema)
                room -= size_of(schema)
            items.append(item)
        result: Json = {"items": items}
        if note := _NONE if not items else _MORE if short else "":
            result["note"] = note
        return replies.answer({"status": "done", "tool": FIND, "result": result})

    async def _called(self, asked: CallTool, caller: Caller, tell: Tell | None) -> Reply:
        reach = (caller.selection or self._allowed).reach - {CALL}
        if asked.name not in reach:
            raise InvalidArguments(
                f"name: there is no such tool{near(asked.name, reach)}",
                advice=f"{FIND} finds tools by what they do.",
            )
        return await self._call(asked.name, asked.arguments, caller=caller, tell=tell)

    @cached_property
    def _index(self) -> Index:
        return Index(entries(self._catalog, self._own.values()))

    def _described(self, name: str, selection: Selection) -> Json:
        row = self._catalog.get(name)
        if row is None:
            own = self._own[name]
            kind = "read" if own.effect == "read" else "destructive"
            title, description, toolset = own.title, own.description, "jobs"
        else:
            kind = "destructive" if row.destructive else "write" if row.writes else "read"
            title, description, toolset = row.title, row.description, row.toolset
        return {
            "name": name,
            "title": title,
            "description": selection.cleaned(description),
            "kind": kind,
            "toolset": toolset,
        }

    def _schema(self, name: str, room: int) -> Json | None:
        """Return a schema that fits: whole, else short, else none."""
        row = self._catalog.get(name)
        whole = self._own[name].input_schema if row is None else row.input_schema
        if size_of(whole) <= room:
            return whole
        # The best one always has something to go by.
        if room == self._room:
            short = brief(whole)
            return short if size_of(short) <= room else None
        return None


def entries(catalog: Mapping[str, Operation], own: Iterable[JobTool]) -> list[Entry]:
    """Return what tools are found by."""
    return [*map(_entry_of_row, catalog.values()), *map(_entry_of_own, own)]


def _entry_of_row(row: Operation) -> Entry:
    arguments = " ".join(row.args.model_fields).replace("_", " ")
    return Entry(
        row.name,
        row.title,
        row.description,
        keywords(row.name, row.keywords),
        arguments,
        deeds_of(str(row.kind)),
        _prior(row),
        (row.path or row.name).partition("/{")[0],
    )


def _prior(row: Operation) -> float:
    """Return how likely a tool is meant, when others fit as well."""
    if row.name in USUAL:
        return 1.15
    return 0.85 if row.toolset == "federation" or "Unconfirmed" in row.description else 1.0


def _entry_of_own(tool: JobTool) -> Entry:
    deeds = deeds_of("read" if tool.effect == "read" else "delete")
    return Entry(tool.name, tool.title, tool.description, keywords(tool.name), "", deeds)
