"""What is special about DHCP options, and the filters that look at them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.account import Account, last
from sandbox.errors import conflict, invalid
from sandbox.schema import Row

OPTION_SPACE = "dhcp/option_space"
OPTION_CODE = "dhcp/option_code"
OPTION_GROUP = "dhcp/option_group"
OPTION_FILTER = "dhcp/option_filter"
HARDWARE_FILTER = "dhcp/hardware_filter"
MAC_ITEM = "dhcp/mac_address_item"
CUSTOMER = "customer"
LARGEST_CODE = {"ip4": 254, "ip6": 65535}
_MAC = re.compile(r"(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}")
_HEX = re.compile(r"(?i)([0-9a-f]{2}[:-]?)+")


def prepare_code(account: Account, row: Row, before: Row | None) -> Row:
    """Check the number of an option against its space."""
    space = account[OPTION_SPACE].get(last(row["option_space"]))
    most = LARGEST_CODE[space["protocol"]]
    if not 1 <= row["code"] <= most:
        raise invalid(f"invalid value for field 'code': 1 to {most} are expected")
    _refuse_number(account, row, own=before["id"] if before else None)
    return {"array": False, "comment": "", "source": CUSTOMER, **row}


def _refuse_number(account: Account, row: Row, *, own: str | None) -> None:
    for other in account[OPTION_CODE].having("option_space", row["option_space"]):
        if other["code"] == row["code"] and other["id"] != own:
            raise conflict(f"The option code {row['code']} already exists in the option space")


def refuse_standard(_account: Account, row: Row) -> None:
    """Keep the options that are not the customer's."""
    if row["source"] != CUSTOMER:
        raise invalid(f"the option '{row['name']}' belongs to the system")


def prepare_filter(_account: Account, row: Row, _before: Row | None) -> Row:
    """Check the rules of an option filter."""
    rules = row["rules"].get("rules") or []
    if not rules:
        raise invalid("required field missing: rules.rules")
    for rule in rules:
        if rule.get("option_value") is None and "exists" not in rule["compare"]:
            raise invalid(f"compare '{rule['compare']}' needs option_value")
    return {"protocol": "ip4", **row, "rules": {"match": "any", **row["rules"]}}


def prepare_hardware(_account: Account, row: Row, _before: Row | None) -> Row:
    """Check the addresses of a hardware filter."""
    wished = [mac(text) for text in row.get("addresses") or []]
    return {**row, "addresses": wished}


def prepare_item(_account: Account, row: Row, _before: Row | None) -> Row:
    """Check one address of a hardware filter."""
    return {**row, "address": mac(row["address"])}


def mac(text: str) -> str:
    """Read a hardware address, or refuse it."""
    if not _MAC.fullmatch(text):
        raise invalid(f"'{text}' is no hardware address")
    return text.lower().replace("-", ":")


def match_value(kind: str, value: str) -> str:
    """Read what a fixed address matches, or refuse it."""
    if kind == "mac":
        return mac(value)
    if (kind.endswith("hex") or kind == "duid") and not _HEX.fullmatch(value):
        raise invalid(f"invalid value for field 'match_value': '{value}' is no hexadecimal text")
    if not value:
        raise invalid("invalid value for field 'match_value': less than 1")
    return value


def filters(account: Account) -> Iterator[Row]:
    """Show the filters of both kinds in one list."""
    for path in (OPTION_FILTER, HARDWARE_FILTER):
        for row in account[path]:
            yield {
                "id": row["id"],
                "name": row["name"],
                "comment": row.get("comment") or "",
                "protocol": row.get("protocol", "ip4"),
                "role": row["role"],
                "tags": row.get("tags") or {},
                "type": path.rpartition("/")[2].removesuffix("_filter"),
            }
