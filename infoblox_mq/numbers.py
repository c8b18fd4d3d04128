"""Numbers on the command line."""

import argparse


def port(text: str) -> int:
    """Return a port; 0 is one too."""
    number = int(text)
    if not 0 <= number <= 65_535:  # noqa: PLR2004 - the highest port there is
        raise argparse.ArgumentTypeError("is not a port")
    return number


def count(text: str) -> int:
    """Return a number of things."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def positive(text: str) -> int:
    """Return a number of things, at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
