"""Where an argument goes in a request."""

from dataclasses import dataclass

from shared.expressions import Operator


@dataclass(frozen=True, slots=True)
class Path:
    """The argument fills `{name}` in the path, by its last part; a `free` text as a whole."""

    free: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The argument is sent as this query parameter; a true flag is sent as the text `when_true`."""

    name: str
    when_true: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The argument is sent at this dotted place of the body; default: under its own name.

    A number in the place is an entry of a list: `addresses.0.space`.
    """

    place: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """The argument becomes a comparison in `_filter`."""

    field: str
    operator: Operator


@dataclass(frozen=True, slots=True)
class RawFilter:
    """The argument is an expression of the filter grammar, joined to the others."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The argument is a list of {field, operator, value}, joined to the filter."""


@dataclass(frozen=True, slots=True)
class Contains:
    """The API cannot filter on this field: the worker reads all pages and filters itself."""

    field: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The API cannot limit this list: the worker cuts the answer."""


@dataclass(frozen=True, slots=True)
class AllPages:
    """A true flag has the worker read every page, from `offset` on."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The API cannot leave fields out: the worker does, all but those named."""


Place = Path | Query | Body | Where | RawFilter | Conditions | Contains | Cut | AllPages | Pick
