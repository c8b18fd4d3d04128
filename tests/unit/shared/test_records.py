"""What a record keeps of how a job ended, and that it is read back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Problem
from shared.ledger import Outcome

ROW = {"id": "ipam/subnet/1", "name": "caf\u00e9 \U0001f680", "half": "\ud800", "tags": {"a": None}}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("times", [1, 200])
@settings(max_examples=20)
@given(st.dictionaries(st.text(), values, max_size=5))
def test_a_result_of_any_length_is_read_back(times: int, fields: dict[str, object]) -> None:
    done = Outcome("done", {"items": [fields | ROW] * times})
    assert Outcome.decoded("done", done.encoded()) == done


def test_a_long_result_takes_a_fraction_of_its_length() -> None:
    short, long = Outcome("done", {"items": [ROW]}), Outcome("done", {"items": [ROW] * 1000})
    assert short.encoded().startswith("{")
    assert len(long.encoded()) < 100 * len(short.encoded())


def test_a_problem_is_read_back() -> None:
    failed = Outcome("failed", problem=Problem("conflict", "taken" * 5000, "rename it"))
    assert Outcome.decoded("failed", failed.encoded()) == failed
