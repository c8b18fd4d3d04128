from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import errors
from shared.errors import CODES, CallError, Problem

KINDS: list[type[CallError]] = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CallError)
]

problems = st.builds(
    Problem,
    st.sampled_from(sorted(CODES)),
    st.text(),
    st.text(),
    st.none() | st.integers(0, 10_000).map(float),
)


def test_every_code_has_exactly_one_error() -> None:
    assert sorted(kind.code for kind in KINDS) == sorted(CODES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_advises_the_reader(kind: type[CallError]) -> None:
    problem = kind("it did not work").problem
    assert problem.message == "it did not work"
    assert problem.advice.endswith(".")
    assert problem.code == kind.code


def test_advice_can_be_more_precise_than_the_class() -> None:
    assert errors.Busy("full", advice="Wait.").problem.advice == "Wait."


def test_advice_after_an_unknown_outcome_does_not_say_that_nothing_happened() -> None:
    advice = errors.UnknownOutcome("lost").problem.advice
    assert "Nothing" not in advice
    assert "Read the object" in advice


@given(problems)
def test_a_problem_is_read_back_as_it_was_written(problem: Problem) -> None:
    assert Problem.from_dict(problem.as_dict()) == problem


def test_a_problem_without_a_wait_has_no_such_field() -> None:
    assert "retry_after_seconds" not in Problem("refused", "no", "read").as_dict()


def test_a_wait_is_told_to_a_tenth_of_a_second() -> None:
    problem = Problem("busy", "full", "wait", 1.23456)
    assert problem.as_dict()["retry_after_seconds"] == 1.2


@pytest.mark.parametrize("fields", [{"code": "of_tomorrow"}, {}])
def test_a_code_of_another_release_becomes_internal(fields: dict[str, str]) -> None:
    problem = Problem.from_dict({**fields, "message": "m", "advice": "a"})
    assert problem == Problem("internal", "m", "a")
