"""Text for a model: everything in it can be seen, and a parser reads what was written."""

import json
import sys
import unicodedata

from mcp_front.plain import told, visible

HIDING = {"Cc", "Cf", "Zl", "Zp"}


def test_every_sign_that_hides_is_shown_as_its_escape() -> None:
    signs = "".join(
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in HIDING
    )
    text, value = told(signs)
    assert json.loads(text) == value == signs
    assert text.isascii()


def test_what_can_be_seen_is_left_alone() -> None:
    words = "Größe, 日本語, Ελλάδα, 🌍, a\u00a0b"
    assert told([words]) == (f'["{words}"]', [words])


def test_half_a_character_is_a_question_mark_on_both_sides() -> None:
    text, value = told(["cut \ud83d", "\ud83d\u202e"])
    assert json.loads(text) == value == ["cut ?", "?\u202e"]
    assert text == '["cut ?","?\\u202e"]'


def test_words_keep_to_one_line() -> None:
    assert visible("a\r\nb\x1b[0m\u2028") == "a\\r\\nb\\u001b[0m\\u2028"
