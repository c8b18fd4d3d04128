"""`infoblox-mq config show`: what the environment comes to."""

import argparse
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr
from rich.table import Table

from infoblox_mq.commands.up import shown_url
from infoblox_mq.screen import console, table
from shared.settings import SECRETS, Settings, variables


def show(_args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Show every variable; secrets only as set or not set."""
    settings = Settings.from_env(env)
    rows = table("variable", "value", "from")
    for variable, field in variables().items():
        value = getattr(settings, field)
        rows.add_row(variable, shown(variable, value), source(variable, env))
    console().print(rows)
    for listed in (accounts_table(settings), tokens_table(settings)):
        if listed is not None:
            console().print(listed)
    return 0


def accounts_table(settings: Settings) -> Table | None:
    """Return the accounts of the file, without their keys."""
    if settings.accounts_file is None:
        return None
    from workers.accounts import read_accounts

    rows = table("account", "address", "key", "rate", "burst")
    for account in read_accounts(settings):
        rates = (account.rate_per_second, account.rate_burst)
        told = ("as set above" if rate is None else str(rate) for rate in rates)
        rows.add_row(account.name, account.base_url, "[set]", *told)
    return rows


def tokens_table(settings: Settings) -> Table | None:
    """Return whom the tokens of the file let in; neither they nor their hashes are shown."""
    if settings.tokens_file is None:
        return None
    from mcp_front.auth import read_tokens

    rows = table("client", "account", "scopes")
    for token in read_tokens(settings.tokens_file):
        rows.add_row(token.client, token.account, ",".join(sorted(token.scopes)))
    return rows


def shown(variable: str, value: Any) -> str:
    """Return a value as people may see it."""
    if variable in SECRETS or isinstance(value, SecretStr):
        return "[not set]" if value is None else "[set]"
    if value is None:
        return "[not set]"
    if variable == "REDIS_URL":
        return shown_url(value)
    if isinstance(value, tuple):
        return ",".join(
            part if isinstance(part, str) else "=".join(map(str, part)) for part in value
        )
    return str(value)


def source(variable: str, env: Mapping[str, str]) -> str:
    """Return where a value comes from."""
    if env.get(variable):
        return "environment"
    return "file" if env.get(f"{variable}_FILE") and variable in SECRETS else "default"
