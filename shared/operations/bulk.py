"""Many calls as one job. Its row is made of the others: what is secret in any of them is here."""

from collections.abc import Iterable, Mapping
from json import dumps
from typing import Annotated, Any

from pydantic import AfterValidator, Field, create_model

from shared.arguments import Form, shown
from shared.catalog import Args, Kind, Operation, Queue, WriteArgs
from shared.errors import CallError, InvalidArguments

NAME = "bulk_call"
MOST_CALLS = 1000
MOST_BYTES = 65_536
_MOST_PROBLEMS = 5


class Call(Args):
    """One call of a bulk."""

    tool: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: dict[str, Any] = Field(default_factory=dict)


class BulkArgs(WriteArgs):
    """Call tools up to 1000 times as one job: many records, subnets, list entries. Calls go out in
    order, after everybody else's; what fails is listed and stops the rest only with stop_on_error.
    Give an idempotency_key. job_cancel keeps back what was not sent."""

    stop_on_error: Annotated[
        bool, Field(description="Keep the others back once a call has failed")
    ] = False


class Reader:
    """Reads the calls of a bulk as their own tools would."""

    def __init__(self, rows: Iterable[Operation]) -> None:
        self._rows = {row.name: row for row in rows if row.kind is not Kind.BULK}
        self._forms: dict[str, Form] = {}
        # What is secret in one tool is treated so in all: nobody is hurt by that.
        self.secrets = tuple(
            sorted({place for row in self._rows.values() for place in row.sensitive})
        )

    def row(self, tool: str) -> Operation:
        """Return the row of a tool that a bulk may call; raise InvalidArguments."""
        row = self._rows.get(tool)
        if row is None:
            raise InvalidArguments("is not a tool that a bulk can call")
        return row

    def read(self, tool: str, arguments: Mapping[str, Any]) -> Args:
        """Return the checked arguments of one call; raise InvalidArguments."""
        row = self.row(tool)
        if tool not in self._forms:
            self._forms[tool] = Form(row.name, row.args, row.input_schema)
        return self._forms[tool].read(arguments)

    def checked(self, calls: list[Call]) -> list[Call]:
        """Return the calls with their arguments as they will be kept; raise ValueError."""
        found, problems = [], []
        for index, call in enumerate(calls):
            try:
                found.append(self._checked(call))
            except CallError as error:
                problems.append(f"call {index} ({shown([call.tool])}) {error}")
        if problems:
            more = len(problems) - _MOST_PROBLEMS
            said = problems[:_MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
            raise ValueError("; ".join(said))
        return found

    def _checked(self, call: Call) -> Call:
        arguments = self.read(call.tool, call.arguments)
        # Texts that hold objects are objects now: else their secrets would not be found.
        kept = arguments.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        if len(dumps(kept)) > MOST_BYTES:
            raise InvalidArguments(f"is larger than {MOST_BYTES:,} bytes")
        return Call(tool=call.tool, arguments=kept)


def bulk_of(rows: Iterable[Operation]) -> Operation:
    """Return the row of the tool that calls these."""
    reader = Reader(rows)
    calls = Annotated[
        list[Call], Field(min_length=1, max_length=MOST_CALLS), AfterValidator(reader.checked)
    ]
    return Operation(
        name=NAME,
        title="Call tools many times",
        queue=Queue.INFOBLOX,
        toolset="bulk",
        args=create_model(
            "BulkCall",
            __base__=BulkArgs,
            __doc__=BulkArgs.__doc__,
            __module__=__name__,
            calls=(calls, ...),
        ),
        kind=Kind.BULK,
        method="POST",
        # It holds no object: its calls wait for theirs.
        touches=lambda _arguments: (),
        changes=("bulk",),
        sensitive=tuple(f"calls.*.arguments.{place}" for place in reader.secrets),
    )
