from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.errors import NotConfigured
from shared.sealing import REDACTED, SEALED, Sealer, changed, new_key, redacted

OLD, NEW = new_key(), new_key()
PLACE = "vpn_payload.credentials.*.*.value"
SECRET = "canary-7f3a-canary"
sealer = Sealer(SecretStr(NEW))


def sealed(text: str = SECRET) -> dict[str, str]:
    return sealer.seal(text, job_id="job-1", field=".psk")


def payload() -> dict[str, Any]:
    return {
        "vpn_payload": {
            "universal_service": {"name": "prod"},
            "credentials": {
                "create": [
                    {"id": "ref_a", "value": SECRET},
                    {"id": "ref_b", "value": f"{SECRET}-2"},
                ],
                "update": [{"id": "5", "value": None}, {"id": "6"}],
                "delete": ["7"],
            },
        }
    }


@given(st.text())
def test_a_secret_comes_back_as_it_went_in(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert sealer.open(sealed(text), job_id="job-1", field=".psk") == text


def test_nothing_of_the_secret_is_seen_and_no_two_seals_are_alike() -> None:
    first, second = sealed(), sealed()
    assert SECRET not in json.dumps(first)
    assert first[SEALED] != second[SEALED]


@pytest.mark.parametrize(("job", "field"), [("job-2", ".psk"), ("job-1", ".other")])
def test_a_secret_that_was_moved_is_refused(job: str, field: str) -> None:
    with pytest.raises(NotConfigured, match="does not belong"):
        sealer.open(sealed(), job_id=job, field=field)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_secret_that_was_altered_is_refused(position: int, change: int) -> None:
    whole = sealed()
    raw = bytearray(base64.b64decode(whole[SEALED]))
    raw[position % len(raw)] ^= change
    altered = whole | {SEALED: base64.b64encode(bytes(raw)).decode()}
    with pytest.raises(NotConfigured, match="does not belong"):
        sealer.open(altered, job_id="job-1", field=".psk")


@pytest.mark.parametrize("text", ["", "AAAA", "A", "!", base64.b64encode(b"x" * 20).decode()])
def test_a_secret_that_was_cut_is_refused(text: str) -> None:
    with pytest.raises(NotConfigured, match="does not belong"):
        sealer.open(sealed() | {SEALED: text}, job_id="job-1", field=".psk")


def test_an_old_key_still_opens_and_the_new_one_seals() -> None:
    before = Sealer(SecretStr(OLD)).seal(SECRET, job_id="job-1", field=".psk")
    both = Sealer(SecretStr(f"{NEW}, {OLD}"))
    assert both.open(before, job_id="job-1", field=".psk") == SECRET
    after = both.seal(SECRET, job_id="job-1", field=".psk")
    assert Sealer(SecretStr(NEW)).open(after, job_id="job-1", field=".psk") == SECRET


@pytest.mark.parametrize("keys", [None, SecretStr(OLD)])
def test_without_its_key_a_secret_stays_shut_and_the_setting_is_named(
    keys: SecretStr | None,
) -> None:
    with pytest.raises(NotConfigured, match="INFOBLOX_MQ_SEAL_KEY"):
        Sealer(keys).open(sealed(), job_id="job-1", field=".psk")


def test_without_a_key_no_secret_is_taken_in() -> None:
    with pytest.raises(NotConfigured, match="INFOBLOX_MQ_SEAL_KEY") as caught:
        Sealer(None).seal(SECRET, job_id="job-1", field=".psk")
    assert SECRET not in str(caught.value)


def test_every_secret_of_the_arguments_is_sealed_and_opened() -> None:
    closed = sealer.seal_all(payload(), [PLACE], job_id="job-1")
    assert SECRET not in json.dumps(closed)
    assert sealer.open_all(closed, [PLACE], job_id="job-1") == payload()


def test_two_secrets_of_one_job_cannot_change_places() -> None:
    closed = sealer.seal_all(payload(), [PLACE], job_id="job-1")
    created = closed["vpn_payload"]["credentials"]["create"]
    created[0]["value"], created[1]["value"] = created[1]["value"], created[0]["value"]
    with pytest.raises(NotConfigured, match="does not belong"):
        sealer.open_all(closed, [PLACE], job_id="job-1")


def test_redacting_leaves_nothing_of_a_secret() -> None:
    closed = sealer.seal_all(payload(), [PLACE], job_id="job-1")
    for arguments in (payload(), closed):
        shown = redacted(arguments, [PLACE])
        text = json.dumps(shown)
        assert SECRET not in text
        assert SEALED not in text
        assert shown["vpn_payload"]["credentials"]["create"][0]["value"] == REDACTED
        assert shown["vpn_payload"]["credentials"]["update"][0]["value"] is None


def upper(text: str, at: str) -> str:
    return f"{text.upper()}@{at}"


@pytest.mark.parametrize(
    ("value", "place", "result"),
    [
        ({"a": "x", "b": "y"}, "a", {"a": "X@.a", "b": "y"}),
        ({"a": {"b": "x"}}, "a.b", {"a": {"b": "X@.a.b"}}),
        ({"a": "x", "b": "y"}, "*", {"a": "X@.a", "b": "Y@.b"}),
        (["x", "y"], "*", ["X@.0", "Y@.1"]),
        ({"a": [{"b": "x"}, {"c": "y"}]}, "a.*.b", {"a": [{"b": "X@.a.0.b"}, {"c": "y"}]}),
        ({"a": None}, "a", {"a": None}),
        ({"a": None}, "a.b", {"a": None}),
        ({"a": "x"}, "b", {"a": "x"}),
        ({"a": ["x"]}, "a.b", {"a": ["x"]}),
        ({}, "*.b", {}),
        ([], "*", []),
        ({"k": {"s": "x"}, "s": "y"}, "**.k.s", {"k": {"s": "X@.k.s"}, "s": "y"}),
        ({"a": [{"k": {"s": "x"}}]}, "**.k.s", {"a": [{"k": {"s": "X@.k.s"}}]}),
        ({"a": {"b": {"k": "x"}}}, "**.k", {"a": {"b": {"k": "X@.k"}}}),
        ({"a": [1, {"b": 2}]}, "**.k.s", {"a": [1, {"b": 2}]}),
    ],
)
def test_what_stands_at_a_place_is_changed(value: Any, place: str, result: Any) -> None:
    assert changed(value, place, upper) == result


def test_changing_leaves_the_original_alone() -> None:
    original = payload()
    changed(original, PLACE, lambda _value, _at: "gone")
    assert original == payload()
