from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.backoff import delay, retry_after_seconds

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
chances = st.floats(0, 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("1.5", 1.5),
        ("7.", 7),
        ("0", 1),
        ("-1", 1),
        ("+30", 30),
        ("1000000000", 600),
        ("9" * 500, 600),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30),
        ("Thu, 01 Jan 2026 13:00:30 +0100", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 1),
        ("Fri, 02 Jan 2026 12:00:00 GMT", 600),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30),
    ],
)
def test_a_number_or_a_date_is_clamped(header: str, seconds: float) -> None:
    assert retry_after_seconds(header, now=NOON) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "soon",
        "inf",
        "nan",
        "1e3",
        "1_0",
        "\u0665",
        "5 s",
        "5, 10",
        "0x10",
        "12:00",
        "Thu, 99 Jan 2026 12:00:00 GMT",
        "Thu, 01 Jan 99999 12:00:00 GMT",
    ],
)
def test_anything_else_asks_for_nothing(header: str | None) -> None:
    assert retry_after_seconds(header, now=NOON) is None


@given(st.text() | st.floats().map(str) | st.integers().map(str))
@example("Mon, 01 Jan 0001 00:00:00 +2359")
def test_no_header_breaks_the_parser_or_the_bounds(header: str) -> None:
    seconds = retry_after_seconds(header, now=NOON)
    assert seconds is None or 1 <= seconds <= 600


@given(st.integers(1, 600))
def test_a_date_is_as_good_as_a_number(ahead: int) -> None:
    date = format_datetime(datetime.fromtimestamp(NOON + ahead, UTC), usegmt=True)
    assert retry_after_seconds(date, now=NOON) == retry_after_seconds(str(ahead), now=NOON)


@given(st.integers(1, 10**9), st.floats(0, 600), chances)
def test_never_sooner_than_the_server_asked(attempt: int, asked: float, jitter: float) -> None:
    assert delay(attempt, base=5, cap=60, asked=asked, jitter=jitter) >= asked


@given(st.integers(-5, 10**9), st.floats(0.01, 100), st.floats(0.01, 1000), chances)
def test_the_wait_stays_within_its_bounds(
    attempt: int, base: float, cap: float, jitter: float
) -> None:
    wait = delay(attempt, base=base, cap=cap, asked=None, jitter=jitter)
    assert min(base, cap) <= wait <= cap * 1.2


@given(st.integers(1, 2000), chances)
def test_a_later_attempt_never_waits_less(attempt: int, jitter: float) -> None:
    first = delay(attempt, base=5, cap=60, asked=None, jitter=jitter)
    assert delay(attempt + 1, base=5, cap=60, asked=None, jitter=jitter) >= first


def test_the_waits_of_twelve_tries_are_these() -> None:
    waits = [delay(n, base=5, cap=60, asked=None, jitter=0) for n in range(1, 13)]
    assert waits == [5, 10, 20, 40] + [60] * 8
