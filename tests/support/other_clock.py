"""Processes that see another time of day, as on a machine whose clock is wrong.

What is faked is the time of day only, for the process and all it starts. Clocks that count from the
start of the machine are left alone: no wrong date moves them, and with a faked one every wait for a
lock with a time limit never ends.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.tools import missing

_LIBRARY = "libfaketimeMT.so.1"
_PLACES = ("/usr/lib", "/usr/local/lib")
# With the counting clocks left alone, libfaketime 0.9.10 refuses to sleep until an instant of one,
# which is how Python sleeps.
_SLEEP = "import select, time; time.sleep = lambda seconds: select.select([], [], [], seconds)[3:]"


def seeing(seconds: int, env: Mapping[str, str], *, place: Path) -> dict[str, str]:
    """Return this environment for a process whose clock is so far ahead, or behind if negative."""
    found = [path for folder in _PLACES for path in Path(folder).glob(f"**/{_LIBRARY}")]
    if not found:
        missing(f"{_LIBRARY} is not there: apt-get install faketime")
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(_SLEEP)
    paths = [str(place), *filter(None, [env.get("PYTHONPATH")])]
    return {
        **env,
        "PYTHONPATH": os.pathsep.join(paths),
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{seconds:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def forget(pids: Iterable[int]) -> None:
    """Remove what the library leaves in shared memory when a process is killed."""
    for pid in pids:
        for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
            Path("/dev/shm", name).unlink(missing_ok=True)  # noqa: S108 - no file of ours
