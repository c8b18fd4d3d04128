"""What a repeated deletion finds. Some kinds of objects answer 400, not 404, once they are gone,
and 400 is also what is still in use: only reading tells."""

from dataclasses import replace
from typing import Any

from shared import wire
from shared.wire import Request, pick
from workers.caller import Caller
from workers.csp import Answer
from workers.judge import NOT_FOUND, Reply
from workers.reconcile import LookupFailed


def is_gone(caller: Caller, request: Request, *, told: Reply) -> bool:
    """Tell whether what a request deletes is not there, after an answer of 400 or 404.

    Raises LookupFailed.
    """
    body = request.body or {}
    if not body and isinstance(told, Answer) and told.status == NOT_FOUND:
        return True
    read = replace(request, method="GET", query=(), body=None, safe=True)
    if "ids" in body:
        paths = [f"{request.path}/{one}" for one in body["ids"]]
        return not any(_read(caller, replace(read, path=path)) for path in paths)
    if body:
        return _is_without(caller, read, body)
    return not _read(caller, read)


def _is_without(caller: Caller, read: Request, body: dict[str, Any]) -> bool:
    """Tell whether the list one level up has none of the items."""
    items = {*body.get("items", ()), *(one["item"] for one in body.get("items_described", ()))}
    path = read.path.rpartition("/")[0]
    offset = 0
    while True:
        page = replace(read, path=path).with_query(_limit=wire.PAGE, _offset=str(offset))
        found = pick(_read(caller, page), "results.items") or []
        if not items.isdisjoint(found):
            return False
        if not found:
            return True
        offset += len(found)


def _read(caller: Caller, request: Request) -> Any:
    """Return what a read answers, and None where nothing is there."""
    reply = caller(request)
    if isinstance(reply, Answer) and reply.status == NOT_FOUND:
        return None
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    return reply.body or {"results": {}}
