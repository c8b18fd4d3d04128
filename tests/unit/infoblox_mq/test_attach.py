"""How commands find the stack that runs, and that nothing half-written is believed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from infoblox_mq import attach
from infoblox_mq.locks import Lock
from shared.errors import NotConfigured
from shared.settings import Settings

SAID = attach.Stack(
    version="1",
    pid=1,
    redis_url="unix:///s?db=0",
    mcp_url="http://127.0.0.1:4005/mcp",
    sandbox=attach.Sandbox("http://127.0.0.1:8088", "sandbox-key"),
    pids={"front": 2},
)


def settings(place: Path, **env: str) -> Settings:
    return Settings.from_env({"INFOBLOX_MQ_DATA_DIR": str(place), **env})


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[attach.Stack]:
    """A stack that seems to run."""
    lock = Lock(attach.stack_lock(tmp_path))
    SAID.write(tmp_path)
    yield SAID
    lock.release()


def test_what_a_stack_says_is_read_back(stack: attach.Stack, tmp_path: Path) -> None:
    assert attach.running(tmp_path) == stack
    assert stat.S_IMODE(attach.stack_file(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_the_file_of_a_killed_stack_is_not_believed(tmp_path: Path) -> None:
    SAID.write(tmp_path)
    assert attach.running(tmp_path) is None
    Lock(attach.stack_lock(tmp_path)).release()
    assert attach.running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sandbox": null, "strange": 1}'])
def test_a_strange_file_is_not_believed(stack: attach.Stack, tmp_path: Path, text: str) -> None:
    attach.stack_file(tmp_path).write_text(text)
    assert attach.running(tmp_path) is None


def test_a_command_takes_store_key_and_sandbox_from_the_stack(
    stack: attach.Stack, tmp_path: Path
) -> None:
    found = attach.attached(settings(tmp_path, INFOBLOX_API_KEY="real-key"))
    assert found.redis_url == stack.redis_url
    assert found.infoblox_base_url == "http://127.0.0.1:8088"
    assert found.infoblox_api_key is not None
    assert found.infoblox_api_key.get_secret_value() == "sandbox-key"
    assert found.seal_key == attach.seal_key(tmp_path)


def test_a_redis_url_goes_before_the_stack(stack: attach.Stack, tmp_path: Path) -> None:
    given = settings(tmp_path, REDIS_URL="redis://elsewhere/0")
    assert attach.attached(given) is given
    assert attach.expectant(given) is given


def test_without_a_stack_the_way_to_one_is_shown(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured) as refused:
        attach.attached(settings(tmp_path / "none"))
    assert "infoblox-mq up" in refused.value.problem.advice
    assert not (tmp_path / "none").exists()


def test_one_may_wait_for_a_stack_at_its_place(tmp_path: Path) -> None:
    found = attach.expectant(settings(tmp_path / "state"))
    assert found.redis_url == f"unix://{tmp_path}/state/valkey/valkey.sock?db=0"
    assert found.seal_key == attach.seal_key(tmp_path / "state")


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
        attach.data_dir(settings(tmp_path / "file/state"))


@pytest.mark.parametrize("url", ["nonsense", "http://host/0", "redis://host/x", "redis://host:x/0"])
def test_a_redis_url_that_cannot_be_one_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="REDIS_URL"):
        attach.attached(settings(tmp_path, REDIS_URL=url))


def test_what_was_found_is_handed_to_worker_processes(stack: attach.Stack, tmp_path: Path) -> None:
    env: dict[str, str] = {}
    attach.export(attach.attached(settings(tmp_path)), env)
    again = Settings.from_env(env)
    assert again.redis_url == stack.redis_url
    assert again.infoblox_base_url == "http://127.0.0.1:8088"
    assert again.seal_key == attach.seal_key(tmp_path)


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
