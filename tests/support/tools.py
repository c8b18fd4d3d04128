"""What a test does when something that it needs is not there."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it in continuous integration: green must not mean 'nothing ran'."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def promtool() -> str:
    """Return Prometheus' own checker."""
    return _program("promtool")


def prometheus() -> str:
    """Return Prometheus itself."""
    return _program("prometheus")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed: apt-get install prometheus")
    return found
