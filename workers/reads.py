"""Answering a read: one request, or all its pages where the API cannot filter."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from shared import wire
from shared.catalog import Operation
from shared.errors import CallError
from shared.ledger import Job
from workers.caller import Caller
from workers.composites import COMPOSITES
from workers.csp import Answer, Lost, NotSent
from workers.judge import THROTTLED, Patience, Reply, meaning, noted, read_step
from workers.reconcile import LookupFailed
from workers.steps import Step, done, failed

# Ten pages: some 20 s of the largest lists, and what a store and a host can still carry.
MOST_ROWS = 10_000


def read(caller: Caller, operation: Operation, job: Job, *, patience: Patience) -> Step:
    """Carry out a read and say what came of it."""
    if operation.path is None:
        return _composite(caller, operation, job, patience=patience)
    request = wire.build(operation, job.arguments)
    reply = _gentle(caller, operation, request)
    if not isinstance(reply, Answer) or meaning(reply) != "good":
        return read_step(reply, job, patience, may_retry=caller.may_retry)
    body, ended = reply.body, True
    if wire.reads_all_pages(operation, job.arguments):
        pages = Pages(caller, operation, request, seconds=(job.deadline - job.now) / 2)
        unread = pages.read(first=reply)
        if unread is not None:
            return read_step(unread, job, patience, may_retry=caller.may_retry)
        body, ended = wire.wrapped(operation, pages.rows), pages.ended
    result = wire.result_of(operation, job.arguments, body, ended=ended)
    return done(_without_figures(operation, job.arguments, result), noted(reply))


def _without_figures(
    operation: Operation, arguments: Mapping[str, Any], result: wire.Json | None
) -> wire.Json | None:
    """Leave out what a kept answer must not say, so that kept and new answers look alike."""
    if result is None or not operation.figures or operation.cache_for(arguments) is None:
        return result
    for row in result.get("items", [result]):
        for name in operation.figures if isinstance(row, dict) else ():
            row.pop(name, None)
    return result


def _gentle(caller: Caller, operation: Operation, request: wire.Request) -> Reply:
    """Ask; a list that is "too many" without a time to wait is asked for in two halves."""
    limit = 0 if operation.single else int(dict(request.query).get("_limit", "0"))
    reply = caller(request, lenient=limit > 1)
    if limit <= 1 or not _too_much(reply):
        return reply
    half = limit // 2
    first = caller(request.with_query(_limit=str(half)))
    if not isinstance(first, Answer) or not first.ok:
        return first
    rows = wire.rows_of(operation, first.body)
    if len(rows) < half:
        return first
    offset = int(dict(request.query).get("_offset", "0")) + half
    rest = caller(request.with_query(_limit=str(limit - half), _offset=str(offset)))
    if not isinstance(rest, Answer) or not rest.ok:
        return rest
    rows += wire.rows_of(operation, rest.body)
    return Answer(rest.status, wire.wrapped(operation, rows), request_id=rest.request_id)


def _too_much(reply: Reply) -> bool:
    return isinstance(reply, Answer) and reply.status == THROTTLED and not reply.retry_after


class Pages:
    """The rows of a list, page after page, until it ends or the budget is spent."""

    def __init__(
        self, caller: Caller, operation: Operation, request: wire.Request, *, seconds: float
    ) -> None:
        self._caller = caller
        self._operation = operation
        self._request = request
        self._stop_at = perf_counter() + seconds
        self.rows: list[Any] = []
        self.ended = False

    def read(self, *, first: Answer) -> Answer | NotSent | Lost | None:
        """Gather the rows; return the reply that was no page, if there was one."""
        start = int(dict(self._request.query).get("_offset", "0"))
        reply: Answer | NotSent | Lost = first
        while isinstance(reply, Answer) and meaning(reply) == "good":
            found = wire.rows_of(self._operation, reply.body)
            self.rows += found
            self.ended = len(found) < int(wire.PAGE)
            if self.ended or len(self.rows) >= MOST_ROWS or perf_counter() > self._stop_at:
                return None
            reply = self._caller(self._request.with_query(_offset=str(start + len(self.rows))))
        return reply


def _composite(caller: Caller, operation: Operation, job: Job, *, patience: Patience) -> Step:
    arguments: Mapping[str, Any] = job.arguments
    try:
        return done(COMPOSITES[operation.name](caller, arguments))
    except CallError as error:
        return failed(error)
    except LookupFailed as error:
        return read_step(error.reply, job, patience, may_retry=caller.may_retry)
