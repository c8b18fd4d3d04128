"""Which rows have which value in a field."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from sandbox.schema import Row


class Index:
    """Ids by the value of one field; a list counts with each of its values."""

    def __init__(self, name: str) -> None:
        """Start empty."""
        self._name = name
        self._idents: dict[Hashable, dict[str, None]] = {}

    def twin(self) -> Index:
        """Copy the index."""
        made = Index(self._name)
        made._idents = {value: dict(found) for value, found in self._idents.items()}
        return made

    def idents(self, value: object) -> Collection[str]:
        """Find the ids of the rows with this value, oldest first."""
        return self._idents.get(value, {}) if isinstance(value, Hashable) else ()

    def move(self, ident: str, before: Row | None, after: Row | None) -> None:
        """Follow a row that was stored, changed or removed."""
        was, now = self._values(before), self._values(after)
        if was == now:
            return
        for value in was:
            found = self._idents[value]
            found.pop(ident, None)
            if not found:
                del self._idents[value]
        for value in now:
            self._idents.setdefault(value, {})[ident] = None

    def _values(self, row: Row | None) -> set[Hashable]:
        value = row.get(self._name) if row else None
        if value is None:
            return set()
        return set(value) if isinstance(value, list) else {value}
