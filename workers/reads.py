"""Answering a read: one request, or all its pages where the API cannot filter."""

from collections.abc import Mapping
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

_MOST_PAGES = 50


def read(caller: Caller, operation: Operation, job: Job, *, patience: Patience) -> Step:
    """Carry out a read and say what came of it."""
    if operation.path is None:
        return _composite(caller, operation, job, patience=patience)
    request = wire.build(operation, job.arguments)
    reply = _gentle(caller, operation, request)
    if not isinstance(reply, Answer) or meaning(reply) != "good":
        return read_step(reply, job, patience, may_retry=caller.may_retry)
    body = reply.body
    if wire.reads_all_pages(operation, job.arguments):
        gathered = _other_pages(caller, operation, request, first=reply)
        if not isinstance(gathered, list):
            return read_step(gathered, job, patience, may_retry=caller.may_retry)
        body = {operation.envelope: gathered}
    result = wire.result_of(operation, job.arguments, body)
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
    limit = int(dict(request.query).get("_limit", "0"))
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
    return Answer(rest.status, {operation.envelope: rows}, request_id=rest.request_id)


def _too_much(reply: Reply) -> bool:
    return isinstance(reply, Answer) and reply.status == THROTTLED and not reply.retry_after


def _other_pages(
    caller: Caller, operation: Operation, request: wire.Request, *, first: Answer
) -> list[Any] | Answer | NotSent | Lost:
    rows = wire.rows_of(operation, first.body)
    page = len(rows)
    while page == int(wire.PAGE) and len(rows) < _MOST_PAGES * int(wire.PAGE):
        reply = caller(request.with_query(_offset=str(len(rows))))
        if not isinstance(reply, Answer) or meaning(reply) != "good":
            return reply
        found = wire.rows_of(operation, reply.body)
        page = len(found)
        rows += found
    return rows


def _composite(caller: Caller, operation: Operation, job: Job, *, patience: Patience) -> Step:
    arguments: Mapping[str, Any] = job.arguments
    try:
        return done(COMPOSITES[operation.name](caller, arguments))
    except CallError as error:
        return failed(error)
    except LookupFailed as error:
        return read_step(error.reply, job, patience, may_retry=caller.may_retry)
