"""/docs and the OpenAPI description: true for every endpoint, and nothing breaks one."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import given, settings
from schemathesis import GenerationMode

from tests.ops.conftest import Open
from tests.ops.test_guard import EVERYWHERE, tokens

EXAMPLES = 300 if os.environ.get("SOAK") else 15


def test_the_description_names_every_endpoint_of_the_list(opened: Open) -> None:
    ops = opened()
    listed = ops.get("/").json()["endpoints"]
    described = ops.get("/openapi.json").json()["paths"]
    assert set(listed) == set(described)
    page = ops.get("/docs").text
    assert all(f">{path}</a>" in page for path in listed)


def test_the_page_needs_nothing_from_elsewhere(opened: Open) -> None:
    answer = opened().get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert "://" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_where_tokens_are_needed_the_description_says_so(opened: Open, tmp_path: Path) -> None:
    ops = opened(metrics_host=EVERYWHERE, tokens=tokens(tmp_path), allowed_hosts="127.0.0.1")
    ops.headers["Authorization"] = "Bearer watcher"
    found = ops.get("/openapi.json").json()
    assert found["paths"]["/metrics"]["get"]["security"] == [{"token": []}]
    assert "security" not in found["paths"]["/livez"]["get"]


def test_whatever_is_asked_is_answered_as_described(opened: Open) -> None:
    host = {"Host": "127.0.0.1"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", opened().app, headers=host)
    asked = Counter[str]()

    def ask(case: Any) -> None:
        case.call_and_validate(headers=host)
        asked[case.path] += 1

    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # an error fails here just as well
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            # Where nothing can be given, nothing can be given wrongly.
            if mode is GenerationMode.NEGATIVE and not operation.query:
                continue
            cases = operation.as_strategy(generation_mode=mode)
            quick = settings(max_examples=EXAMPLES, deadline=None, database=None)
            quick(given(case=cases)(ask))()
    assert {"/", "/livez", "/readyz", "/health", "/metrics", "/docs"} <= asked.keys()
    assert asked["/metrics"] > EXAMPLES
