"""The script that makes the Grafana dashboard, which is no part of the package."""

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "deploy/grafana/build.py"


def script() -> ModuleType:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("grafana_build", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def panel_expressions() -> Iterable[str]:
    """Return every expression of every panel."""
    found: Iterable[str] = script().expressions()
    return found
