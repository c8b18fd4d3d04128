"""The demo is the promise in small: it must pass with no setting at all."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from infoblox_mq.processes import PREFIXES, environment, ourselves


@pytest.mark.slow
def test_the_demo_sees_all_that_it_promises(valkey_binary: Path, tmp_path: Path) -> None:
    env = environment(os.environ, without=PREFIXES) | {
        # None of this may matter: the demo shares nothing with the user's set-up.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "INFOBLOX_API_KEY": "canary-of-a-real-key",
        "INFOBLOX_MQ_DATA_DIR": str(tmp_path / "state"),
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    ran = subprocess.run(
        ourselves("demo", "--keep-logs"),
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        start_new_session=True,
    )
    told = ran.stdout
    assert ran.returncode == 0, told + ran.stderr
    assert "All of it was seen." in told
    for fact in (
        "3 IP spaces",
        "0 such subnets before, 1 in the very next list",
        "50 of 50 answered, all alike",
        "API requests for all of them: 1",
        "the job ended done",
        "requests that were applied: 1",
        "services called demo-vpn: 1",
        "the pre-shared key is in no file of the store",
    ):
        assert f"✓ {fact}" in told
    assert len(re.findall(r"kill -9 \d+ \d+", told)) == 2
    assert re.search(r"progress: attempt 1 of 12 answered 409; next try in", told)
    assert "canary" not in told
    assert "Traceback" not in told
    assert not (tmp_path / "state").exists()
