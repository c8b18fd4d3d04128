"""Files that say who is who, in TOML: read strictly, and refused where others can change them."""

import stat
import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from shared.errors import NotConfigured

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{1,64}$")]
Model = TypeVar("Model", bound=BaseModel)


def read_table(path: Path, model: type[Model], *, variable: str) -> Model:
    """Return the file's contents; raise NotConfigured with everything that is wrong with it."""
    path = path.expanduser()
    try:
        _refuse_if_others_write(path, variable)
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise NotConfigured(f"{variable}: {error.strerror}: {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotConfigured(f"{variable}: {path} is not TOML: {error}") from None
    except ValidationError as error:
        problems = [
            f"{variable}: {'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise NotConfigured("; ".join(problems)) from None


def refuse_if_others_read(path: Path, *, variable: str) -> None:
    """Raise NotConfigured for a file with secrets that every user of this machine can read.

    A directory on the way that is closed to others protects it as well.
    """
    path = path.expanduser().resolve()
    open_way = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    if open_way and path.stat().st_mode & stat.S_IROTH:
        raise NotConfigured(
            f"{variable}: every user of this machine can read {path}, which holds a secret",
            advice=f"Close it: chmod 600 {path}",
        )


def _refuse_if_others_write(path: Path, variable: str) -> None:
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotConfigured(
            f"{variable}: users other than its owner can change {path}",
            advice=f"Close it: chmod go-w {path}",
        )
