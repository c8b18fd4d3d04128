"""Dry runs: what a write would send and change. Nothing here sends anything but reads.

Secrets are not even opened: the requests are built from the arguments as people may see them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared import wire
from shared.catalog import Kind, Operation
from shared.errors import CallError
from shared.ledger import Job
from shared.operations.bulk import Reader
from shared.sealing import redacted
from workers import hosts, vpn_delete
from workers.caller import Caller
from workers.composites import PROCEDURES
from workers.csp import Answer
from workers.judge import Patience, read_step
from workers.merging import completed
from workers.moves import Json, Send, Times, Work
from workers.reconcile import LookupFailed
from workers.steps import Ended, Parked, Step, done, failed

# Of a bulk: enough to see whether the calls are meant as they are written.
MOST_PLANNED = 5
_NOTHING = "Nothing would be sent: it is as asked already."
PREVIEWS: Mapping[str, Callable[[Work], list[wire.Request]]] = {
    "delete_vpn_service": vpn_delete.requests,
    "decommission_host": hosts.requests,
}


@dataclass(frozen=True, slots=True)
class Planner:
    """Shows what a write would do."""

    caller: Caller
    patience: Patience
    times: Times
    reader: Reader

    def __call__(self, operation: Operation, job: Job) -> Step:
        """Carry out a dry run."""
        if operation.kind is Kind.BULK:
            return self._bulk(job)
        arguments = redacted(job.arguments, operation.sensitive)
        try:
            if operation.path is None:
                return done(
                    self._procedure(operation, Work(job, arguments, self.caller, self.times))
                )
            # A secret in the path stays closed, so what it names cannot be read.
            arguments |= dict.fromkeys(operation.secret_path, "redacted")
            request = wire.build(operation, arguments, mark=job.id)
            if operation.secret_path:
                return done(_plan([request]))
            current = self._current(operation, request)
            request = completed(self.caller, operation, request)
            body = redacted(request.body, operation.hidden)
            return done(_plan([replace(request, body=body)]) | current)
        except CallError as error:
            return failed(error)
        except LookupFailed as error:
            return read_step(error.reply, job, self.patience)

    def _bulk(self, job: Job) -> Step:
        """Plan the first calls of a bulk; all of them were checked when it was accepted."""
        calls, plans = job.arguments["calls"], []
        for index, call in enumerate(calls[:MOST_PLANNED]):
            step = self._call(job, call["tool"], call["arguments"])
            if isinstance(step, Parked):
                return step
            plans.append({"index": index, "tool": call["tool"]} | _planned(step))
        left = len(calls) - len(plans)
        return done({"dry_run": True, "total": len(calls), "plans": plans, "not_planned": left})

    def _call(self, job: Job, tool: str, given: Mapping[str, Any]) -> Step:
        row = self.reader.row(tool)
        try:
            arguments = self.reader.read(tool, redacted(given, self.reader.secrets))
        except CallError:
            # Closed secrets are not what the tool takes; what was given has been checked before.
            return done({"note": "It holds a secret, so it is not planned here."})
        shown = replace(job, arguments=arguments.model_dump(mode="json"))
        if row.writes:
            return self(row, shown)
        return done(_plan([wire.build(row, shown.arguments)]) if row.path else None)

    def _procedure(self, operation: Operation, work: Work) -> Json:
        if preview := PREVIEWS.get(operation.name):
            return _plan(preview(work))
        move = PROCEDURES[operation.name](work)
        if not isinstance(move, Send):
            return {"dry_run": True, "requests": [], "note": _NOTHING}
        return _plan([move.request]) | {"note": move.note}

    def _current(self, operation: Operation, request: wire.Request) -> Json:
        """Return the object as it is, and the fields that would change."""
        named = (operation.path or "").endswith("}")
        if operation.kind not in {Kind.UPDATE, Kind.DELETE} or not named:
            return {}
        reply = self.caller(wire.Request("GET", request.path, request.template))
        if not isinstance(reply, Answer) or not reply.ok:
            raise LookupFailed(reply)
        current = wire.result_of(operation, {}, reply.body) or {}
        current = current.get("result", current)
        if operation.kind is Kind.DELETE:
            return {"would_delete": current}
        changes = {
            name: {"from": current.get(name), "to": value}
            for name, value in (request.body or {}).items()
            if current.get(name) != value
        }
        return {"would_change": changes}


def _planned(step: Step) -> Json:
    outcome = step.outcome if isinstance(step, Ended) else None
    if outcome and outcome.problem:
        return {"error": outcome.problem.as_dict()}
    return outcome.result or {} if outcome else {}


def _plan(requests: list[wire.Request]) -> Json:
    return {"dry_run": True, "requests": [_shown(request) for request in requests]}


def _shown(request: wire.Request) -> Json:
    facts: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "body": request.body,
    }
    return {name: value for name, value in facts.items() if value}
