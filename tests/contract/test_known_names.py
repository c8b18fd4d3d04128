"""The tools that users of earlier servers know by name are all there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.operations import ALL, CATALOG, listed

PAGES = Path(__file__).parents[3] / "shared" / "api"
SERVICES = ("niosxaas", "atcfw", "insights")
if not PAGES.is_dir():
    pytest.skip("the contracts are not at hand", allow_module_level=True)


def page(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((PAGES / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)
    return found


def active(name: str) -> set[str]:
    """Return the tools of the earlier server that its users could call."""
    found: set[str] = set(page(name)["tool_parity"]["ancestor_active_tools"])
    return found


def known() -> set[str]:
    ddi = {
        operation["tool"]
        for operation in page("infoblox")["operations"]
        # Only of tools that were there before the arguments are told one by one.
        if isinstance(operation["tool_params"], list)
    }
    return ddi.union(*(active(name) for name in SERVICES))


def test_every_known_tool_is_listed_where_all_are_asked_for() -> None:
    shown = {row.name for row in listed(CATALOG, (ALL,))}
    assert len(known()) == 98
    assert known() - shown == set()
