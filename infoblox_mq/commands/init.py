"""`infoblox-mq init`: the files that docker compose and other shared set-ups need."""

import argparse
import hashlib
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe

from shared.errors import NotConfigured
from shared.sealing import new_key
from shared.settings import PREFIX, Settings

TOKENS, SEAL, FRONT, API = "tokens.toml", "seal.key", "front.env", "api.key"
PORTS = (4005, 9090)
_TOKEN_BYTES = 32
# The settings refuse a key with spaces, so that this is never sent.
PLACEHOLDER = "Replace this line with the API key of your Infoblox account"


def init(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Write token, seal key, allow-lists and API key; print the token, once."""
    settings = Settings.from_env(env)
    directory = Path(args.dir)
    there = [name for name in (TOKENS, SEAL, FRONT, API) if (directory / name).exists()]
    if there and not args.force:
        raise NotConfigured(
            f"{directory} already holds {', '.join(there)}",
            advice="Keep them, or replace them with --force: tokens given out and jobs with "
            "secrets under way are lost then.",
        )
    token, ops = token_urlsafe(_TOKEN_BYTES), token_urlsafe(_TOKEN_BYTES)
    key = settings.infoblox_api_key
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    for name, text in (
        (TOKENS, tokens(token, ops)),
        (SEAL, new_key()),
        (FRONT, front()),
        (API, key.get_secret_value() if key else PLACEHOLDER),
    ):
        _write(directory / name, text)
    print(f"Wrote {directory}: {TOKENS}, {SEAL}, {FRONT}, {API}")
    if key is None:
        print(f"Put the API key of your Infoblox account into {directory / API}")
    print("Bearer tokens, shown only now. For an MCP host, then for the ops server:")
    print(token)
    print(ops)
    return 0


def tokens(token: str, ops: str) -> str:
    """Return the file of tokens: only hashes, so that reading the file lets nobody in."""
    return (
        "# Who may call. `scopes` are some of read, write, vpn, ops; `account` is `default`, or a\n"
        "# name in the accounts file of the workers (INFOBLOX_MQ_ACCOUNTS_FILE).\n"
        "[[tokens]]\n"
        f'sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"\n'
        'client = "host"\n'
        'account = "default"\n'
        'scopes = ["read", "write", "vpn"]\n'
        "\n"
        "[[tokens]]\n"
        f'sha256 = "{hashlib.sha256(ops.encode()).hexdigest()}"\n'
        'client = "ops"\n'
        'account = "default"\n'
        'scopes = ["ops"]'
    )


def front() -> str:
    """Return the allow-lists of front end and ops server: this machine, by either name.

    Prometheus, in a container of its own, calls the ops server by its service's name.
    """
    names = ("127.0.0.1", "localhost")
    hosts = [*(f"{name}:{port}" for port in PORTS for name in names), *names, "ops:9090"]
    origins = [f"http://{host}" for host in hosts]
    return f"{PREFIX}ALLOWED_HOSTS={','.join(hosts)}\n{PREFIX}ALLOWED_ORIGINS={','.join(origins)}"


def _write(path: Path, text: str) -> None:
    """Write a file that any user may read: the directory lets only its owner in."""
    # A container runs under a user id of its own and has to read its secrets.
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o644)
