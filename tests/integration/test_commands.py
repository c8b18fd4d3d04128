"""The command line as people and containers use it: real processes, real store, the sandbox."""

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp import Client, StdioServerParameters

from infoblox_mq import ROOT, __version__, attach, ports
from infoblox_mq.guard import alive
from infoblox_mq.processes import PREFIXES, environment, members, ourselves
from shared.audit import Audit
from shared.catalog import Queue
from tests.support.chaos import rows
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.tools import missing
from tests.support.valkey import Valkey
from tests.support.waiting import until

# As seconds on two busy cores; a quiet machine needs half of it.
START_SECONDS = 30.0
Stacks = Callable[..., Stack]


def clean(place: Path, **more: str) -> dict[str, str]:
    """An environment with none of our settings but these, and a data directory in `place`."""
    env = environment(os.environ, without=PREFIXES)
    ours = {"INFOBLOX_MQ_DATA_DIR": str(place / "state"), "METRICS_PORT": "0"}
    return env | ours | more


def run(
    *arguments: str, env: Mapping[str, str], seconds: float = 60
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ourselves(*arguments),
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        start_new_session=True,
    )


@dataclass
class Up:
    """A running `infoblox-mq up --sandbox`."""

    process: "subprocess.Popen[str]"
    place: Path
    env: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where it lives."""
        return self.place / "state" / f"{__version__}-sandbox"

    @property
    def said(self) -> dict[str, Any]:
        """What it says of itself."""
        found: dict[str, Any] = json.loads((self.home / "stack.json").read_text())
        return found

    def all_gone(self) -> bool:
        return not any(map(alive, [*self.pids.values(), self.process.pid]))


@pytest.fixture
def up(valkey_binary: Path, tmp_path: Path) -> Iterator[Up]:
    """Start it on free ports, and end it at the end by whatever it takes."""
    env = clean(tmp_path, INFOBLOX_MQ_SWEEP_SECONDS="0.3")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            ourselves("up", "--sandbox", "--port", "0", "--sandbox-port", "0"),
            env=env,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    with process:
        assert process.stdout
        for line in process.stdout:
            if "processes" in line:
                break
        else:
            pytest.fail((tmp_path / "log").read_text())
        found = Up(process, tmp_path, env)
        found.pids = dict(found.said["pids"])
        yield found
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()


# Errors


@pytest.mark.parametrize(
    ("line", "more", "says"),
    [
        ("up", {}, "INFOBLOX_API_KEY is not set. Set it .* up --sandbox"),
        ("worker infoblox", {}, "no stack runs on .*infoblox-mq up.* REDIS_URL"),
        ("worker infoblox", {"REDIS_URL": "redis://127.0.0.1:1/0"}, "INFOBLOX_API_KEY is not set"),
        ("jobs list", {}, "no stack runs on"),
        ("jobs list", {"INFOBLOX_API_KEY": "key"}, "no stack runs on .* for this account"),
        ("stack stop", {}, "no stack runs on"),
        ("stack stop --sandbox", {}, "no stack with the sandbox runs"),
        ("http", {}, "no stack runs on"),
        ("call list_ip_spaces", {}, "no stack runs on"),
        ("call list_ip_spaces limit", {}, "is not NAME=VALUE"),
        ("call nothing", {"REDIS_URL": "redis://127.0.0.1:1/0"}, "there is no tool nothing"),
        ("jobs list", {"REDIS_URL": "redis://127.0.0.1:1/0"}, "the store does not answer"),
        ("jobs list --state x", {}, "x is not a state"),
        ("up --sandbox", {"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL does not answer"),
        ("up --sandbox", {"INFOBLOX_MQ_TYPO": "1"}, "INFOBLOX_MQ_TYPO: not a setting"),
        ("config show", {"INFOBLOX_MQ_THREADS": "no"}, "INFOBLOX_MQ_THREADS: "),
        ("stdio", {"INFOBLOX_MQ_THREADS": "no"}, "INFOBLOX_MQ_THREADS: "),
        ("worker infoblox", {"INFOBLOX_MQ_SEAL_KEY": "x", "REDIS_URL": "redis://h"}, "SEAL_KEY"),
        ("jobs list", {"REDIS_URL": "nonsense"}, "REDIS_URL: "),
    ],
)
def test_an_expected_error_is_one_line_that_says_what_to_do(
    line: str, more: dict[str, str], says: str, tmp_path: Path
) -> None:
    ran = run(*line.split(), env=clean(tmp_path, **more))
    assert ran.returncode == 2
    assert re.search(says, ran.stderr)
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


@pytest.mark.parametrize(
    "line", ["up --sandbox --port {}", "up --sandbox --sandbox-port {}", "sandbox --port {}"]
)
def test_a_port_in_use_is_named(line: str, tmp_path: Path, sandbox: Any) -> None:
    taken = sandbox.url.rpartition(":")[2]
    ran = run(*line.format(taken).split(), env=clean(tmp_path))
    assert ran.returncode == 2
    assert f"port {taken} on 127.0.0.1 is in use. Choose another with" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_http_names_a_port_in_use_too(tmp_path: Path, sandbox: Any, store: str) -> None:
    taken = sandbox.url.rpartition(":")[2]
    ran = run("http", "--port", taken, env=clean(tmp_path, REDIS_URL=store))
    assert ran.returncode == 2
    assert f"port {taken} on 127.0.0.1 is in use" in ran.stderr


def test_output_that_nobody_reads_is_no_traceback(tmp_path: Path) -> None:
    with subprocess.Popen(
        ourselves("tools", "--json"),
        env=clean(tmp_path) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""


# Looking


def test_tools_are_listed(tmp_path: Path) -> None:
    ran = run("tools", env=clean(tmp_path))
    words = [line.split()[:4] for line in ran.stdout.splitlines()]
    assert ["configure_vpn_infrastructure", "vpn", "niosxaas", "configure"] in words
    rows = json.loads(run("tools", "--json", env=clean(tmp_path)).stdout)
    assert {row["queue"] for row in rows} == {str(queue) for queue in Queue}
    assert all(row["input_schema"]["type"] == "object" for row in rows)


def test_doctor_without_anything_says_how_to_begin(tmp_path: Path) -> None:
    ran = run("doctor", env=clean(tmp_path))
    assert ran.returncode == 1
    assert re.search(r"^ok +settings", ran.stdout, re.MULTILINE)
    assert re.search(r"^problem +store .*infoblox-mq up", ran.stdout, re.MULTILINE)
    assert not (tmp_path / "state").exists()


def test_doctor_names_a_wrong_setting(tmp_path: Path) -> None:
    ran = run("doctor", env=clean(tmp_path, INFOBLOX_MQ_THREADS="no"))
    assert ran.returncode == 1
    assert re.search(r"^problem +settings +INFOBLOX_MQ_THREADS", ran.stdout, re.MULTILINE)


def test_doctor_sees_a_store_that_forgets(tmp_path: Path, valkey: Valkey, sandbox: Any) -> None:
    client = valkey.client()
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("appendonly", "no")
    key = {"INFOBLOX_API_KEY": "wrong", "INFOBLOX_BASE_URL": sandbox.url}
    ran = run("doctor", "--api", "--quiet", env=clean(tmp_path, REDIS_URL=valkey.url, **key))
    assert ran.returncode == 1
    problems = [line.split()[:2] for line in ran.stdout.splitlines()]
    assert ["problem", "eviction"] in problems
    assert ["problem", "persistence"] in problems
    assert ["problem", "infoblox"] in problems
    assert ["problem", "API"] in problems
    assert "refuses it (401)" in ran.stdout
    assert "wrong" not in ran.stdout


@pytest.mark.parametrize(
    ("key", "url", "says"),
    [
        ("key", "http://127.0.0.1:1", "does not answer"),
        ("sandbox-key", "", "accepted by"),
    ],
)
def test_doctor_tries_the_api_key(
    key: str, url: str, says: str, tmp_path: Path, store: str, sandbox: Any
) -> None:
    more = {"INFOBLOX_API_KEY": key, "INFOBLOX_BASE_URL": url or sandbox.url}
    ran = run("doctor", "--api", env=clean(tmp_path, REDIS_URL=store, **more))
    (line,) = [line for line in ran.stdout.splitlines() if "API key" in line]
    assert says in line


def test_doctor_sends_nothing_to_infoblox_unless_it_is_asked_to(
    tmp_path: Path, store: str, sandbox: Any
) -> None:
    more = {"INFOBLOX_API_KEY": sandbox.key, "INFOBLOX_BASE_URL": sandbox.url}
    ran = run("doctor", env=clean(tmp_path, REDIS_URL=store, **more))
    assert "`doctor --api` tries it" in ran.stdout
    assert sandbox.journal() == []


def test_doctor_knows_that_an_account_is_enough(tmp_path: Path, valkey_binary: Path) -> None:
    ran = run("doctor", env=clean(tmp_path, INFOBLOX_API_KEY="key", MCP_PORT="0"))
    assert ran.returncode == 0, ran.stdout
    assert re.search(r"^ok +stack .*the first call starts it", ran.stdout, re.MULTILINE)


def test_doctor_tries_the_key_of_each_account(tmp_path: Path, store: str, sandbox: Any) -> None:
    accounts, tokens = tmp_path / "accounts.toml", tmp_path / "tokens.toml"
    accounts.write_text(
        f'[accounts.default]\napi_key = "{sandbox.key}"\n[accounts.east]\napi_key = "canary"\n'
    )
    tokens.write_text("tokens = []")
    files = {
        "INFOBLOX_MQ_ACCOUNTS_FILE": str(accounts),
        "INFOBLOX_MQ_TOKENS_FILE": str(tokens),
        "INFOBLOX_BASE_URL": sandbox.url,
    }
    ran = run("doctor", "--api", env=clean(tmp_path, REDIS_URL=store, **files))
    assert re.search(r"^ok +API key +accepted by", ran.stdout, re.MULTILINE)
    assert re.search(r"^problem +key east +\S+ refuses it \(401\)", ran.stdout, re.MULTILINE)
    assert re.search(r"^problem +tokens +INFOBLOX_MQ_TOKENS_FILE: tokens", ran.stdout, re.MULTILINE)
    assert "canary" not in ran.stdout


@pytest.mark.slow
def test_doctor_knows_our_own_front_end(stack: Stacks) -> None:
    running = stack()
    port = running.front().split(":")[2].partition("/")[0]
    ran = run("doctor", env=running.env | {"MCP_PORT": port})
    assert f"ok      port          127.0.0.1:{port} is used by us" in ran.stdout


def test_doctor_knows_a_foreign_program_on_our_port(
    tmp_path: Path, store: str, sandbox: Any
) -> None:
    taken = sandbox.url.rpartition(":")[2]
    ran = run("doctor", env=clean(tmp_path, REDIS_URL=store, MCP_PORT=taken))
    assert f"problem port          127.0.0.1:{taken} is used by another program" in ran.stdout


# With workers


@pytest.mark.slow
def test_a_container_is_healthy_while_its_worker_lives(stack: Stacks) -> None:
    running = stack("infoblox")
    began = time.monotonic()
    ran = run("doctor", "--queue", "infoblox", "--quiet", env=running.env)
    assert time.monotonic() - began < 3
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    ran = run("doctor", "--queue", "atcfw", "--quiet", env=running.env)
    assert ran.returncode == 1
    assert "start one: infoblox-mq worker atcfw" in ran.stdout
    running.stop("infoblox")
    assert run("doctor", "--queue", "infoblox", "--quiet", env=running.env).returncode == 1


@pytest.mark.slow
def test_a_container_without_a_store_is_not_healthy(tmp_path: Path) -> None:
    for more in ({}, {"REDIS_URL": "redis://127.0.0.1:1/0"}, {"INFOBLOX_MQ_X": "1"}):
        ran = run("doctor", "--queue", "infoblox", "--quiet", env=clean(tmp_path, **more))
        assert ran.returncode == 1
        assert ran.stdout.startswith("problem")


@pytest.mark.slow
def test_one_worker_may_serve_several_queues(stack: Stacks) -> None:
    running = stack("infoblox")
    running.stop("infoblox")
    more = ["atcfw", "insights", "atcfw", "--processes", "2", "--threads", "2"]
    command = ourselves("worker", *more)
    with subprocess.Popen(command, env=running.env, start_new_session=True) as process:
        ledger = running.ledger()
        until(lambda: ledger.workers()[Queue.ATCFW] == 2, seconds=START_SECONDS, what="two workers")
        assert ledger.workers()[Queue.INSIGHTS] == 2
        assert len(members(process.pid)) == 3
        process.terminate()
        assert process.wait(START_SECONDS) == 0
        assert ledger.workers()[Queue.ATCFW] == 0


@pytest.mark.slow
def test_a_call_shows_its_result_and_its_job(stack: Stacks) -> None:
    running = stack("infoblox")
    ran = run("call", "list_ip_spaces", "limit=1", env=running.env)
    assert ran.returncode == 0, ran.stderr
    (space,) = json.loads(ran.stdout)["items"]
    ran = run(
        "call",
        "create_subnet",
        "--json",
        "--args",
        '{"address": "10.214.0.0/24"}',
        f"space={space['id']}",
        env=running.env,
    )
    envelope = json.loads(ran.stdout)
    assert (ran.returncode, envelope["status"]) == (0, "done")
    shown = json.loads(run("jobs", "show", envelope["job_id"], "--json", env=running.env).stdout)
    assert shown["state"] == "done"
    assert [attempt["status"] for attempt in shown["attempts"]] == [200]
    told = run("jobs", "show", envelope["job_id"], env=running.env).stdout
    assert "create_subnet" in told
    assert "200" in told
    listed = run("jobs", "list", "--queue", "infoblox", "--limit", "1", env=running.env).stdout
    assert envelope["job_id"] in listed
    assert "list_ip_spaces" not in listed
    again = run("jobs", "cancel", envelope["job_id"], env=running.env)
    assert again.returncode == 1
    assert "it had ended before" in again.stdout


@pytest.mark.slow
def test_a_refused_call_ends_with_one(stack: Stacks) -> None:
    running = stack("infoblox")
    ran = run("call", "get_subnet", "subnet_id=none", env=running.env)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith("failed: ")
    ran = run("call", "get_subnet", "subnetid=none", env=running.env)
    assert ran.returncode == 1
    assert "subnet_id" in ran.stderr


@pytest.mark.slow
def test_a_detached_call_is_cancelled_and_its_secret_never_shown(
    stack: Stacks, sandbox: Any
) -> None:
    from infoblox_mq.demo_story import payload

    running = stack("niosxaas")
    running.stop("niosxaas")
    wish = json.dumps({"vpn_payload": payload("canary-psk-canary-psk")})
    ran = run("call", "configure_vpn_infrastructure", "--detach", "--args", wish, env=running.env)
    assert ran.returncode == 0, ran.stderr
    job_id = ran.stdout.strip()
    assert re.fullmatch("[0-9a-f]{32}", job_id)
    shown = run("jobs", "show", job_id, env=running.env)
    assert "[redacted]" in shown.stdout
    assert "canary" not in shown.stdout + shown.stderr
    cancelled = run("jobs", "cancel", job_id, "--json", env=running.env)
    assert json.loads(cancelled.stdout) == {"id": job_id, "verdict": "cancelled"}
    assert job_id in run("jobs", "list", "--state", "cancelled", env=running.env).stdout
    assert sandbox.journal(method="POST") == []


@pytest.mark.slow
def test_an_interrupted_call_says_that_its_job_goes_on(stack: Stacks, sandbox: Any) -> None:
    running = stack("infoblox", wait_seconds=0.5)
    sandbox.faults("hang", match={"method": "GET"}, seconds=20)
    with subprocess.Popen(
        ourselves("call", "list_ip_spaces"),
        env=running.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        until(sandbox.journal, seconds=START_SECONDS, what="the request")
        began = time.monotonic()
        # The first answer, `running`, comes after half a second; from then on the id is known.
        until(lambda: time.monotonic() > began + 2)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 130
    assert re.search(r"the job goes on: infoblox-mq jobs show [0-9a-f]{32}", told)


def written_down(running: Stack) -> list[tuple[str, str, str]]:
    """Return who did what to which job, by the audit."""
    deeds = [entry.deed for entry in Audit(running.valkey.client()).newest()]
    return [(deed.who.partition(":")[0], deed.what, deed.which) for deed in deeds]


@pytest.mark.slow
def test_an_expired_job_is_replayed_once_and_watched_to_its_end(
    stack: Stacks, sandbox: Any
) -> None:
    from infoblox_mq.demo_story import payload

    running = stack("niosxaas")
    running.stop("niosxaas")
    wish = json.dumps({"vpn_payload": payload("canary-psk-canary-psk")})
    hasty = running.env | {"INFOBLOX_MQ_WRITE_DEADLINE_SECONDS": "0.01"}
    ran = run("call", "configure_vpn_infrastructure", "--detach", "--args", wish, env=hasty)
    old = ran.stdout.strip()
    assert "has not ended" in run("jobs", "replay", old, env=running.env).stderr
    running.start("niosxaas")
    watched = run("jobs", "watch", old, env=running.env)
    assert watched.returncode == 1
    assert "expired" in watched.stdout.splitlines()[-1]

    first = json.loads(run("jobs", "replay", old, "--json", env=running.env).stdout)
    assert (first["replays"], first["verdict"]) == (old, "new")
    again = run("jobs", "replay", old, env=running.env)
    assert again.stdout.startswith(f"{first['id']} replays {old}; it was replayed before")
    assert written_down(running) == [("shell", "replay", old), ("shell", "replay", old)]
    watched = run("jobs", "watch", first["id"], "--json", env=running.env)
    assert watched.returncode == 0, watched.stderr
    told = [json.loads(line) for line in watched.stdout.splitlines()]
    assert (told[-1]["state"], told[-1]["last_status"]) == ("done", 200)
    seen = [(entry["method"], entry["status"]) for entry in sandbox.journal()]
    assert seen == [("GET", 200), ("POST", 200)]
    assert "canary" not in watched.stdout + again.stdout
    assert "is done and cannot" in run("jobs", "replay", first["id"], env=running.env).stderr


@pytest.mark.slow
def test_all_open_jobs_are_watched_until_interrupted(stack: Stacks) -> None:
    running = stack("infoblox")
    running.stop("infoblox")
    with subprocess.Popen(
        ourselves("jobs", "watch"),
        env=running.env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        ran = run("call", "delete_subnet", "subnet_id=one", "--detach", env=running.env)
        job_id = ran.stdout.strip()
        assert process.stdout
        accepted = process.stdout.readline()
        run("jobs", "cancel", job_id, env=running.env)
        cancelled = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=START_SECONDS)
    assert process.returncode == 130
    assert accepted.endswith(f"{job_id}  delete_subnet  accepted\n")
    assert cancelled.endswith(f"{job_id}  delete_subnet  cancelled\n")


def test_a_job_that_does_not_exist_is_said_so(tmp_path: Path, store: str) -> None:
    env = clean(tmp_path, REDIS_URL=store)
    for action in ("show", "cancel", "watch", "replay"):
        ran = run("jobs", action, "0" * 32, env=env)
        assert ran.returncode == 2
        assert "there is no job" in ran.stderr
    assert run("jobs", "list", env=env).stdout == "There are no jobs.\n"
    listed = json.loads(run("jobs", "list", "--json", env=env).stdout)
    assert listed == {"jobs": [], "next_cursor": None}


# stdio


def asked_over_stdio(env: dict[str, str]) -> tuple[set[str], dict[str, Any]]:
    command, *rest = ourselves("stdio")

    async def ask() -> tuple[set[str], dict[str, Any]]:
        async with Client(StdioServerParameters(command=command, args=rest, env=env)) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            answer = await client.call_tool("list_ip_spaces", {"limit": 1})
            return tools, dict(answer.structured_content or {})

    return asyncio.run(ask())


@pytest.mark.slow
def test_stdio_lists_its_tools_before_there_is_a_stack(tmp_path: Path) -> None:
    tools, envelope = asked_over_stdio(clean(tmp_path))
    assert "configure_vpn_infrastructure" in tools
    assert envelope["status"] == "failed"
    assert envelope["error"]["code"] == "not_configured"
    assert "INFOBLOX_API_KEY" in envelope["error"]["message"]
    assert not (tmp_path / "state").exists()


# up


@pytest.mark.slow
def test_up_needs_nothing_and_is_found_by_the_other_commands(up: Up) -> None:
    assert set(up.pids) == {"store", "sandbox", "front", "ops", *map(str, Queue)}
    for place, expected in (
        (up.home.parent, {up.home.name: 0o700, "homes.key": 0o600}),
        (
            up.home,
            {"valkey": 0o700}
            | dict.fromkeys(("stack.json", "stack.lock", "seal.key", "ops.token"), 0o600),
        ),
    ):
        modes = {name: stat.S_IMODE((place / name).stat().st_mode) for name in os.listdir(place)}
        assert modes == expected
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    doctor = run("doctor", "--api", env=up.env)
    assert doctor.returncode == 0, doctor.stdout
    assert f"process {up.process.pid}" in doctor.stdout
    assert "accepted by http://127.0.0.1" in doctor.stdout
    called = run("call", "list_ip_spaces", "limit=1", env=up.env)
    assert called.returncode == 0, called.stderr
    assert asked_over_stdio(up.env)[1]["status"] == "done"
    second = run("up", "--sandbox", "--port", "0", env=up.env)
    assert second.returncode == 2
    assert f"in use by process {up.process.pid}" in second.stderr


@pytest.mark.slow
def test_up_runs_the_ops_server_too(up: Up) -> None:
    assert ports.answers(f"{up.said['ops_url']}/readyz")


@pytest.mark.slow
def test_up_stops_everything_in_order(up: Up) -> None:
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(START_SECONDS) == 0
    assert up.all_gone()
    assert sorted(os.listdir(up.home)) == ["ops.token", "seal.key", "stack.lock", "valkey"]
    log = (up.place / "log").read_text()
    assert "once more stops at once" in log
    # A second SIGTERM would make a worker drop what it is doing.
    assert "Killing" not in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_up_starts_a_killed_process_again(up: Up) -> None:
    def new(name: str) -> bool:
        return up.said["pids"].get(name) not in (None, up.pids[name])

    for name in ("infoblox", "front", "store"):
        os.kill(up.pids[name], signal.SIGKILL)
        until(partial(new, name), seconds=START_SECONDS, what=f"a new {name}")
    assert up.said["pids"]["atcfw"] == up.pids["atcfw"]
    until(
        lambda: run("doctor", env=up.env).returncode == 0, seconds=START_SECONDS, what="all is well"
    )
    assert "infoblox was killed by signal 9" in (up.place / "log").read_text()
    up.pids |= up.said["pids"]


@pytest.mark.slow
def test_nothing_outlives_a_killed_up(up: Up) -> None:
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    until(up.all_gone, seconds=START_SECONDS, what="the end of all processes")
    assert attach.running(up.home) is None
    ran = run("jobs", "list", env=up.env)
    assert "no stack runs on" in ran.stderr


@pytest.mark.slow
def test_up_says_who_ended_and_why_when_it_cannot_start(
    tmp_path: Path, valkey_binary: Path
) -> None:
    env = clean(tmp_path, INFOBLOX_MQ_TOKENS_FILE=str(tmp_path / "none.toml"))
    ran = run("up", "--sandbox", "--port", "0", env=env)
    assert ran.returncode == 2
    assert re.search("(front|ops) ended with code 2: .*TOKENS_FILE", ran.stderr.splitlines()[-1])
    assert "Traceback" not in ran.stderr
    (home,) = (tmp_path / "state").glob("*/")
    assert sorted(os.listdir(home)) == ["ops.token", "seal.key", "stack.lock", "valkey"]


@pytest.mark.slow
def test_up_refuses_a_store_that_forgets(tmp_path: Path, valkey: Valkey) -> None:
    valkey.client().config_set("maxmemory-policy", "allkeys-lru")
    ran = run("up", "--sandbox", "--port", "0", env=clean(tmp_path, REDIS_URL=valkey.url))
    assert ran.returncode == 2
    assert "drops keys when it is full" in ran.stderr


@pytest.mark.slow
def test_up_takes_a_store_that_is_there(tmp_path: Path, store: str) -> None:
    env = clean(tmp_path, REDIS_URL=store, INFOBLOX_MQ_SWEEP_SECONDS="0.3")
    with subprocess.Popen(
        ourselves("up", "--sandbox", "--port", "0"),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert any("processes" in line and "store" not in line for line in process.stdout)
        process.terminate()
        process.stdout.read()
    assert process.returncode == 0
    assert list((tmp_path / "state").rglob("valkey")) == []


@pytest.mark.slow
def test_only_workers_know_the_api_key(tmp_path: Path, valkey_binary: Path, sandbox: Any) -> None:
    if not Path("/proc/self/environ").exists():
        missing("needs /proc to read the environment of processes")
    key = {"INFOBLOX_API_KEY": sandbox.key, "INFOBLOX_BASE_URL": sandbox.url}
    env = clean(tmp_path, INFOBLOX_MQ_SWEEP_SECONDS="0.3", **key)
    with subprocess.Popen(
        ourselves("up", "--port", "0"),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert any("processes" in line for line in process.stdout)
        (pids,) = attach.stacks(tmp_path / "state").values()
        knowing = {
            name
            for name, pid in pids.pids.items()
            if sandbox.key.encode() in Path(f"/proc/{pid}/environ").read_bytes()
        }
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
        process.stdout.read()
    assert knowing == {str(queue) for queue in Queue}


def test_the_sandbox_serves_with_the_key_it_was_given(tmp_path: Path) -> None:
    with subprocess.Popen(
        ourselves("sandbox", "--port", "0", "--key", "mine", "--objects", "500"),
        env=clean(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        url = line.split()[2]
        until(lambda: ports.answers(f"{url}/_sandbox/health"), what="an answer")
        there = SimpleNamespace(url=url, key="mine")
        records = sum(1 for _ in rows(cast(Sandbox, there), "/api/ddi/v1/dns/record"))
        process.terminate()
    found = re.fullmatch(
        r"listening on (http://127\.0\.0\.1:\d+) \(INFOBLOX_API_KEY: mine\)\n", line
    )
    assert found
    assert process.returncode == 0
    assert records > 100


def test_python_runs_the_package_too(tmp_path: Path) -> None:
    assert run("--version", env=clean(tmp_path)).stdout.startswith("infoblox-mq ")
    assert (ROOT / "infoblox_mq/__main__.py").is_file()
