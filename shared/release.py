"""Which release of the product this is."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


@cache
def version() -> str:
    """Return the version of the installed package; a bare checkout has none."""
    try:
        return installed("infoblox-mq")
    except PackageNotFoundError:
        return "0+unknown"
