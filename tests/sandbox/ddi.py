"""Short words for the tests of /api/ddi/v1."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import DDI, Caller

Row = dict[str, Any]


def first(api: Caller, path: str, expression: str = "") -> Row:
    """Find the first row that a filter lets through."""
    query = {"_filter": expression} if expression else {}
    return api.rows(f"{DDI}/{path}", _limit=1, **query)[0]


def made(api: Caller, path: str, **body: Any) -> Row:
    """Create a row."""
    answer = api.post(f"{DDI}/{path}", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["result"])


def status(api: Caller, path: str, **body: Any) -> int:
    """Try to create a row."""
    return api.post(f"{DDI}/{path}", body).status_code


def patched(api: Caller, ident: str, **changes: Any) -> Row:
    """Change a row."""
    answer = api("PATCH", f"{DDI}/{ident}", json=changes)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["result"])


def read(api: Caller, ident: str, **query: Any) -> Row:
    """Read a row."""
    answer = api.get(f"{DDI}/{ident}", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["result"])


def exists(api: Caller, ident: str) -> bool:
    """Tell whether a row is there."""
    return api.get(f"{DDI}/{ident}").status_code == 200


def removed(api: Caller, ident: str, **query: Any) -> int:
    """Try to remove a row."""
    return api("DELETE", f"{DDI}/{ident}", params=query).status_code


def space(api: Caller, name: str = "Corporate") -> str:
    """Find the id of a space."""
    return str(first(api, "ipam/ip_space", f'name=="{name}"')["id"])


def fresh_subnet(api: Caller, address: str = "10.97.0.0", cidr: int = 24) -> Row:
    """Create a subnet with nothing in it."""
    return made(api, "ipam/subnet", address=address, cidr=cidr, space=space(api))
