"""What a page says of a call, and what it must not say."""

from typing import Any

import pytest

from dashboard.pages import rows
from dashboard.pages.confirm import local
from dashboard.pages.timeline import LENGTH, line
from shared.settings import Settings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_an_unknown_tool_shows_no_argument() -> None:
    shown = rows.shown_arguments("tool_of_tomorrow", {"password": "p", "name": "n"})
    assert list(shown) == ["not shown"]
    assert rows.shown_result("tool_of_tomorrow", {"a": 1}) is None


def test_what_is_sealed_is_left_out_wherever_it_is() -> None:
    value = {"a": [{"b": {"$sealed": "x", "key": "k"}}, "c"], "d": 1}
    assert rows.without_sealed(value) == {"a": [{"b": "[redacted]"}, "c"], "d": 1}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"vpn_payload": {"universal_service": {"name": "paris"}}}, "paris"),
        ({"vpn_payload": {"universal_service": {"id": "abc"}}}, "abc"),
        ({"name": "www", "zone": "z"}, "www"),
        ({"limit": 5, "filter": None, "tags": {}}, "limit=5"),
        ({}, ""),
    ],
)
def test_a_row_says_what_a_call_is_about(arguments: dict[str, Any], text: str) -> None:
    assert rows.subject("configure_vpn_infrastructure", arguments) == text


@pytest.mark.parametrize(
    ("trace", "found"),
    [(f"00-{TRACE}-00f067aa0ba902b7-01", TRACE), (TRACE, TRACE), ("", None), ("x" * 40, None)],
)
def test_the_trace_is_read_from_the_context(trace: str, found: str | None) -> None:
    assert rows.trace_id(trace) == found


def test_a_trace_is_a_link_only_where_a_setting_says_where() -> None:
    assert rows.trace_url(Settings(), TRACE) is None
    settings = Settings(trace_url="https://t.example/{trace_id}?x=1")
    assert rows.trace_url(settings, TRACE) == f"https://t.example/{TRACE}?x=1"


@pytest.mark.parametrize("url", ["https://t.example/", "javascript:{trace_id}", "//x/{trace_id}"])
def test_a_trace_address_is_a_web_address_with_a_place_for_the_id(url: str) -> None:
    with pytest.raises(ValueError, match="trace_url"):
        Settings(trace_url=url)


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/dashboard/jobs?state=dead", True),
        ("//evil.example/dashboard", False),
        ("https://evil.example/dashboard", False),
        ("/dashboard\\@evil.example", False),
        ("/metrics", False),
        ("", False),
    ],
)
def test_a_form_leads_back_to_our_pages_only(path: str, ours: bool) -> None:
    assert local(path) is ours


def attempt(number: int, started: float, ended: float | None, wait: float | None) -> dict[str, Any]:
    kind = "now" if ended is None else "busy"
    return {
        "number": number,
        "started": started,
        "ended": ended,
        "wait_seconds": wait,
        "status": 409,
        "kind": kind,
    }


def test_the_line_shows_attempts_above_their_waits_and_stays_inside() -> None:
    tries = [attempt(1, 10, 11, 4), attempt(2, 15, 16, 8), attempt(3, 24, None, None)]
    pieces = line(tries, began=10, ends=30)
    assert [piece["kind"] for piece in pieces] == ["wait", "wait", "busy", "busy", "now"]
    assert all(0 <= piece["x"] <= LENGTH - piece["width"] + 0.1 for piece in pieces)
    first = pieces[0]
    assert (first["x"], first["width"]) == (50.0, 200.0)


def test_a_request_of_a_millisecond_can_still_be_seen() -> None:
    (piece,) = line([attempt(1, 99.999, 100.0, None)], began=0, ends=100)
    assert piece["width"] == 4.0
    assert piece["x"] + piece["width"] <= LENGTH


def test_nothing_was_tried_nothing_is_drawn() -> None:
    assert line([], began=5, ends=5) == []
