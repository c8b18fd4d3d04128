"""A running stack with the sandbox, as a user starts it, for measurements."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from infoblox_mq import __version__
from shared.ledger import Ledger, Terms
from shared.settings import PREFIX, Settings
from shared.stores import connect

_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where things are, and how long they took to answer."""

    mcp_url: str
    api_url: str
    api_key: str
    redis_url: str
    start_seconds: float
    pids: Mapping[str, int]


@contextmanager
def stage(**settings: object) -> Iterator[Stage]:
    """Start `infoblox-mq up --sandbox` in a directory of its own and stop it afterwards.

    Settings of ours may be given: `stage(threads=32)`.
    """
    with tempfile.TemporaryDirectory() as directory:
        env = {
            **os.environ,
            "INFOBLOX_MQ_DATA_DIR": directory,
            # The rate would be all that is measured.
            "INFOBLOX_MQ_RATE_PER_SECOND": "0",
            "MCP_PORT": "0",
            **{f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()},
        }
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "infoblox_mq", "up", "--sandbox"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            home = Path(directory) / f"{__version__}-sandbox"
            yield _described(home / "stack.json", process, started)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _described(path: Path, process: "subprocess.Popen[bytes]", started: float) -> Stage:
    while not path.exists():
        if process.poll() is not None or time.perf_counter() - started > _START_SECONDS:
            raise SystemExit("the stack did not start; try `infoblox-mq up --sandbox`")
        time.sleep(0.02)
    said = json.loads(path.read_text())
    client = connect(said["redis_url"], patient=True)
    ledger = Ledger(client, Terms.from_settings(Settings.from_env({})))
    while not _answers(said["mcp_url"]) or not all(ledger.workers().values()):
        time.sleep(0.02)
    client.close()
    return Stage(
        mcp_url=said["mcp_url"],
        api_url=said["sandbox"]["url"],
        api_key=said["sandbox"]["key"],
        redis_url=said["redis_url"],
        start_seconds=time.perf_counter() - started,
        pids=said["pids"],
    )


def _answers(mcp_url: str) -> bool:
    try:
        return requests.get(mcp_url.removesuffix("/mcp") + "/readyz", timeout=2).ok
    except requests.ConnectionError:
        return False
