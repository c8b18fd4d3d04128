"""`infoblox-mq bulk`: one tool for every line of a CSV file, as one job."""

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infoblox_mq.commands import calls
from shared.errors import InvalidArguments
from shared.operations.bulk import MOST_CALLS, NAME

Json = dict[str, Any]
_COLUMN = re.compile(r"\{([^{}]+)\}")
_HINT = "Write it as in: name={name} ip_address={ip} zone=dns/auth_zone/..."


def bulk(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Call a tool for each line; the exit code is 1 unless every call ended well."""
    rows = read_rows(args.csv)
    made = [{"tool": args.tool, "arguments": filled(args.arguments, row)} for row in rows]
    wish: Json = {"calls": made, "stop_on_error": args.stop_on_error, "dry_run": args.dry_run}
    if args.key:
        wish["idempotency_key"] = args.key
    envelope = calls.made(NAME, wish, env, detach=args.detach)
    if envelope is None:
        return calls.INTERRUPTED
    code = calls.shown(envelope, as_json=args.json, detached=args.detach)
    result = envelope.get("result", {})
    return code or int(any(result.get(word) for word in ("failed", "unknown", "not_sent")))


def read_rows(path: str) -> list[dict[str, str]]:
    """Return the lines of a CSV file by the names in its first line; `-` is standard input."""
    try:
        if path == "-":
            return _rows(sys.stdin)
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return _rows(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidArguments(f"--csv {path}: {error}", advice="Nothing was sent.") from None


def filled(template: Iterable[str], row: Mapping[str, str]) -> Json:
    """Return a call's arguments: `name={column}` takes a cell, and an empty cell gives none.

    Without a template each column is the argument of its name. What has no column in braces is
    JSON, else text, as in `infoblox-mq call`; cells are texts, which each tool reads as it needs.
    """
    pairs = [pair.partition("=") for pair in template]
    if not pairs:
        return {name: cell for name, cell in row.items() if cell != ""}
    found: Json = {}
    for name, equals, text in pairs:
        if not name or not equals:
            raise InvalidArguments(f"{name!r} is not NAME=VALUE", advice=_HINT)
        missing = [column for column in _COLUMN.findall(text) if column not in row]
        if missing:
            columns = ", ".join(row)
            raise InvalidArguments(
                f"{{{missing[0]}}}: no such column; it has {columns}", advice=_HINT
            )
        if not _COLUMN.search(text):
            found |= calls.parsed([f"{name}={text}"], None)
        elif value := _COLUMN.sub(lambda column: row[column[1]], text):
            found[name] = value
    return found


def _rows(lines: Iterable[str]) -> list[dict[str, str]]:
    reader = csv.DictReader(lines, strict=True)
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise InvalidArguments(
                f"line {reader.line_num}: has not as many cells as the first line has names",
                advice="Correct the file. Nothing was sent.",
            )
        rows.append({name: cell.strip() for name, cell in row.items()})
    if not 0 < len(rows) <= MOST_CALLS:
        raise InvalidArguments(
            f"the file has {len(rows)} lines below its first one; a bulk has 1 to {MOST_CALLS}",
            advice="Split it. Nothing was sent.",
        )
    return rows
