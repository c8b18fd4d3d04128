"""Whatever a host sends ends as a clear tool error or arrives exactly."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client

from mcp_front.server import Front
from shared.errors import CODES
from shared.operations import CATALOG, USUAL
from tests.contract.hand import Hand
from tests.contract.test_answers import ask

ODD = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(["\ud800", "a\0b", "x" * 1_000_000, "..", "[" * 10_000, "null", "{}"]),
    st.sampled_from([float("nan"), float("inf"), 10**400, -(2**63), 2**64, 1e308, True, None]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=10,
    ),
)


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = {"down": value}
    return value


@pytest.mark.anyio
@pytest.mark.parametrize(
    "tool", [*sorted(USUAL), "job_status", "job_wait", "job_cancel", "job_list"]
)
async def test_odd_arguments_end_in_an_envelope(front: Front, hand: Hand, tool: str) -> None:
    cases: list[dict[str, Any]] = []

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        schema = next(entry.input_schema for entry in front.tools if entry.name == tool)
        names = st.sampled_from(sorted(schema["properties"])) | st.text(max_size=8)
        cases.append(data.draw(st.dictionaries(names, ODD, max_size=3)))

    collect()
    first = next(iter(CATALOG[tool].args.model_fields)) if tool in CATALOG else "job_id"
    cases += [{first: deep(100)}, {first: deep(2000)}]
    async with front.running():
        for case in cases:
            case.setdefault("seconds", 0) if tool == "job_wait" else None
            reply = await front.call(tool, case)
            if reply.is_error:
                assert reply.envelope["error"]["code"] in CODES - {"internal"}, (case, reply)
                assert len(reply.envelope["error"]["message"]) < 4000


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["plain", "Zürich ☃ 🌍", "tab\tand\nline", '"quoted" \\ text', ""])
async def test_text_arrives_exactly(front: Front, hand: Hand, text: str) -> None:
    async with Client(front.server) as client:
        found = await ask(client, "update_subnet", subnet_id="1", name="n", comment=text)
    assert found["status"] == "done"
    assert hand.seen[0].arguments["comment"] == text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("\ud800", "comment: is not valid Unicode"),
        ("a\0b", "comment: must not contain a NUL character"),
        ("x" * 1_000_001, "the arguments are larger than 1,000,000 bytes in all"),
        ("x" * 2000, "comment: must have at most 1024 characters"),
        (float("nan"), "comment: is not a number that can be sent"),
        (10**400, "comment: is not a number that can be sent"),
        ([[]] * 1_000_001, "the arguments are larger than 1,000,000 bytes in all"),
        (deep(40), "comment: is nested deeper than 32 levels"),
    ],
)
async def test_what_cannot_be_carried_is_named(front: Front, comment: Any, said: str) -> None:
    reply = await front.call("update_subnet", {"subnet_id": "1", "comment": comment})
    assert reply.envelope["error"]["message"] == said
