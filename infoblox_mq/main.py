"""The command `infoblox-mq`: every expected error is one line that says what to do."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from infoblox_mq.parser import read

ERROR = 2
INTERRUPTED = 130
# Importing makes hundreds of thousands of objects, and next to none of them is garbage.
_OBJECTS_BEFORE_COLLECTING = 50_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 for a bad outcome, 2 for an error."""
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)
    # The one place where the environment is read; commands are handed it.
    args = read(argv)
    module, _, function = args.command.partition(":")
    from shared.errors import CallError

    try:
        code: int = getattr(import_module(module), function)(args, os.environ)
        sys.stdout.flush()
    except CallError as error:
        return complain(f"{error.problem.message.rstrip('.')}. {error.problem.advice}")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not write to it again either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    return code


def complain(text: str) -> int:
    """Print an error on one line and return its exit code."""
    print("infoblox-mq:", " ".join(text.split()), file=sys.stderr)
    return ERROR
