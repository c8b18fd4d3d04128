from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.fingerprint import account_tag, derived_key, fingerprint, targets
from shared.operations import CATALOG

KEY = b"k" * 32
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
calls = st.dictionaries(
    st.text(min_size=1, max_size=5).filter(lambda name: name != "idempotency_key"),
    values,
    max_size=5,
)


def print_of(arguments: dict[str, Any], *, account: str = "a", tool: str = "t") -> str:
    return fingerprint(KEY, account=account, tool=tool, arguments=arguments)


def canonical(tool: str, **given: Any) -> dict[str, Any]:
    return CATALOG[tool].args.model_validate(given).model_dump(mode="json")


@given(calls, st.randoms())
def test_the_order_of_the_arguments_does_not_matter(call: dict[str, Any], random: Any) -> None:
    names = list(call)
    random.shuffle(names)
    assert print_of({name: call[name] for name in names}) == print_of(call)


@given(calls, calls)
def test_two_calls_have_one_print_exactly_when_they_are_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (print_of(one) == print_of(other)) == same


@given(calls, st.text())
def test_the_idempotency_key_is_not_part_of_the_call(call: dict[str, Any], key: str) -> None:
    assert print_of(call | {"idempotency_key": key}) == print_of(call)


@given(calls, st.booleans())
def test_a_wish_for_a_new_answer_is_not_part_of_the_call(call: dict[str, Any], new: bool) -> None:
    assert print_of(call | {"refresh": new}) == print_of(call)


@given(calls)
def test_another_account_or_tool_has_another_print(call: dict[str, Any]) -> None:
    prints = {
        print_of(call),
        print_of(call, account="b"),
        print_of(call, tool="u"),
        fingerprint(b"x" * 32, account="a", tool="t", arguments=call),
    }
    assert len(prints) == 4


def test_a_default_that_is_said_is_the_same_call() -> None:
    silent = canonical("list_subnets")
    said = canonical("list_subnets", limit=100, offset=0, filter=None)
    assert print_of(silent) == print_of(said)


def test_a_bare_and_a_full_id_are_the_same_call() -> None:
    bare = canonical("get_subnet", subnet_id="5")
    assert print_of(bare) == print_of(canonical("get_subnet", subnet_id="ipam/subnet/5"))


def test_a_credential_is_not_seen_in_its_tag() -> None:
    tag = account_tag(KEY, SecretStr("tell-nobody"), "https://csp.infoblox.com")
    assert "tell-nobody" not in tag
    assert tag == account_tag(KEY, SecretStr("tell-nobody"), "https://csp.infoblox.com")


def test_another_key_or_address_is_another_account() -> None:
    tags = {
        account_tag(KEY, SecretStr(api_key), url)
        for api_key in ("a", "b")
        for url in ("https://csp.infoblox.com", "https://csp.eu.infoblox.com")
    }
    assert len(tags) == 4


def test_each_purpose_has_a_key_of_its_own() -> None:
    secret = SecretStr("first,second")
    assert derived_key(secret, "account") != derived_key(secret, "fingerprint")
    assert derived_key(None, "account") != derived_key(secret, "account")


def test_front_end_and_worker_agree_when_the_list_has_blanks_or_old_keys() -> None:
    keys = [derived_key(SecretStr(text), "account") for text in ("first", "first ,old", " first")]
    assert len(set(keys)) == 1


def touched(tool: str, account: str = "a", **given: Any) -> tuple[str, ...]:
    return targets(KEY, CATALOG[tool], canonical(tool, **given), account=account)


def test_a_change_and_a_delete_of_one_object_have_one_target() -> None:
    changing = touched("update_subnet", subnet_id="5", name="n")
    assert changing == touched("delete_subnet", subnet_id="ipam/subnet/5")
    assert changing != touched("delete_subnet", subnet_id="6")
    assert changing != touched("delete_dns_record", record_id="5")


def test_another_account_has_other_targets() -> None:
    assert touched("delete_subnet", subnet_id="5") != touched(
        "delete_subnet", account="b", subnet_id="5"
    )


def test_an_id_that_is_a_secret_is_keyed_and_no_other() -> None:
    def keyed(key: bytes, tool: str, **given: Any) -> tuple[str, ...]:
        return targets(key, CATALOG[tool], canonical(tool, **given), account="a")

    code, subnet = ("delete_access_code", {"access_key": "c0de"}), {"subnet_id": "5"}
    assert keyed(b"1", code[0], **code[1]) != keyed(b"2", code[0], **code[1])
    assert keyed(b"1", "delete_subnet", **subnet) == keyed(b"2", "delete_subnet", **subnet)


def test_a_create_is_told_by_its_natural_key_alone() -> None:
    one = touched("create_subnet", address="10.0.1.0/24", space="5", comment="one")
    other = touched("create_subnet", address="10.0.1.0/24", space="5", comment="other")
    third = touched("create_subnet", address="10.0.1.0/25", space="5")
    assert one == other
    assert one != third


def test_a_configure_has_a_target_for_each_name() -> None:
    payload = {"universal_service": {"id": None, "name": "prod"}}
    row = CATALOG["configure_vpn_infrastructure"]
    assert len(targets(KEY, row, {"vpn_payload": payload}, account="a")) == 1
