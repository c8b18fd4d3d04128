"""Figures that a test shows."""

import sys


def tell(**figures: object) -> None:
    """Show figures in the output of the run."""
    sys.stdout.write("; ".join(f"{name} {value}" for name, value in figures.items()) + "\n")
