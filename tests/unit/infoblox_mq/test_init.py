"""`infoblox-mq init`: the files compose mounts, for their owner alone."""

import hashlib
import stat
import tomllib
from pathlib import Path

import pytest

from infoblox_mq.commands.init import init
from infoblox_mq.parser import make_parser
from shared.errors import NotConfigured
from shared.settings import Settings
from workers.accounts import required


def run(place: Path, *more: str, **env: str) -> int:
    args = make_parser().parse_args(["init", "--dir", str(place / "local"), *more])
    return init(args, env)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_directory_is_closed_and_its_files_can_be_read_by_containers(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    local = tmp_path / "local"
    assert mode(local) == 0o700
    assert {path.name: mode(path) for path in local.iterdir()} == {
        "tokens.toml": 0o644,
        "seal.key": 0o644,
        "front.env": 0o644,
        "api.key": 0o644,
    }


def test_the_tokens_are_printed_once_and_kept_as_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path)
    printed = capsys.readouterr().out.splitlines()[-2:]
    text = (tmp_path / "local/tokens.toml").read_text()
    assert not any(token in text for token in printed)
    host, ops = (hashlib.sha256(token.encode()).hexdigest() for token in printed)
    assert tomllib.loads(text) == {
        "tokens": [
            {
                "sha256": host,
                "client": "host",
                "account": "default",
                "scopes": ["read", "write", "vpn"],
            },
            {"sha256": ops, "client": "ops", "account": "default", "scopes": ["ops"]},
        ]
    }


def test_the_settings_take_the_files(tmp_path: Path) -> None:
    run(tmp_path, INFOBLOX_API_KEY="key-of-the-account")
    local = tmp_path / "local"
    lines = (local / "front.env").read_text().splitlines()
    settings = Settings.from_env(
        dict(line.split("=", 1) for line in lines)
        | {
            "INFOBLOX_API_KEY_FILE": str(local / "api.key"),
            "INFOBLOX_MQ_SEAL_KEY_FILE": str(local / "seal.key"),
        }
    )
    required(settings)
    assert settings.seal_key is not None
    assert settings.allowed_hosts == (
        *("127.0.0.1:4005", "localhost:4005", "127.0.0.1:9090", "localhost:9090"),
        *("127.0.0.1", "localhost", "ops:9090"),
    )
    assert {"http://localhost:4005", "http://localhost:9090"} <= {*settings.allowed_origins}


def test_without_a_key_a_placeholder_stands_there_that_workers_refuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path)
    assert "Put the API key of your Infoblox account into" in capsys.readouterr().out
    with pytest.raises(NotConfigured):
        Settings.from_env({"INFOBLOX_API_KEY_FILE": str(tmp_path / "local/api.key")})


def test_nothing_is_replaced_without_force(tmp_path: Path) -> None:
    run(tmp_path)
    before = (tmp_path / "local/seal.key").read_text()
    with pytest.raises(NotConfigured, match=r"already holds tokens\.toml"):
        run(tmp_path)
    assert (tmp_path / "local/seal.key").read_text() == before
    assert run(tmp_path, "--force") == 0
    assert (tmp_path / "local/seal.key").read_text() != before
