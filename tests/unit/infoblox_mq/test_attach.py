"""How commands find the stack that runs, and that nothing half-written is believed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infoblox_mq import attach, homes
from infoblox_mq.embedded import redis_url, socket_path
from infoblox_mq.keeper import kept
from infoblox_mq.locks import Lock, Uses, held, owner, take
from shared.errors import NotConfigured
from shared.settings import Settings

SAID = attach.Stack(
    version="1",
    pid=os.getpid(),
    redis_url="unix:///s?db=0",
    mcp_url="http://127.0.0.1:4005/mcp",
    sandbox=attach.Sandbox("http://127.0.0.1:8088", "sandbox-key"),
    pids={"front": 2},
)


def settings(place: Path, **env: str) -> Settings:
    return Settings.from_env({"INFOBLOX_MQ_DATA_DIR": str(place), **env})


@contextmanager
def seeming(home: Path) -> Iterator[attach.Stack]:
    """Have a stack seem to run there."""
    lock = Lock(attach.stack_lock(home))
    SAID.write(home)
    yield SAID
    lock.release()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of the stack without an account."""
    return homes.made(settings(tmp_path), sandbox=True)


@pytest.fixture
def stack(home: Path) -> Iterator[attach.Stack]:
    """A stack that seems to run."""
    with seeming(home) as said:
        yield said


def test_what_a_stack_says_is_read_back(stack: attach.Stack, home: Path) -> None:
    assert attach.running(home) == stack
    assert stat.S_IMODE(attach.stack_file(home).stat().st_mode) == 0o600
    assert [path.name for path in home.glob(".*")] == []


def test_the_file_of_a_killed_stack_is_not_believed(tmp_path: Path) -> None:
    SAID.write(tmp_path)
    assert attach.running(tmp_path) is None
    Lock(attach.stack_lock(tmp_path)).release()
    assert attach.running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sandbox": null, "strange": 1}'])
def test_a_strange_file_is_not_believed(stack: attach.Stack, home: Path, text: str) -> None:
    attach.stack_file(home).write_text(text)
    assert attach.running(home) is None


def test_a_command_takes_store_key_and_sandbox_from_the_only_stack(
    stack: attach.Stack, home: Path, tmp_path: Path
) -> None:
    found = attach.attached(settings(tmp_path))
    assert found.redis_url == stack.redis_url
    assert found.infoblox_base_url == "http://127.0.0.1:8088"
    assert found.infoblox_api_key is not None
    assert found.infoblox_api_key.get_secret_value() == "sandbox-key"
    assert found.seal_key == attach.seal_key(home)


def test_a_command_with_an_account_never_takes_the_stack_of_another(
    stack: attach.Stack, tmp_path: Path
) -> None:
    mine = settings(tmp_path, INFOBLOX_API_KEY="mine")
    with pytest.raises(NotConfigured, match="for this account") as refused:
        attach.attached(mine)
    assert "stack status" in refused.value.problem.advice
    with seeming(homes.made(mine)):
        assert attach.attached(mine).redis_url == stack.redis_url
        with pytest.raises(NotConfigured, match="2 stacks run"):
            attach.attached(settings(tmp_path))


def test_accounts_addresses_and_versions_have_homes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = tmp_path / "accounts.toml"
    accounts.write_text("[accounts.a]")
    ways = (
        {"INFOBLOX_API_KEY": "canary"},
        {"INFOBLOX_API_KEY": "canary-of-another"},
        {"INFOBLOX_API_KEY": "canary", "INFOBLOX_BASE_URL": "https://csp.eu.infoblox.com"},
        {"INFOBLOX_MQ_ACCOUNTS_FILE": str(accounts)},
    )
    found = [homes.made(settings(tmp_path / "state", **way)) for way in ways]
    assert found == [homes.home(settings(tmp_path / "state", **way)) for way in ways]
    accounts.write_text("[accounts.b]")
    found.append(homes.made(settings(tmp_path / "state", **ways[3])))
    monkeypatch.setattr(homes, "__version__", "9.9.9")
    found.append(homes.made(settings(tmp_path / "state", **ways[0])))
    assert len(set(found)) == len(ways) + 2
    assert not [home for home in found if "canary" in str(home)]
    assert {stat.S_IMODE(home.stat().st_mode) for home in found} == {0o700}


def test_the_name_of_a_home_is_not_the_hash_of_a_key(tmp_path: Path) -> None:
    ways = [settings(tmp_path / place, INFOBLOX_API_KEY="canary") for place in ("one", "two")]
    assert len({homes.made(way).name for way in ways}) == 2


def test_a_redis_url_goes_before_the_stack(stack: attach.Stack, tmp_path: Path) -> None:
    given = settings(tmp_path, REDIS_URL="redis://elsewhere/0")
    assert attach.attached(given) is given
    assert kept(given, {}) == (given, None)


def test_without_a_stack_the_way_to_one_is_shown(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured) as refused:
        attach.attached(settings(tmp_path / "none"))
    assert "infoblox-mq up" in refused.value.problem.advice
    assert not (tmp_path / "none").exists()


def test_one_may_wait_for_a_stack_at_its_home(tmp_path: Path) -> None:
    found, keeper = kept(settings(tmp_path / "state"), {}, sandbox=True)
    home = homes.home(settings(tmp_path / "state"), sandbox=True)
    assert home
    assert found.redis_url == redis_url(socket_path(home / "valkey"))
    assert found.seal_key == attach.seal_key(home)
    assert keeper
    assert not keeper.enter()
    keeper.close()


def test_without_an_account_and_a_stack_every_call_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="no stack runs"):
        kept(settings(tmp_path / "state"), {})
    _, keeper = kept(settings(tmp_path / "state"), {}, listing=True)
    assert keeper
    assert not keeper.enter()
    with pytest.raises(NotConfigured, match="INFOBLOX_API_KEY is not set"):
        keeper.look()
    assert not (tmp_path / "state").exists()


def test_a_stack_without_an_account_is_used_but_not_started(
    stack: attach.Stack, home: Path, tmp_path: Path
) -> None:
    url = redis_url(socket_path(attach.store_directory(home)))
    replace(stack, redis_url=url).write(home)
    found, keeper = kept(settings(tmp_path), {})
    assert found.redis_url == url
    assert keeper
    replace(stack, redis_url=url, ready=False).write(home)
    assert not keeper.look()
    replace(stack, redis_url=url).write(home)
    assert keeper.look()
    assert keeper.enter()
    keeper.leave()
    keeper.close()


def test_a_stack_on_a_store_of_the_users_is_used_as_it_is(
    stack: attach.Stack, tmp_path: Path
) -> None:
    found, keeper = kept(settings(tmp_path), {})
    assert (found.redis_url, keeper) == (stack.redis_url, None)


def test_the_seal_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    key = attach.seal_key(tmp_path)
    assert attach.seal_key(tmp_path) == key
    assert stat.S_IMODE(attach.seal_key_file(tmp_path).stat().st_mode) == 0o600
    Settings.from_env({"INFOBLOX_MQ_SEAL_KEY": key.get_secret_value()})


def test_who_comes_second_takes_the_key_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = attach.seal_key_file(tmp_path)

    def beaten(_source: object, _target: object) -> None:
        path.write_text("first")
        raise FileExistsError

    monkeypatch.setattr(os, "link", beaten)
    assert attach.seal_key(tmp_path).get_secret_value() == "first"
    assert [found.name for found in tmp_path.iterdir()] == ["seal.key"]


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotConfigured, match="cannot be made"):
        homes.made(settings(tmp_path / "file/state"), sandbox=True)


def test_a_directory_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(NotConfigured, match="belongs to another user"):
        homes.made(settings(tmp_path), sandbox=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["nonsense", "http://host/0", "redis://host/x", "redis://host:x/0"])
def test_a_redis_url_that_cannot_be_one_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="REDIS_URL"):
        attach.attached(settings(tmp_path, REDIS_URL=url))


def test_what_was_found_is_handed_to_worker_processes(
    stack: attach.Stack, home: Path, tmp_path: Path
) -> None:
    env: dict[str, str] = {}
    attach.export(attach.attached(settings(tmp_path)), env)
    again = Settings.from_env(env)
    assert again.redis_url == stack.redis_url
    assert again.infoblox_base_url == "http://127.0.0.1:8088"
    assert again.seal_key == attach.seal_key(home)


def test_a_lock_that_a_killed_process_left_behind_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        time = 0.0

        def now(self) -> float:
            return self.time

        def steady(self) -> float:
            return self.time

        def sleep(self, seconds: float) -> None:
            self.time += seconds

    clock = Clock()
    lock = Lock(tmp_path / "lock")
    monkeypatch.setattr("infoblox_mq.locks.alive", lambda _pid: False)
    with pytest.raises(NotConfigured, match="what a killed process left behind"):
        Lock(tmp_path / "lock", clock=clock)
    assert clock.time > 10
    lock.release()


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    with pytest.raises(NotConfigured, match=f"in use by process {os.getpid()}"):
        Lock(tmp_path / "lock")
    lock.release()
    Lock(tmp_path / "lock").release()


def test_a_killed_stack_is_not_taken_for_the_one_that_starts_after_it(home: Path) -> None:
    with seeming(home):
        assert attach.running(home)
    taken = take(attach.stack_lock(home))
    assert taken is not None
    assert attach.stack_file(home).exists()
    assert attach.running(home) is None
    os.close(taken)


def test_a_lock_is_handed_on_without_being_free_in_between(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    taken = take(path)
    assert taken is not None
    assert take(path) is None
    lock = Lock(path, taken=taken)
    assert held(path)
    assert owner(path) == os.getpid()
    lock.release()
    assert not held(path)
    assert owner(path) == 0


def test_what_is_used_cannot_be_taken_and_what_was_taken_not_be_used(tmp_path: Path) -> None:
    path = tmp_path / "uses"
    first, second = Uses(path), Uses(path)
    assert first.begin()
    assert first.begin()
    assert second.begin()
    first.end()
    second.end()
    assert take(path) is None
    first.end()
    taken = take(path)
    assert taken is not None
    assert not first.begin()
    os.close(taken)
    assert first.begin()
    first.close()
    second.close()
