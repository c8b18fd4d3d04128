"""All data of one account: rows by id, and what the account shares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.bin import RecycleBin
from sandbox.clock import Clock, CloudClock, stamp
from sandbox.entropy import Entropy
from sandbox.errors import conflict, missing
from sandbox.index import Index
from sandbox.plan import AddressPlan
from sandbox.provisioning import VpnState
from sandbox.resource import Resource
from sandbox.schema import Row


def encode(value: object) -> bytes:
    """Write JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Collection:
    """Rows of one resource: by id, by unique key, and already written as JSON.

    A stored row is never changed in place: the indexes and what was written would not know.
    """

    def __init__(self, resource: Resource) -> None:
        """Start empty."""
        self.resource = resource
        self.version = 0
        self._rows: dict[str, Row] = {}
        self._unique: dict[tuple[Any, ...], str] = {}
        self._indexes: dict[str, Index] = {}
        # Most reads are of rows that did not change; writing them once keeps lists cheap.
        self._written: dict[str, bytes] = {}
        self._sorted: tuple[int, object, Sequence[Row]] = (-1, None, ())

    def twin(self) -> Collection:
        """Copy the collection; the rows are shared, for none is ever changed in place."""
        made = Collection(self.resource)
        made._rows, made._unique = dict(self._rows), dict(self._unique)
        made._written = dict(self._written)
        made._indexes = {name: index.twin() for name, index in self._indexes.items()}
        return made

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, ident: str) -> bool:
        return ident in self._rows

    def get(self, ident: str) -> Row:
        """Find one row by the last part of its id."""
        row = self._rows.get(ident)
        if row is None:
            raise missing(f"{self.resource.path} {ident} is not found")
        return row

    def find(self, ident: str) -> Row | None:
        """Find one row, or nothing."""
        return self._rows.get(ident)

    def having(self, name: str, value: object) -> list[Row]:
        """Find the rows with this value in an indexed field, oldest first."""
        return [self._rows[ident] for ident in self._index(name).idents(value)]

    def count(self, name: str, value: object) -> int:
        """Count the rows with this value in an indexed field."""
        return len(self._index(name).idents(value))

    def _index(self, name: str) -> Index:
        """Find an index; it is made when it is first needed."""
        if name not in self._indexes:
            self.resource.require_indexed(name)
            self._indexes[name] = made = Index(name)
            for ident, row in self._rows.items():
                made.move(ident, None, row)
        return self._indexes[name]

    def holder(self, *key: object) -> Row | None:
        """Find the row with this unique key."""
        ident = self._unique.get(tuple(str(part).casefold() for part in key))
        return self._rows[ident] if ident is not None else None

    def taken(self, row: Row) -> str | None:
        """Tell whose unique key this row would repeat."""
        return self._unique.get(self._unique_key(row)) if self.resource.unique else None

    def refuse_duplicate(self, row: Row, ident: str | None = None) -> None:
        """Answer 409 if another row has the same unique key."""
        holder = self.taken(row)
        if holder is not None and holder != ident:
            names = ", ".join(f"{name} '{row.get(name)}'" for name in self.resource.unique)
            raise conflict(f"The {self.resource.path} with {names} already exists")

    def put(self, ident: str, row: Row) -> None:
        """Store a new or a changed row."""
        before = self._rows.get(ident)
        if self.resource.unique:
            if before is not None:
                self._unique.pop(self._unique_key(before), None)
            self._unique[self._unique_key(row)] = ident
        for index in self._indexes.values():
            index.move(ident, before, row)
        self._rows[ident] = row
        self._written.pop(ident, None)
        self.version += 1

    def remove(self, ident: str) -> None:
        """Forget a row."""
        row = self._rows.pop(ident)
        self._written.pop(ident, None)
        self.version += 1
        for index in self._indexes.values():
            index.move(ident, row, None)
        if self.resource.unique:
            self._unique.pop(self._unique_key(row), None)

    def sorted(self, order: object, sort: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        """Give all rows in an order, sorted anew only when the order or a row is another."""
        version, known, rows = self._sorted
        if (version, known) != (self.version, order):
            rows = sort()
            self._sorted = (self.version, order, rows)
        return rows

    def written(self, row: Row) -> bytes:
        """Give a whole row as JSON, as a list shows it."""
        ident = last(str(row[self.resource.key]))
        if ident not in self._written:
            hidden = self.resource.omitted_in_lists
            self._written[ident] = encode({k: v for k, v in row.items() if k not in hidden})
        return self._written[ident]

    def _unique_key(self, row: Row) -> tuple[Any, ...]:
        # Names are compared without regard to case, as DNS does.
        return tuple(str(row.get(name)).casefold() for name in self.resource.unique)


@dataclass(frozen=True, slots=True)
class Planted:
    """What an account held at one moment, to be had again."""

    collections: Mapping[str, Collection]
    plan: AddressPlan
    entropy: Entropy


class Account:
    """One tenant: nothing of it is visible with another key."""

    def __init__(
        self,
        name: str,
        *,
        resources: Mapping[str, Resource],
        clock: Clock,
        cloud: CloudClock,
        seed: int,
    ) -> None:
        """Start with empty collections."""
        self.name = name
        self.clock = clock
        self.entropy = Entropy(f"{seed}/{name}")
        self.collections = {path: Collection(row) for path, row in resources.items()}
        self.plan = AddressPlan()
        self.bin = RecycleBin()
        self.vpn = VpnState(cloud)
        self.peers: Callable[[], Iterable[Account]] = lambda: (self,)
        """All customers: some rules look over the fence."""
        self.moment: str | None = None
        """The time that is written while the past is planted."""
        self._numbers = 0

    def __getitem__(self, path: str) -> Collection:
        """Find the collection of a resource path."""
        return self.collections[path]

    def now(self) -> str:
        """The time as the API writes it."""
        return self.moment or stamp(self.clock.wall())

    def planted(self, paths: Iterable[str]) -> Planted:
        """Copy some collections and what belongs to them."""
        rows = {path: self.collections[path].twin() for path in paths}
        return Planted(rows, self.plan.twin(), self.entropy.twin())

    def take(self, planted: Planted) -> None:
        """Hold again what was copied."""
        self.collections |= {path: one.twin() for path, one in planted.collections.items()}
        self.plan, self.entropy = planted.plan.twin(), planted.entropy.twin()

    def new_id(self, resource: Resource) -> str | int:
        """Make up an id in the form this resource uses."""
        if resource.ids == "number":
            self._numbers += 1
            return 100_000 + self._numbers
        made = self.entropy.token() if resource.ids == "token" else self.entropy.uuid()
        return f"{resource.prefix}{made}"

    def add(self, path: str, row: Row) -> Row:
        """Store a complete row under a new id."""
        collection = self[path]
        made = {collection.resource.key: self.new_id(collection.resource), **row}
        collection.put(last(str(made[collection.resource.key])), made)
        return made


def last(ident: str) -> str:
    """Give the last segment of an id."""
    return ident.rpartition("/")[2]
