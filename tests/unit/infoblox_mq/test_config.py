"""`infoblox-mq config show`: everything but the secrets."""

from pathlib import Path

import pytest

from infoblox_mq.commands.config import show, shown, source
from infoblox_mq.commands.up import shown_url
from infoblox_mq.parser import make_parser
from shared.sealing import new_key
from shared.settings import variables

ARGS = make_parser().parse_args(["config", "show"])


def test_every_variable_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(ARGS, {}) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(variables())
    assert any(line.split() == ["INFOBLOX_API_KEY", "[not", "set]", "default"] for line in lines)


def test_no_secret_is_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    key = new_key()
    (tmp_path / "api.key").write_text("canary-api-key")
    env = {
        "INFOBLOX_API_KEY_FILE": str(tmp_path / "api.key"),
        "INFOBLOX_MQ_SEAL_KEY": key,
        "REDIS_URL": "redis://user:canary-password@host:6379/0",
        "INFOBLOX_MQ_ALLOWED_HOSTS": "a,b",
        "INFOBLOX_MQ_CACHE_TTLS": "ip_space=60,dns_zone=5",
    }
    assert show(ARGS, env) == 0
    told = capsys.readouterr().out
    assert "canary" not in told
    assert key not in told
    assert "redis://user:[set]@host:6379/0" in told
    assert "a,b" in told
    assert "ip_space=60.0,dns_zone=5.0" in told
    words = [line.split() for line in told.splitlines()]
    assert ["INFOBLOX_API_KEY", "[set]", "file"] in words
    assert ["INFOBLOX_MQ_SEAL_KEY", "[set]", "environment"] in words


def test_accounts_and_tokens_are_shown_without_secrets(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    accounts, tokens = tmp_path / "accounts.toml", tmp_path / "tokens.toml"
    accounts.write_text('[accounts.east]\napi_key = "canary-key"\nrate_per_second = 2.5\n')
    accounts.chmod(0o600)
    digest = "c" * 64
    tokens.write_text(
        f'[[tokens]]\nsha256 = "{digest}"\nclient = "ci"\naccount = "east"\n'
        'scopes = ["write", "read"]\n'
    )
    env = {
        "INFOBLOX_MQ_ACCOUNTS_FILE": str(accounts),
        "INFOBLOX_MQ_TOKENS_FILE": str(tokens),
    }
    assert show(ARGS, env) == 0
    told = capsys.readouterr().out
    assert "canary" not in told
    assert digest not in told
    words = [line.split() for line in told.splitlines()]
    assert ["ci", "east", "read,write"] in words
    assert ["east", "https://csp.infoblox.com", "[set]", "2.5", "as", "set", "above"] in words


def test_what_is_not_set_says_so() -> None:
    assert shown("INFOBLOX_MQ_BROKER_DB", None) == "[not set]"
    assert source("INFOBLOX_MQ_BROKER_DB", {}) == "default"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host/0", "redis://host/0"),
        ("redis://:pw@host/0", "redis://:[set]@host/0"),
        ("rediss://u:p%40w@host/0", "rediss://u:[set]@host/0"),
        ("redis://u:p@w@host/0", "redis://u:[set]@host/0"),
        ("unix:///run/v.sock?db=0", "unix:///run/v.sock?db=0"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, expected: str) -> None:
    assert shown_url(url) == expected
