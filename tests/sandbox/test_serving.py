"""The process: its port, its address, its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
import requests

from sandbox import serve
from sandbox.clock import SystemClock
from sandbox.journal import Journal, holds_credential


@pytest.mark.parametrize("host", ["192.0.2.1", "::"])
def test_an_address_of_the_network_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        serve(host=host, port=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_cleanly_while_a_request_hangs(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--key", "k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        wish = {"kind": "hang", "times": None}
        requests.post(f"{url}/_sandbox/faults", json=wish, timeout=5)

        def wait() -> None:
            with suppress(requests.RequestException):
                headers = {"Authorization": "Token k"}
                requests.get(f"{url}/api/v1/insights", headers=headers, timeout=10)

        thread = threading.Thread(target=wait)
        thread.start()
        while not requests.get(f"{url}/_sandbox/counts", timeout=5).json()["requests"]:
            pass
        sent = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == 0
        # The request would hang for ten seconds.
        assert time.monotonic() - sent < 4
        thread.join(5)


def test_the_journal_drops_its_oldest_entries() -> None:
    journal = Journal(SystemClock(), kept=2)
    for number in range(5):
        journal.open("GET", "/x", path=f"/{number}", query="", body=b"")
    found = journal.since(0)
    assert [entry["seq"] for entry in found["entries"]] == [4, 5]
    assert (found["last"], found["dropped"]) == (5, 3)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":[{"value":"s"}]}', True),
        (b'{"value":""}', False),
        (b'{"psk":', True),
        (b"{}", False),
    ],
)
def test_a_credential_in_a_body_is_noticed(body: bytes, expected: bool) -> None:
    assert holds_credential(body) is expected
