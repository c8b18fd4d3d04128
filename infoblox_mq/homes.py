"""Where stacks live: a directory for each account and version, in the data directory of the user.

So two accounts never share a store, and an upgrade never meets the records of another release. The
name of a directory says nothing about a key: it is an HMAC under a secret that stays beside it.
"""

import hashlib
import hmac
import os
from pathlib import Path

from infoblox_mq import __version__
from infoblox_mq.files import kept
from shared.errors import NotConfigured
from shared.sealing import new_key
from shared.settings import Settings

SANDBOX = "sandbox"
_KEY = "homes.key"
_DIGITS = 12


def root(settings: Settings) -> Path:
    """Return the data directory, which may not be there yet."""
    return settings.data_dir.expanduser().resolve()


def names_account(settings: Settings) -> bool:
    """Tell whether the settings say whose account to work for."""
    return settings.infoblox_api_key is not None or settings.accounts_file is not None


def home(settings: Settings, *, sandbox: bool = False) -> Path | None:
    """Return where the stack of these settings lives, once it was made; None: nowhere yet.

    Without an account and without the sandbox the settings name no stack at all.
    """
    if sandbox:
        return root(settings) / f"{__version__}-{SANDBOX}"
    secret = root(settings) / _KEY
    if not names_account(settings) or not secret.exists():
        return None
    mark = hmac.new(secret.read_bytes(), _identity(settings), hashlib.sha256).hexdigest()
    return root(settings) / f"{__version__}-{mark[:_DIGITS]}"


def made(settings: Settings, *, sandbox: bool = False) -> Path:
    """Return the same, made for us alone when it is missing; the settings have to name a stack."""
    directory(root(settings))
    kept(root(settings) / _KEY, new_key())
    found = home(settings, sandbox=sandbox)
    if found is None:
        raise NotConfigured(
            "INFOBLOX_API_KEY is not set",
            advice="Set it where this program is started, or take `--sandbox`, which needs none.",
        )
    return directory(found)


def directory(path: Path) -> Path:
    """Return a directory, made for us alone when it is missing."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotConfigured(
            f"{path} cannot be made: {error.strerror}",
            advice="Set INFOBLOX_MQ_DATA_DIR to a directory you may write to.",
        ) from None
    if path.stat().st_uid != os.getuid():
        raise NotConfigured(
            f"{path} belongs to another user",
            advice="Set INFOBLOX_MQ_DATA_DIR to a directory of yours.",
        )
    return path


def _identity(settings: Settings) -> bytes:
    """Return what tells one stack from another: address, credentials, and the key that seals."""
    secrets = (settings.infoblox_api_key, settings.seal_key)
    words = [settings.infoblox_base_url]
    words += [secret.get_secret_value() if secret else "" for secret in secrets]
    return "\0".join(words).encode() + b"\0" + _accounts(settings.accounts_file)


def _accounts(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        return path.expanduser().read_bytes()
    except OSError:
        # Whoever reads it to work with it says what is wrong.
        return bytes(path)
