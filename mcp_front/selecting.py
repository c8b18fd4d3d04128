"""Which tools there are for a host: flags, variables and headers say so.

Toolsets and single tools, once named, are all there is; where none are named everything can be
called and the usual tools are listed. What is excluded, and every write where only reads are
allowed, is for a host as if it did not exist: not listed, not found, not called, not named.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from shared.catalog import Operation
from shared.errors import InvalidArguments, NotConfigured
from shared.operations import ALL, USUAL
from shared.settings import Settings, variable_of

# Every answer that says `running` refers to them.
NEEDED = frozenset({"job_status", "job_wait"})
TOOLSETS_HEADER = "x-mcp-toolsets"
TOOLS_HEADER = "x-mcp-tools"
EXCLUDE_HEADER = "x-mcp-exclude-tools"
READ_ONLY_HEADER = "x-mcp-readonly"
HEADERS = frozenset({TOOLSETS_HEADER, TOOLS_HEADER, EXCLUDE_HEADER, READ_ONLY_HEADER})
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
_LONGEST = 8192
_NAME_LENGTH = 64
_CLAUSE = re.compile(r"(?<=[.;])\s+")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for."""

    toolsets: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The tools of a host: `listed` in their order, `reach` can be called; the rest is `hidden`.

    `whole` says that tools are listed with their whole schemas, not in their short form.
    """

    listed: tuple[str, ...]
    reach: frozenset[str]
    hidden: frozenset[str] = field(default=frozenset(), repr=False)
    whole: bool = False
    read_only: bool = False

    def cleaned(self, text: str) -> str:
        """Return a text without the clauses that name a hidden tool."""
        if not self._tells(text):
            return text
        kept = [clause for clause in _CLAUSE.split(text) if not self._tells(clause)]
        return re.sub(r"[;,:]$", ".", " ".join(kept))

    def cleaned_schema(self, schema: Any) -> Any:
        """Return a schema whose descriptions name no hidden tool."""
        if isinstance(schema, list):
            return [self.cleaned_schema(part) for part in schema]
        if not isinstance(schema, Mapping):
            return schema
        return {
            key: self.cleaned(value)
            if key == "description" and isinstance(value, str)
            else self.cleaned_schema(value)
            for key, value in schema.items()
        }

    def _tells(self, text: str) -> bool:
        return bool(self.hidden) and not self.hidden.isdisjoint(_WORD.findall(text))


class Selector:
    """Knows all tools, and what the settings allow."""

    def __init__(
        self,
        catalog: Mapping[str, Operation],
        own: Mapping[str, bool],
        settings: Settings,
    ) -> None:
        """Take the catalog and our `own` tools, which belong to no toolset, each with whether it
        changes anything."""
        self._catalog = catalog
        self._own = own
        self._names = (*catalog, *own)
        self._toolsets = {row.toolset for row in catalog.values()} | {ALL}
        self._writes = frozenset(row.name for row in catalog.values() if row.writes).union(
            name for name, writes in own.items() if writes
        )
        usual = tuple(name for name in self._names if name in USUAL or name in own)
        wish = Wish(
            toolsets=frozenset(settings.toolsets),
            tools=frozenset(settings.tools),
            excluded=frozenset(settings.exclude_tools),
            read_only=settings.read_only,
        )
        self._check(wish)
        self.allowed = self._narrowed(Selection(usual, frozenset(self._names)), wish)

    def narrowed(self, headers: Mapping[str, str]) -> Selection:
        """Return what the headers of a request leave of what is allowed; they never add to it.

        Raises InvalidArguments for a header that cannot be read: it might have meant to narrow.
        """
        if not any(name in headers for name in HEADERS):
            return self.allowed
        toolsets = _names(headers, TOOLSETS_HEADER)
        if toolsets - self._toolsets:
            raise InvalidArguments(
                f"{TOOLSETS_HEADER}: the toolsets are {', '.join(sorted(self._toolsets))}"
            )
        read_only = headers.get(READ_ONLY_HEADER, "").strip().lower()
        if read_only not in _YES | _NO:
            raise InvalidArguments(f"{READ_ONLY_HEADER}: must be true or false")
        wish = Wish(
            toolsets=toolsets,
            tools=_names(headers, TOOLS_HEADER),
            excluded=_names(headers, EXCLUDE_HEADER),
            read_only=read_only in _YES,
        )
        return self._narrowed(self.allowed, wish)

    def _narrowed(self, base: Selection, wish: Wish) -> Selection:
        reach = base.reach - (wish.excluded - NEEDED)
        if wish.read_only:
            reach -= self._writes
        found = replace(base, read_only=base.read_only or wish.read_only)
        if wish.toolsets or wish.tools:
            reach = frozenset(name for name in reach if self._chosen(name, wish))
            found = replace(found, listed=self._names, whole=True)
        return replace(
            found,
            listed=tuple(name for name in found.listed if name in reach),
            reach=reach,
            hidden=frozenset(self._names) - reach,
        )

    def _chosen(self, name: str, wish: Wish) -> bool:
        if name in self._own or name in wish.tools or ALL in wish.toolsets:
            return True
        return self._catalog[name].toolset in wish.toolsets

    def _check(self, wish: Wish) -> None:
        """Refuse to start with names that are no tools: one of them may be a misspelt bar."""
        problems = [
            f"{variable_of(setting)}: there is no tool {name}{near(name, self._names)}"
            for setting, names in (("tools", wish.tools), ("exclude_tools", wish.excluded))
            for name in sorted(names - set(self._names))
        ]
        problems += [
            f"{variable_of('exclude_tools')}: {name} is always there"
            for name in sorted(wish.excluded & NEEDED)
        ]
        if problems:
            raise NotConfigured("; ".join(problems))


def _names(headers: Mapping[str, str], header: str) -> frozenset[str]:
    text = headers.get(header, "")
    if len(text) > _LONGEST:
        raise InvalidArguments(f"{header}: is longer than {_LONGEST} characters")
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def near(name: str, names: Collection[str]) -> str:
    """Return a hint at the name that was probably meant."""
    found = get_close_matches(name, names, 1) if len(name) <= _NAME_LENGTH else []
    return f" (did you mean {found[0]}?)" if found else ""
