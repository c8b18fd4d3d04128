"""Tokens, scopes, and where the front end may listen."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from mcp_front.auth import LOCAL, caller, read_tokens, scope_of
from mcp_front.http import guard, security
from shared.errors import NotConfigured, Refused
from shared.exposure import is_loopback
from shared.operations import CATALOG
from shared.settings import Settings

DIGEST = hashlib.sha256(b"token").hexdigest()
ENTRY = f'[[tokens]]\nsha256 = "{DIGEST}"\nclient = "ci"\nscopes = ["read"]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "tokens.toml"
    path.write_text(text)
    return path


def test_token_stands_for_client_account_and_scopes(tmp_path: Path) -> None:
    tokens = read_tokens(written(tmp_path, ENTRY.replace(DIGEST, DIGEST.upper())))
    access = asyncio.run(tokens.verify_token("token"))
    assert access is not None
    assert (access.client_id, access.scopes) == ("ci", ["read"])
    assert access.claims == {"account": "default"}
    assert access.token == ""
    assert asyncio.run(tokens.verify_token("Token")) is None
    assert asyncio.run(tokens.verify_token("\udcff")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tokens: Field required"),
        ("tokens = []", "at least 1 item"),
        ("tokens = [", "is not TOML"),
        (ENTRY + ENTRY, "two entries have the same sha256"),
        (ENTRY.replace(DIGEST, "token"), "tokens.0.sha256: String should match"),
        (ENTRY.replace('"read"', '"root"'), "tokens.0.scopes"),
        (ENTRY.replace('"read"', ""), "tokens.0.scopes"),
        (ENTRY + 'name = "x"', "tokens.0.name: Extra inputs"),
        (ENTRY.replace('"ci"', '"a b"'), "tokens.0.client"),
        (
            ENTRY + ENTRY.replace(DIGEST, "0" * 64) + 'account = "east"',
            "the client ci has tokens of two accounts",
        ),
    ],
)
def test_faulty_file_is_described_without_its_contents(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(NotConfigured) as caught:
        read_tokens(written(tmp_path, text))
    assert said in str(caught.value)
    assert str(caught.value).startswith("INFOBLOX_MQ_TOKENS_FILE: ")


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    text = ENTRY.replace(DIGEST, "hunter2") + ENTRY.replace('"read"', '"root"')
    with pytest.raises(NotConfigured) as caught:
        read_tokens(written(tmp_path, text))
    assert "tokens.0.sha256" in str(caught.value)
    assert "tokens.1.scopes" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_file_that_others_can_change_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY)
    path.chmod(0o666)
    with pytest.raises(NotConfigured, match="can change"):
        read_tokens(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="No such file"):
        read_tokens(tmp_path / "none.toml")


def test_nobody_passes_without_a_token_where_there_are_tokens(tmp_path: Path) -> None:
    assert caller(None) == LOCAL
    with pytest.raises(Refused):
        caller(read_tokens(written(tmp_path, ENTRY)))


def test_scope_of_each_tool() -> None:
    scopes = {name: scope_of(row) for name, row in CATALOG.items()}
    assert scopes["list_universal_services"] == "read"
    assert scopes["delete_subnet"] == "write"
    assert scopes["configure_vpn_infrastructure"] == "vpn"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_loopback_needs_no_guard(host: str) -> None:
    assert is_loopback(host)
    guard(Settings(mcp_host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "front.example", ""])  # noqa: S104
def test_anything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(NotConfigured, match="MCP_HOST"):
        guard(Settings(mcp_host=host))
    guard(Settings(mcp_host=host, tokens_file=Path("x"), allowed_hosts=("front.example",)))


@pytest.mark.parametrize(
    ("changes", "hosts", "origins"),
    [
        ({}, {"localhost:*", "[::1]:*", "127.0.0.1"}, {"http://localhost:*"}),
        (
            {"allowed_hosts": ("a",), "allowed_origins": ("https://b",)},
            {"a", "a:*", "localhost"},
            {"https://b", "http://127.0.0.1:*"},
        ),
    ],
)
def test_protection_is_always_on(
    changes: dict[str, Any], hosts: set[str], origins: set[str]
) -> None:
    lists = security(Settings(**changes))
    assert lists.enable_dns_rebinding_protection
    assert hosts <= set(lists.allowed_hosts)
    assert origins <= set(lists.allowed_origins)


def test_other_addresses_answer_only_to_names_of_the_settings() -> None:
    lists = security(Settings(mcp_host="0.0.0.0", allowed_hosts=("front",)))  # noqa: S104
    assert lists.allowed_hosts == ["front", "front:*"]
    assert lists.allowed_origins == []
