"""Which rows are cached, and what a row may not say about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.catalog import FiguresArgs, KeptArgs, Operation
from shared.operations import CATALOG
from tests.unit.shared.test_catalog import change, row

API = Path(__file__).parents[4] / "shared" / "api"
# What the descriptions of the API call a group of answers, and our name for it.
GROUPS = {
    "security_policies": "security_policy",
    "named_lists": "named_list",
    "content_categories": "catalogue",
    "threat_feeds": "catalogue",
    "pop_regions": "catalogue",
    "niosxaas_catalog": "catalogue",
}


class Listed(KeptArgs):
    """List things."""

    filter: str | None = None


class Filled(FiguresArgs):
    """List things that fill up."""

    filter: str | None = None
    fields: str | None = None


def cached(**fields: Any) -> Operation:
    return row(**{"args": Listed, "path": "/things", "cache": "ip_space"} | fields)


def test_an_answer_depends_on_what_is_read_and_on_its_cache() -> None:
    assert row(reads=("thing",)).collections == ("thing",)
    assert cached(reads=("thing",)).collections == ("thing", "ip_space")
    assert cached(reads=("ip_space",)).collections == ("ip_space",)


@pytest.mark.parametrize(
    "asking",
    [{"utilization": True}, {"filter": "used.all>5"}, {"fields": "id,used"}],
    ids=str,
)
def test_what_asks_for_figures_is_not_kept(asking: dict[str, Any]) -> None:
    found = cached(args=Filled, figures=("used",))
    assert found.cache_for({}) == "ip_space"
    assert found.cache_for({"filter": "name==1"}) == "ip_space"
    assert found.cache_for(asking) is None


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (lambda: cached(cache="things"), "no cache things"),
        (lambda: change(cache="ip_space"), "no cache ip_space"),
        (lambda: row(cache="ip_space"), "derive from KeptArgs"),
        (lambda: cached(figures=("used",)), "are FiguresArgs"),
    ],
)
def test_a_row_that_cannot_be_cached_is_refused(faulty: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        faulty()


def told_of_caches() -> dict[str, str]:
    """Return the cache of each operation, as the descriptions of the API have it."""
    if not API.is_dir():
        pytest.skip("the descriptions of the API are not here")
    found = {}
    for page in sorted(API.glob("*.yaml")):
        for operation in yaml.safe_load(page.read_text()).get("operations", ()):
            if group := operation.get("cached"):
                group = group["group"] if isinstance(group, dict) else group
                found[operation["tool"]] = GROUPS.get(group, group)
    return found


def test_rows_are_cached_as_the_api_allows() -> None:
    told = told_of_caches()
    lists = {name: row.cache for name, row in CATALOG.items() if name in told}
    assert len(lists) >= 5
    assert lists == {name: told[name] for name in lists}
