"""A queue-backed MCP server for Infoblox: the command line, and the way to the other folders."""

import re
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent


def _root() -> Path:
    """Return where the other folders lie: in a wheel a private place, else the checkout."""
    private = HERE / "_app"
    return private if private.is_dir() else HERE.parent


def _version() -> str:
    """Return the version; a checkout asks its own file, which is never stale."""
    project = ROOT / "pyproject.toml"
    if project.is_file():
        found = re.search(r'^version = "(.+)"$', project.read_text(encoding="utf-8"), re.MULTILINE)
        return found.group(1) if found else "unknown"
    try:
        return metadata.version("infoblox-mq")
    except metadata.PackageNotFoundError:
        return "unknown"


ROOT = _root()
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

__version__ = _version()
