"""Files of ours alone, written in one step: a reader never sees half of one."""

import os
import tempfile
from pathlib import Path


def write(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only we can read; without `replace` the first who writes it wins."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        if replace:
            os.replace(name, path)
        elif not path.exists():
            # A link is refused when somebody else was faster; then theirs counts.
            os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink(missing_ok=True)


def kept(path: Path, text: str) -> str:
    """Return what a file holds, which is `text` when nobody has written it yet."""
    if not path.exists():
        write(path, text + "\n", replace=False)
    return path.read_text(encoding="utf-8").strip()
