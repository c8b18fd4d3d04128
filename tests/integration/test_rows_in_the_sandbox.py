"""Every confirmed row of the infoblox queue, sent to the sandbox, which is written from the API's
documentation and refuses paths, query parameters and bodies that are not in it."""

from __future__ import annotations

import pytest
import requests

from shared.catalog import Kind, Operation, Queue
from shared.operations import CATALOG
from shared.wire import build, rows_of
from tests.support.plausible import arguments, checked
from tests.support.sandbox import Sandbox

ROWS = [
    row
    for row in CATALOG.values()
    if row.queue is Queue.INFOBLOX and row.path and "Unconfirmed" not in row.description
]
LISTS = [
    row
    for row in ROWS
    if row.kind is Kind.READ
    and not row.path_fields - {"zone_type"}
    and not any(info.is_required() for info in row.args.model_fields.values())
]


def sent(sandbox: Sandbox, row: Operation, **given: object) -> requests.Response:
    plain = checked(row, arguments(row, everything=False) | given)
    request = build(row, plain, mark="job-1")
    return requests.request(
        request.method,
        f"{sandbox.url}{request.path}",
        params=dict(request.query),
        json=request.body,
        headers={"Authorization": f"Token {sandbox.key}"},
        timeout=20,
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_sandbox_knows_the_call(sandbox: Sandbox, row: Operation) -> None:
    answer = sent(sandbox, row)
    assert answer.status_code != 501, answer.text
    assert "no such path" not in answer.text
    # What these arguments name is not there; all else must be as the API wants it.
    absent = any(text in answer.text for text in ("is not found", "uuid", "no zone of the view"))
    assert answer.ok or answer.status_code == 409 or absent, answer.text


@pytest.mark.parametrize("row", LISTS, ids=lambda row: row.name)
def test_the_sandbox_answers_a_read_of_all(sandbox: Sandbox, row: Operation) -> None:
    asked = {
        name: value
        for name, value in {
            "with_total": True,
            "order_by": "id",
            "fields": "id",
            "limit": 3,
        }.items()
        if name in row.args.model_fields
    }
    answer = sent(sandbox, row, **asked)
    assert answer.status_code == 200, answer.text
    assert row.single or len(rows_of(row, answer.json())) <= int(str(asked.get("limit", 100)))
