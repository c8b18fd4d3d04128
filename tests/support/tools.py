"""What a test does when something that it needs is not there."""

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it in continuous integration: green must not mean 'nothing ran'."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
