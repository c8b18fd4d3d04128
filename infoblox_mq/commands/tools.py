"""`infoblox-mq tools`: what the server can do."""

import argparse
import json
from collections.abc import Mapping

from infoblox_mq.screen import console, table
from shared.operations import CATALOG


def tools(args: argparse.Namespace, _env: Mapping[str, str]) -> int:
    """List the tools as a table or as JSON."""
    if args.json:
        told = [
            {
                "name": row.name,
                "title": row.title,
                "queue": row.queue,
                "toolset": row.toolset,
                "kind": row.kind,
                "tokens": row.tokens,
                "description": row.description,
                "input_schema": row.input_schema,
            }
            for row in CATALOG.values()
        ]
        print(json.dumps(told, indent=2))
        return 0
    rows = table("name", "toolset", "queue", "kind", "tokens", "title")
    for row in CATALOG.values():
        rows.add_row(row.name, row.toolset, row.queue, row.kind, str(row.tokens), row.title)
    console().print(rows)
    return 0
