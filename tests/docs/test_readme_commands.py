"""What the README says to type does what it says."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infoblox_mq.processes import PREFIXES, environment, ourselves
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
BLOCKS = "\n".join(
    re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
)
TYPED = re.findall(r"^(?:\.venv/bin/)?infoblox-mq (.+)$", BLOCKS, flags=re.MULTILINE)
# These serve until they are stopped.
SERVING = ("worker",)


@pytest.fixture(scope="module")
def env(valkey_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user who has typed `make up ARGS=--sandbox`."""
    place = tmp_path_factory.mktemp("readme")
    env = environment(os.environ, without=PREFIXES) | {
        "INFOBLOX_MQ_DATA_DIR": str(place),
        "MCP_PORT": "0",
        "METRICS_PORT": "0",
    }
    log = (place / "up.log").open("w+")
    up = subprocess.Popen(ourselves("up", "--sandbox"), env=env, stdout=log, stderr=log)
    try:
        until(lambda: "mcp" in (place / "up.log").read_text(), seconds=60, what="the stack")
        yield env
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)
        log.close()


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^make (\w+)", BLOCKS, flags=re.MULTILINE))
    known = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"demo", "test", "up"} <= targets <= known


@pytest.mark.slow
@pytest.mark.parametrize("line", [one for one in TYPED if not one.startswith(SERVING)])
def test_a_command_of_the_readme_works(env: dict[str, str], line: str) -> None:
    ran = subprocess.run(
        ourselves(*shlex.split(line)),
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.strip()
