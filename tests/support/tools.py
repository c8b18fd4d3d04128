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
    return program("promtool", package="prometheus")


def prometheus() -> str:
    """Return Prometheus itself."""
    return program("prometheus", package="prometheus")


def program(name: str, *, package: str) -> str:
    """Return the path of a program that a Debian package brings."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        missing(f"{name} is not installed: apt-get install {package}")
    return found
