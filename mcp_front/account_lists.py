"""Short lists of what an account has: names and ids, for hosts to show and to complete from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp_front.auth import Caller
from mcp_front.replies import Reply

_MOST = 500
Json = dict[str, Any]
Call = Callable[..., Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list: the tool that has it, the fields that are kept, and the one people know it by."""

    tool: str
    fields: tuple[str, ...]
    known_by: str


LISTS = {
    "spaces": ListKind("list_ip_spaces", ("id", "name"), "name"),
    "zones": ListKind("list_auth_zones", ("id", "fqdn", "view"), "fqdn"),
}


class AccountLists:
    """Reads the lists like any caller: their answers are kept for some minutes."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def read(self, name: str, caller: Caller) -> Json:
        """Return the envelope of a list, with a few fields of each object."""
        kind = LISTS[name]
        reply = await self._call(kind.tool, {"limit": _MOST}, caller=caller)
        envelope = dict(reply.envelope)
        if envelope["status"] == "done":
            found = envelope["result"]
            items = [{field: item.get(field) for field in kind.fields} for item in found["items"]]
            envelope["result"] = {"items": items, "next_offset": found.get("next_offset")}
        return envelope

    async def words(self, name: str, caller: Caller) -> list[str]:
        """Return what the objects are known by; nothing where they cannot be read now."""
        envelope = await self.read(name, caller)
        if envelope["status"] != "done":
            return []
        known_by = LISTS[name].known_by
        return [str(item[known_by]) for item in envelope["result"]["items"]]
