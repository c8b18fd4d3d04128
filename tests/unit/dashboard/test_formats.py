"""Figures as people read them."""

import pytest

from dashboard.pages import formats
from dashboard.pages.formats import DASH


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, DASH),
        (0.0, "0 ms"),
        (0.34, "340 ms"),
        (4.24, "4.2 s"),
        (9.99, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 m 0 s"),
        (200, "3 m 20 s"),
        (3599.7, "1 h 0 m"),
        (7500, "2 h 5 m"),
        (86_400 * 3 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_a_span_of_time_has_two_units_at_most(seconds: float | None, text: str) -> None:
    assert formats.age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "1 s"), (1.4, "1 s"), (8.6, "9 s"), (None, DASH)]
)
def test_what_changes_while_one_looks_is_in_whole_seconds(seconds: float | None, text: str) -> None:
    assert formats.coarse(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 kB"), (20_480, "20 kB"), (3 << 30, "3.0 GB")],
)
def test_bytes_have_a_unit(count: float, text: str) -> None:
    assert formats.size(count) == text


def test_what_was_not_measured_is_a_dash() -> None:
    assert {formats.FILTERS[name](None) for name in ("rate", "share", "size", "number")} == {DASH}
    assert formats.moment(None) == DASH
    assert formats.stamp(None) == ""


def test_shares_rates_and_times() -> None:
    assert [formats.share(one) for one in (0, 0.004, 0.5, 1)] == ["0 %", "0.4 %", "50 %", "100 %"]
    assert [formats.rate(one) for one in (0, 3.25, 64.6)] == ["0", "3.2", "65"]
    assert formats.moment(0.0) == "00:00:00"
    assert formats.stamp(0.0) == "1970-01-01T00:00:00.000+00:00"
    assert formats.number(12_345) == "12\u202f345"
