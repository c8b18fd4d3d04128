"""Findings about the configuration, under /api/insights/v1/config-insights.

Only one client shows these paths, and no answer: envelopes and fields are guesses. The insights
themselves are not served under this prefix.
"""

from __future__ import annotations

from functools import partial

from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import plain
from sandbox.evidence import word
from sandbox.paging import DEFAULT_LIMIT, whole
from sandbox.resource import READ, Resource, Service
from sandbox.schema import fields

CONFIG = Service("/api/insights/v1", plain)
ANALYTICS = "config-insights/analytics"
CHECKS = "config-insights/policy-check"
WORDS = {"status": ("OPEN", "RESOLVED", "CLOSED"), "check_type": ()}
FINDING = fields("id: string\ntitle: string\nstatus: string\nseverity: string\npolicy: string")


def listing(path: str, name: str, call: Call) -> Answer:
    """List findings, of one status or type if asked."""
    wanted = word(call, name, WORDS[name])
    limit = whole(call.query, "_limit", default=DEFAULT_LIMIT, least=1)
    offset = whole(call.query, "_offset", default=0, least=0)
    rows = [row for row in call.account[path] if wanted in {None, row[name]}]
    return answer(200, {"results": rows[offset : offset + limit]})


def _list(path: str, name: str) -> Operation:
    query = frozenset({"_limit", "_offset", name})
    return Operation(partial(listing, path, name), service=CONFIG, query=query)


RESOURCES = (
    Resource(CONFIG, ANALYTICS, FINDING, collection_methods=frozenset(), item_methods=READ),
    Resource(CONFIG, CHECKS, FINDING, collection_methods=frozenset(), item_methods=frozenset()),
)
OPERATIONS = {
    (f"{CONFIG.prefix}/{ANALYTICS}", "GET"): _list(ANALYTICS, "status"),
    (f"{CONFIG.prefix}/{CHECKS}", "GET"): _list(CHECKS, "check_type"),
}
