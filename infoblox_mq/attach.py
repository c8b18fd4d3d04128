"""A running `up` says in its data directory where it is; other commands find it there."""

import json
import os
import tempfile
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import SecretStr
from redis.connection import parse_url

from infoblox_mq.embedded import redis_url, socket_path
from infoblox_mq.locks import held
from shared.errors import NotConfigured
from shared.sealing import new_key
from shared.settings import PREFIX, Settings
from shared.stores import database_of

SEAL_KEY = f"{PREFIX}SEAL_KEY"
ACCOUNTS_FILE = f"{PREFIX}ACCOUNTS_FILE"
NO_STACK = "Start one with `infoblox-mq up`, or set REDIS_URL to a store that is shared."


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where the sandbox of a stack is, and the key it takes."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Stack:
    """What a running stack says of itself."""

    version: str
    pid: int
    redis_url: str
    mcp_url: str
    sandbox: Sandbox | None = None
    pids: Mapping[str, int] = field(default_factory=dict)
    ops_url: str = ""

    def write(self, directory: Path) -> None:
        """Say it, all at once: a reader never sees half of it."""
        _write(stack_file(directory), json.dumps(asdict(self), indent=2) + "\n")


def stack_file(directory: Path) -> Path:
    """Return the file in which a stack describes itself."""
    return directory / "stack.json"


def stack_lock(directory: Path) -> Path:
    """Return the file that a running stack keeps locked."""
    return directory / "stack.lock"


def seal_key_file(directory: Path) -> Path:
    """Return the file of the embedded stack's seal key."""
    return directory / "seal.key"


def store_directory(directory: Path) -> Path:
    """Return where the embedded store keeps its data."""
    return directory / "valkey"


def place(settings: Settings) -> Path:
    """Return where the data directory is, or would be."""
    return settings.data_dir.expanduser().resolve()


def data_dir(settings: Settings) -> Path:
    """Return the data directory, made for us alone when it is missing."""
    directory = place(settings)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotConfigured(
            f"{directory} cannot be made: {error.strerror}",
            advice="Set INFOBLOX_MQ_DATA_DIR to a directory you may write to.",
        ) from None
    return directory


def running(directory: Path) -> Stack | None:
    """Return the stack that runs on this data directory, or None."""
    # The file may outlive a killed stack; the lock does not.
    if not held(stack_lock(directory)):
        return None
    try:
        found = json.loads(stack_file(directory).read_text(encoding="utf-8"))
        sandbox = found.pop("sandbox")
        return Stack(**found, sandbox=Sandbox(**sandbox) if sandbox else None)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def seal_key(directory: Path) -> SecretStr:
    """Return the seal key of the embedded stack; the first who asks makes it."""
    path = seal_key_file(directory)
    if not path.exists():
        _write(path, new_key() + "\n", replace=False)
    return SecretStr(path.read_text(encoding="utf-8").strip())


def checked(settings: Settings) -> Settings:
    """Return the settings; raise NotConfigured for a REDIS_URL that cannot be one."""
    if settings.redis_url is not None:
        database_of(settings.redis_url)
        try:
            parse_url(settings.redis_url)  # type: ignore[no-untyped-call]  # redis leaves it so
        except ValueError as error:
            raise NotConfigured(f"REDIS_URL: {error}") from None
    return settings


def attached(settings: Settings) -> Settings:
    """Return the settings with the store of the running stack; raise when there is none."""
    if checked(settings).redis_url is not None:
        return settings
    directory = place(settings)
    stack = running(directory)
    if stack is None:
        raise NotConfigured(
            f"REDIS_URL is not set and no stack runs on {directory}", advice=NO_STACK
        )
    return with_stack(settings, stack.redis_url, sandbox=stack.sandbox)


def expectant(settings: Settings) -> Settings:
    """Return the same, or the place where a stack's store would be when none runs yet."""
    if checked(settings).redis_url is not None:
        return settings
    directory = place(settings)
    stack = running(directory)
    url = stack.redis_url if stack else redis_url(socket_path(store_directory(directory)))
    return with_stack(settings, url)


def with_stack(settings: Settings, url: str, *, sandbox: Sandbox | None = None) -> Settings:
    """Return the settings of a process that belongs to the stack on this store."""
    changes: dict[str, object] = {"redis_url": url}
    if settings.seal_key is None:
        changes["seal_key"] = seal_key(data_dir(settings))
    if sandbox is not None:
        changes |= {
            "infoblox_base_url": sandbox.url,
            "infoblox_api_key": SecretStr(sandbox.key),
            "accounts_file": None,
        }
    return settings.model_copy(update=changes)


def export(settings: Settings, env: MutableMapping[str, str]) -> None:
    """Hand what was found to processes that read the environment themselves."""
    env["REDIS_URL"] = settings.redis_url or ""
    env["INFOBLOX_BASE_URL"] = settings.infoblox_base_url
    if settings.accounts_file is None:
        # A stack with the sandbox takes no other account along.
        env.pop(ACCOUNTS_FILE, None)
    for name, value in (
        ("INFOBLOX_API_KEY", settings.infoblox_api_key),
        (SEAL_KEY, settings.seal_key),
    ):
        if value is not None:
            env[name] = value.get_secret_value()


def _write(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only we can read, in one step."""
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
