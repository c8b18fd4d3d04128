"""The accounts of a worker: where they come from, and which one a job is for."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shared.errors import NotConfigured
from shared.settings import Settings
from tests.unit.fakes import NOW, FakeApi, FakeClock, job
from workers.accounts import Account, read_accounts, required
from workers.app import callers
from workers.caller import Caller
from workers.csp import Csp, Limits
from workers.steps import Ended, Parked, Step
from workers.strangers import strange, unknown_tool

CANARY = "canary-api-key"
ENTRY = f'[accounts.east]\napi_key = "{CANARY}"\n'
LIMITS = Limits(1, 1, 3)


def settings(folder: Path, text: str, *, mode: int = 0o600, **more: Any) -> Settings:
    path = folder / "accounts.toml"
    path.write_text(text)
    path.chmod(mode)
    return Settings(accounts_file=path, **more)


def test_an_account_has_a_key_an_address_and_rates(tmp_path: Path) -> None:
    (tmp_path / "west.key").write_text("west-key\n")
    text = (
        f'{ENTRY}[accounts.west]\napi_key_file = "west.key"\nbase_url = "https://eu.example/"\n'
        "rate_per_second = 2.5\nrate_burst = 4\n"
    )
    east, west = read_accounts(settings(tmp_path, text))
    assert (east.name, east.base_url) == ("east", "https://csp.infoblox.com")
    assert (east.rate_per_second, east.rate_burst) == (None, None)
    assert west.api_key.get_secret_value() == "west-key"
    assert west.base_url == "https://eu.example"
    assert (west.rate_per_second, west.rate_burst) == (2.5, 4)
    assert east.tag != west.tag


def test_the_key_alone_is_the_account_default(tmp_path: Path) -> None:
    (alone,) = read_accounts(Settings(infoblox_api_key=SecretStr("key")))
    assert alone.name == "default"
    both = read_accounts(settings(tmp_path, ENTRY, infoblox_api_key=SecretStr("key")))
    assert {account.name: account.tag for account in both}["default"] == alone.tag
    assert list(read_accounts(Settings())) == []


def test_a_job_finds_its_account_by_tag_or_by_a_name_not_published_yet(tmp_path: Path) -> None:
    accounts = read_accounts(settings(tmp_path, ENTRY))
    (east,) = accounts
    assert accounts.of(east.tag) is east
    assert accounts.of("unpublished:east") is east
    assert accounts.of("unpublished:west") is None
    assert accounts.of("east") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "accounts: Field required"),
        ("accounts = {}", "at least 1 item"),
        ("accounts = [", "is not TOML"),
        ("[accounts.east]\n", "give either api_key or api_key_file"),
        (ENTRY + 'api_key_file = "x"\n', "give either api_key or api_key_file"),
        (ENTRY.replace(CANARY, f"{CANARY} {CANARY}"), "must be the API key"),
        (ENTRY + 'base_url = "ftp://x"\n', "accounts.east.base_url"),
        (ENTRY + "rate_per_second = -1\n", "accounts.east.rate_per_second"),
        (ENTRY + "rate_burst = 0\n", "accounts.east.rate_burst"),
        (ENTRY + 'name = "x"\n', "accounts.east.name: Extra inputs"),
        (ENTRY.replace("east", '"a b"'), "accounts.a b"),
        ('[accounts.east]\napi_key_file = "none.key"\n', "No such file or directory"),
        ('[accounts.east]\napi_key_file = "accounts.toml"\n', "must hold the API key"),
    ],
)
def test_a_faulty_file_is_described_without_its_keys(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(NotConfigured) as caught:
        read_accounts(settings(tmp_path, text))
    assert said in str(caught.value)
    assert str(caught.value).startswith("INFOBLOX_MQ_ACCOUNTS_FILE: ")
    assert CANARY not in str(caught.value)


def test_default_is_named_only_once(tmp_path: Path) -> None:
    given = settings(tmp_path, ENTRY.replace("east", "default"), infoblox_api_key=SecretStr(CANARY))
    with pytest.raises(NotConfigured, match="names the account default"):
        read_accounts(given)


def test_a_worker_needs_an_account() -> None:
    with pytest.raises(NotConfigured, match="INFOBLOX_API_KEY is not set"):
        required(Settings())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can get to; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        folder.chmod(0o755)
        if not all(one.stat().st_mode & stat.S_IXOTH for one in folder.parents):
            pytest.skip("temporary files are closed to other users here")
        yield folder


@pytest.mark.parametrize("mode", [0o644, 0o604])
def test_keys_that_others_can_read_are_refused(open_folder: Path, mode: int) -> None:
    given = settings(open_folder, ENTRY, mode=mode)
    with pytest.raises(NotConfigured, match="can read") as caught:
        read_accounts(given)
    assert f"chmod 600 {given.accounts_file}" in caught.value.problem.advice
    open_folder.chmod(0o700)
    assert list(read_accounts(given))


def test_a_file_without_keys_in_it_may_be_read(open_folder: Path) -> None:
    (open_folder / "east.key").write_text(CANARY)
    text = '[accounts.east]\napi_key_file = "east.key"\n'
    assert list(read_accounts(settings(open_folder, text, mode=0o644)))


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_change_is_refused(tmp_path: Path, mode: int) -> None:
    given = settings(tmp_path, ENTRY, mode=mode)
    with pytest.raises(NotConfigured, match="can change") as caught:
        read_accounts(given)
    assert "chmod go-w" in caught.value.problem.advice


def test_accounts_show_no_key(tmp_path: Path) -> None:
    accounts = list(read_accounts(settings(tmp_path, ENTRY)))
    assert CANARY not in f"{accounts} {accounts[0].tag}"


def test_each_account_has_a_caller_of_its_own(tmp_path: Path) -> None:
    text = ENTRY + '[accounts.west]\napi_key = "west-key"\n'
    accounts = read_accounts(settings(tmp_path, text))
    apis: dict[str, FakeApi] = {}

    def api_of(account: Account) -> FakeApi:
        return apis.setdefault(account.name, FakeApi())

    caller_of = callers(accounts, lambda account: Caller(api_of(account), LIMITS))
    for account in accounts:
        caller = caller_of(account.tag)
        assert caller is not None
        assert caller.api is apis[account.name]
    assert caller_of("another") is None


def test_clients_of_one_address_share_their_connections() -> None:
    first = Csp(base_url="http://x", api_key=SecretStr("a"), clock=FakeClock(), pool_size=1)
    second = first.with_key(SecretStr("b"))
    assert second._adapter is first._adapter
    assert second._token is not first._token
    first.close()


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({"accepted": NOW - 1}, "waits"),
        ({"accepted": NOW - 11}, "not_configured"),
        ({"accepted": NOW - 1, "account": "unpublished:typo"}, "not_configured"),
        ({"accepted": NOW - 11, "sending": True}, "waits in doubt"),
        ({"accepted": NOW - 11, "sending": True, "deadline": NOW - 1}, "unknown_outcome"),
    ],
    ids=str,
)
def test_a_job_of_an_account_that_is_gone_waits_a_little(given: dict[str, Any], ends: str) -> None:
    assert _told(strange(job(**given))) == ends


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({}, "waits"),
        ({"sending": True}, "waits in doubt"),
        ({"deadline": NOW}, "internal"),
        ({"deadline": NOW, "sending": True}, "unknown_outcome"),
    ],
    ids=str,
)
def test_a_job_of_another_release_waits_until_its_deadline(
    given: dict[str, Any], ends: str
) -> None:
    assert _told(unknown_tool(job(**given))) == ends


def _told(step: Step) -> str:
    if isinstance(step, Parked):
        return "waits in doubt" if step.in_doubt else "waits"
    assert isinstance(step, Ended)
    assert step.outcome.problem is not None
    return step.outcome.problem.code
