"""What a resource is: rows of facts that the generic calls read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sandbox.errors import ErrorShape, Refused, invalid
from sandbox.filtering import NAMES, Operand
from sandbox.schema import Fields, Row

if TYPE_CHECKING:
    from sandbox.account import Account

READ = frozenset({"GET"})
READ_WRITE = frozenset({"GET", "POST", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Service:
    """One of the services behind the API: where it lives and how it refuses."""

    prefix: str
    error_shape: ErrorShape
    unknown_path: int = 404
    wrong_method: int = 405
    created: int = 200
    changed: int = 200
    deleted: int = 200
    bare_delete: bool = True
    """A DELETE that names a content type is not understood."""


@dataclass(frozen=True, slots=True)
class Link:
    """Rows elsewhere that name a row of this resource, and what its removal does to them.

    `along`: they go too. `lift`: they pass to the parent of the row. `hold`: the row must stay.
    With `_options=recurse=true` all of them go.
    """

    path: str
    name: str
    rule: Literal["along", "lift", "hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Resource:
    """One collection of the API, described by facts; the calls are generic."""

    service: Service
    path: str
    fields: Fields
    key: str = "id"
    prefix: str = ""
    ids: str = "uuid"
    collection_methods: frozenset[str] = READ
    item_methods: frozenset[str] = READ
    list_query: frozenset[str] = frozenset()
    item_query: frozenset[str] = frozenset()
    write_query: frozenset[str] = frozenset()
    delete_query: frozenset[str] = frozenset()
    list_key: str = "results"
    item_key: str = "result"
    unique: tuple[str, ...] = ()
    omitted_in_lists: frozenset[str] = frozenset()
    filters: Mapping[str, str] | None = None
    opaque: frozenset[str] = frozenset()
    one_field: bool = False
    """A filter names one field only."""
    gone: int = 404
    """The status of a DELETE of what is not there."""
    secret_ids: bool = False
    """The ids are secrets: no log may show them."""
    indexed: tuple[str, ...] = ()
    """Fields by whose value rows are found without looking at all of them."""
    links: tuple[Link, ...] = ()
    bin: bool = False
    """What is deleted can be restored from the recycle bin."""
    source: Callable[[Account], Iterable[Row]] | None = None
    """Makes the rows from others, for a collection that stores none of its own."""
    prepare: Callable[[Account, Row, Row | None], Row] | None = None
    """Checks and completes a row before it is stored (row, row before)."""
    settled: Callable[[Account, Row | None, Row | None], None] | None = None
    """Told after a change (row before, row after)."""
    deletable: Callable[[Account, Row], None] | None = None
    present: Callable[[Account, Row], Row] | None = None
    """Fills in what depends on the time of reading."""
    natural: Callable[[Row], str] | None = None

    @property
    def template(self) -> str:
        """The path of the whole collection."""
        return f"{self.service.prefix}/{self.path}"

    def require_indexed(self, name: str) -> None:
        """Refuse to look for rows by a field that no index is kept of."""
        if name not in self.indexed:
            raise ValueError(f"{self.path} is not indexed by {name}")

    def blank(self) -> Row:
        """Give the values a new row has where nothing else is said."""
        return {one.name: one.default for one in self.fields.values() if one.default is not None}


@dataclass(frozen=True, slots=True)
class FieldWords:
    """The names that `_filter` may use on a resource."""

    resource: Resource
    quoted_names: bool = field(default=False)
    seen: set[str] = field(default_factory=set)

    def allow(self, name: str, sign: str, operand: Operand) -> None:
        """Refuse unknown fields and operators, and values of the wrong kind."""
        root, _, rest = name.partition(".")
        known = self.resource.fields.get(root)
        if known is None or root == "tags":
            raise invalid(f"Unknown field: {name}")
        self.seen.add(name)
        if self.resource.one_field and len(self.seen) > 1:
            raise invalid("a filter over several fields is not supported")
        if self.resource.filters is not None:
            self._allow_listed(name, sign)
        elif root in self.resource.opaque or (known.kind in _COMPOUND and not rest):
            raise _not_allowed(name, sign)
        if rest and known.kind != "object":
            raise invalid(f"Unknown field: {name}")
        if not rest:
            _check_operand(name, known.kind, operand)

    def _allow_listed(self, name: str, sign: str) -> None:
        allowed = (self.resource.filters or {}).get(name)
        if allowed is None:
            raise invalid(f"Unknown field: {name}")
        if sign not in allowed.split():
            raise _not_allowed(name, sign)


@dataclass(frozen=True, slots=True)
class TagWords:
    """The names that `_tfilter` may use: any tag, quoted or not."""

    quoted_names: bool = field(default=True)

    def allow(self, name: str, sign: str, operand: Operand) -> None:
        """Take every tag name."""


_COMPOUND = frozenset({"object", "objects", "strings", "integers", "ipv4s", "cidrs"})
_NUMERIC = frozenset({"integer", "number"})


def _not_allowed(name: str, sign: str) -> Refused:
    return invalid(f"Operation {NAMES[sign]} is not allowed for '{name}'")


def _check_operand(name: str, kind: str, operand: Operand) -> None:
    one = operand[0] if isinstance(operand, list) else operand
    if one is None or kind in _COMPOUND or kind == "boolean":
        return
    if isinstance(one, str) == (kind in _NUMERIC):
        wanted = "a number" if kind in _NUMERIC else "a string"
        raise invalid(f"Invalid value for '{name}': {wanted} is expected")
