"""Whatever a tool is given: an error that names the field, or a request on the tool's own route."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.arguments import Form
from shared.catalog import Operation, Path, Query
from shared.errors import InvalidArguments
from shared.operations import CATALOG
from shared.wire import Request, build
from tests.support.plausible import arguments
from workers.target import target_of

SOAK = bool(os.environ.get("SOAK"))  # noqa: TID251 - a switch of the test run
EXAMPLES = 200 if SOAK else 20
ROWS = [row for row in CATALOG.values() if row.path is not None]
TEXTS = st.sampled_from(
    [
        *("", " ", ".", "..", "../..", "../../dns/record/5", "a/../../b", "%2e%2e/", "%2e%2e%2f"),
        *(
            "a?b=c",
            "a#b",
            "a\\b",
            "{id}",
            "{0}",
            "a\r\nX-Injected: yes",
            "a\0b",
            "\ud800",
            "ä",
            "🌍",
        ),
        *('" or name=="', "' or 1==1", "x) or (name!=", "name~", "$(id)", "<script>", "null", "[]"),
        *("9" * 400, "x" * 30_000, "-1", "1e9", "NaN", "true", "10.0.0.0/8/9", "::ffff:10.0.0.1"),
        *("ipam/subnet/../..", "dns/record/5", "ipam/subnet/5/nextavailableip", "@", "_sip._tcp"),
    ]
)
ODD: st.SearchStrategy[Any] = (
    TEXTS
    | st.sampled_from([None, True, False, -1, 0, 1, 2**63, -(2**63), 10**40, 1.5, float("nan")])
    | st.sampled_from([[], {}, [None], [[]], {"": None}, {"a": {"b": [1]}}, ["x"] * 2000])
    | st.lists(TEXTS, max_size=3)
    | st.dictionaries(TEXTS, TEXTS, max_size=3)
)


def spoilt(row: Operation, data: st.DataObject) -> dict[str, Any]:
    """Return arguments that are right but for something."""
    found = arguments(row, everything=data.draw(st.booleans()))
    texts = [name for name, value in found.items() if isinstance(value, str)]
    names = [*found, "idempotency_key"]
    match data.draw(st.sampled_from(["text", "text", "text", "odd", "odd", "none", "strange"])):
        case "text" if texts:
            found[data.draw(st.sampled_from(texts))] = data.draw(TEXTS)
        case "none" if found:
            del found[data.draw(st.sampled_from(sorted(found)))]
        case "strange":
            found[data.draw(TEXTS)] = "x"
        case _:
            found[data.draw(st.sampled_from(names))] = data.draw(ODD)
    return found


def route_of(row: Operation) -> re.Pattern[str]:
    """Return what the paths of a row look like: an id is one part, and not a dot or two."""
    parts = re.split(r"\{[a-z_]+\}", row.path or "")
    free = any(isinstance(place, Path) and place.free for place in row.places.values())
    sign = r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})" if free else r"[A-Za-z0-9_.-]"
    return re.compile(rf"(?!\.\.?(?:/|$)){sign}+".join(re.escape(part) for part in parts))


def check(row: Operation, request: Request) -> None:
    assert request.method == row.method
    assert route_of(row).fullmatch(request.path)
    assert not {".", ".."} & set(request.path.split("/"))
    known = {place.name for place in row.places.values() if isinstance(place, Query)}
    sent = {name for name, _ in request.query}
    assert sent <= known | {"_filter", "_limit", "_offset"}
    target = target_of(request)
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    json.dumps(request.body, allow_nan=False).encode()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_odd_arguments_are_refused_or_stay_on_the_route(
    row: Operation, data: st.DataObject
) -> None:
    form = Form(row.name, row.args, row.input_schema)
    given_now = spoilt(row, data)
    try:
        plain = form.read(given_now).model_dump(mode="json")
    except InvalidArguments as error:
        said = str(error)
    else:
        said = ""
        row.joins(plain)
        check(row, build(row, plain, mark="job-1"))
    assert len(said) < 4000
