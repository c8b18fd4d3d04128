"""`infoblox-mq cache`: what is kept of an account's answers, and forgetting it."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict

from infoblox_mq.screen import console, table
from infoblox_mq.store import note, store
from shared.caches import CACHES
from shared.errors import InvalidArguments
from shared.ledger import Shelves


def show(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Show what each cache holds and how often it could answer."""
    with store(env) as (client, ledger):
        kept = Shelves(client).show(ledger.account(args.account))
    if args.json:
        print(json.dumps({name: asdict(shelf) for name, shelf in kept.items()}, indent=2))
        return 0
    rows = table("cache", "answers", "bytes", "hits", "misses")
    for name, shelf in kept.items():
        rows.add_row(name, *map(str, (shelf.entries, shelf.bytes, shelf.hits, shelf.misses)))
    console().print(rows)
    return 0


def drop(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Forget one cache, or all; reads under way do not fill them any more."""
    if args.cache is not None and args.cache not in CACHES:
        raise InvalidArguments(
            f"there is no cache {args.cache}", advice=f"One of: {', '.join(CACHES)}."
        )
    with store(env) as (client, ledger):
        tag = ledger.account(args.account)
        dropped = Shelves(client).drop(tag, [args.cache] if args.cache else CACHES)
        which = f"{args.cache or 'all caches'} of {args.account}"
        note(client, "drop_cache", which, result=f"dropped {dropped}")
    print(f"forgot {dropped} answer{'' if dropped == 1 else 's'}")
    return 0
