"""A running stack says in its home where it is; other commands find it there."""

import json
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_urlsafe

from pydantic import SecretStr
from redis.connection import parse_url

from infoblox_mq import files, homes
from infoblox_mq.locks import Uses, owner
from shared.errors import NotConfigured
from shared.sealing import new_key
from shared.settings import PREFIX, Settings
from shared.stores import database_of

SEAL_KEY = f"{PREFIX}SEAL_KEY"
OPS_TOKEN_FILE = f"{PREFIX}OPS_TOKEN_FILE"
ACCOUNTS_FILE = f"{PREFIX}ACCOUNTS_FILE"
NO_STACK = "Start one with `infoblox-mq up`, or set REDIS_URL to a store that is shared."
OTHERS = "`infoblox-mq stack status` lists those that run; each belongs to one INFOBLOX_API_KEY."


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where the sandbox of a stack is, and the key it takes."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Stack:
    """What a running stack says of itself.

    A stack in the background has no front end of its own, so no `mcp_url`: its hosts bring theirs.
    """

    version: str
    pid: int
    redis_url: str
    mcp_url: str
    base_url: str = ""
    sandbox: Sandbox | None = None
    background: bool = False
    ready: bool = True
    pids: Mapping[str, int] = field(default_factory=dict)
    ops_url: str = ""

    def write(self, directory: Path) -> None:
        """Say it, all at once: a reader never sees half of it."""
        files.write(stack_file(directory), json.dumps(asdict(self), indent=2) + "\n")


def stack_file(directory: Path) -> Path:
    """Return the file in which a stack describes itself."""
    return directory / "stack.json"


def stack_lock(directory: Path) -> Path:
    """Return the file that a running stack keeps locked."""
    return directory / "stack.lock"


def uses_file(directory: Path) -> Path:
    """Return the file whose lock says that a stack is in use, and whose time says when it was."""
    return directory / "uses.lock"


def log_file(directory: Path) -> Path:
    """Return the log of a stack in the background."""
    return directory / "stack.log"


def seal_key_file(directory: Path) -> Path:
    """Return the file of the embedded stack's seal key."""
    return directory / "seal.key"


def ops_token_file(directory: Path) -> Path:
    """Return the file of the token with which scripts act on the ops server; made when missing."""
    path = directory / "ops.token"
    files.kept(path, token_urlsafe(32))
    return path


def store_directory(directory: Path) -> Path:
    """Return where the embedded store keeps its data."""
    return directory / "valkey"


def running(directory: Path) -> Stack | None:
    """Return the stack that runs on this data directory, or None."""
    try:
        found = json.loads(stack_file(directory).read_text(encoding="utf-8"))
        sandbox = found.pop("sandbox")
        said = Stack(**found, sandbox=Sandbox(**sandbox) if sandbox else None)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    # The file may outlive a killed stack, even while the next one starts; its lock does not.
    return said if owner(stack_lock(directory)) == said.pid else None


def stacks(root: Path) -> dict[Path, Stack]:
    """Return every stack that runs in a data directory, by its home."""
    found = ((path.parent, running(path.parent)) for path in sorted(root.glob("*/stack.json")))
    return {home: stack for home, stack in found if stack}


def find(settings: Settings) -> tuple[Path, Stack]:
    """Return the stack that settings mean: their account's, or without one the only that runs.

    Raises NotConfigured when there is none, and when it is not clear which.
    """
    root = homes.root(settings)
    found = stacks(root)
    if homes.names_account(settings):
        home = homes.home(settings)
        if home is None or home not in found:
            raise NotConfigured(
                f"REDIS_URL is not set and no stack runs on {root} for this account",
                advice=f"{NO_STACK} {OTHERS}" if found else NO_STACK,
            )
        return home, found[home]
    if not found:
        raise NotConfigured(f"REDIS_URL is not set and no stack runs on {root}", advice=NO_STACK)
    if len(found) > 1:
        raise NotConfigured(
            f"{len(found)} stacks run on {root}",
            advice=f"Set INFOBLOX_API_KEY to that of the one you mean. {OTHERS}",
        )
    return next(iter(found.items()))


def seal_key(directory: Path) -> SecretStr:
    """Return the seal key of the embedded stack; the first who asks makes it."""
    return SecretStr(files.kept(seal_key_file(directory), new_key()))


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
    home, stack = find(settings)
    return with_stack(settings, stack.redis_url, home=home, sandbox=stack.sandbox)


@contextmanager
def using(settings: Settings) -> Iterator[Settings]:
    """Yield the same; a stack in the background stays meanwhile."""
    if checked(settings).redis_url is not None:
        yield settings
        return
    home, _ = find(settings)
    with Uses(uses_file(home)):
        yield attached(settings)


def with_stack(
    settings: Settings, url: str, *, home: Path, sandbox: Sandbox | None = None
) -> Settings:
    """Return the settings of a process that belongs to the stack on this store."""
    changes: dict[str, object] = {"redis_url": url}
    if settings.seal_key is None:
        changes["seal_key"] = seal_key(home)
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
