"""What is printed for people."""

import sys

from rich.console import Console
from rich.table import Table

# Nothing is cut or folded for a file or a pipe.
_PIPE_WIDTH = 240


def console(*, errors: bool = False) -> Console:
    """Return a console on standard output, or on standard error."""
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=errors, highlight=False, markup=False, soft_wrap=True, width=width)


def table(*columns: str) -> Table:
    """Return a plain table whose first column is never cut."""
    found = Table(box=None, header_style="bold", show_header=bool(columns), pad_edge=False)
    for number, column in enumerate(columns):
        found.add_column(column, no_wrap=number == 0)
    return found
