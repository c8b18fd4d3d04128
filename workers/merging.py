"""Completing an update that replaces: what is not given stays as it is there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared import wire
from shared.catalog import Operation
from shared.identifiers import bare
from shared.recovery import Kept
from workers.caller import Caller
from workers.csp import Answer
from workers.reconcile import LookupFailed

Json = dict[str, Any]


def completed(caller: Caller, operation: Operation, request: wire.Request) -> wire.Request:
    """Return the request with the fields that it would otherwise erase. Raises LookupFailed."""
    keeps, given = operation.keeps, request.body or {}
    if keeps is None:
        return request
    replaced = given.keys() | {keeps.instead[name] for name in given if name in keeps.instead}
    needed = {name: parts for name, parts in keeps.fields.items() if name not in replaced}
    if not needed:
        return request
    there = _there(caller, operation, request, paged=keeps.pages in needed)
    kept = {
        name: _writable(there[name], parts)
        for name, parts in needed.items()
        if there.get(name) is not None
    }
    return replace(request, body=kept | given)


def _there(
    caller: Caller, operation: Operation, request: wire.Request, *, paged: bool
) -> Mapping[str, Any]:
    read = wire.Request("GET", request.path, request.template, secrets=request.secrets)
    if not paged:
        return _one(caller, operation, read)
    assert isinstance(operation.keeps, Kept)  # noqa: S101 - only then it is paged
    name = operation.keeps.pages or ""
    entries: list[Any] = []
    while True:
        # Until an empty page: how many entries the API shows at once is not published.
        found = _one(
            caller, operation, read.with_query(_limit=wire.PAGE, _offset=str(len(entries)))
        )
        more = found.get(name) or []
        entries += more
        if not more:
            return {**found, name: entries}


def _one(caller: Caller, operation: Operation, request: wire.Request) -> Mapping[str, Any]:
    reply = caller(request)
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    found = wire.unwrapped(operation, reply.body)
    return found if isinstance(found, Mapping) else {}


def _writable(value: Any, parts: tuple[str, ...]) -> Any:
    """Return a kept value without what is only shown; ids of the cloud platform go out bare."""
    if isinstance(value, list) and parts:
        return [{name: entry[name] for name in parts if name in entry} for entry in value]
    return bare(value) if isinstance(value, str) and value.startswith("infra/") else value
