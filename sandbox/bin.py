"""The recycle bin: rows that were deleted and may come back."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.schema import Row

PREFIX = "atlas.recyclebin/deleted_items/"


@dataclass(frozen=True, slots=True)
class Deleted:
    """One deleted row and the collection it came from."""

    path: str
    row: Row
    at: str
    members: tuple[tuple[str, Row], ...] = ()
    """What only lived in it, as records do in a zone; it comes back with it."""

    def shown(self, number: int) -> Row:
        """Describe it as the bin lists it."""
        name = self.row.get("name") or self.row.get("fqdn") or self.row.get("absolute_name_spec")
        return {
            "id": f"{PREFIX}{number}",
            "name": name or self.row.get("address") or "",
            "type": self.path,
            "resource_id": self.row["id"],
            "deleted_at": self.at,
        }


class RecycleBin:
    """Deleted rows by number; numbers are never used twice."""

    def __init__(self) -> None:
        """Start empty."""
        self._made = 0
        self._items: dict[int, Deleted] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._items

    def put(self, item: Deleted) -> None:
        """Keep a deleted row."""
        self._made += 1
        self._items[self._made] = item

    def take(self, number: int) -> Deleted | None:
        """Take a row out again."""
        return self._items.pop(number, None)

    def shown(self) -> list[Row]:
        """List what is in the bin, oldest first."""
        return [item.shown(number) for number, item in self._items.items()]
