"""The pages for people, under /dashboard."""

from dashboard.parts import Ops, Part


def pages(_ops: Ops) -> Part:
    """Return the pages."""
    return Part()
