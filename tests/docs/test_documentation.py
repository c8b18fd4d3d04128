"""Documentation that says what is not so fails here."""

import json
import os
import re
from pathlib import Path

import pytest

from mcp_front.server import Front
from shared.catalog import Queue
from shared.errors import CODES
from shared.operations import CATALOG, USUAL
from shared.settings import SECRETS, Settings, variables

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SETTINGS = ROOT / "docs" / "settings.md"
TOOLS = ROOT / "docs" / "tools.md"


def settings_page() -> str:
    """Return the page of settings, made from the settings themselves."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read once at start. A wrong one stops the start with a message",
        "that names it; so does an `INFOBLOX_MQ_` variable that is not in this table. Seconds may",
        "be fractions. This page is generated from `shared/settings.py`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for variable, field in variables().items():
        info = Settings.model_fields[field]
        default = "" if info.default in (None, (), "") else f"`{info.default}`"
        lines.append(f"| `{variable}` | {default} | {info.description} |")
    secrets = " and ".join(f"`{name}_FILE`" for name in SECRETS)
    return "\n".join([*lines, "", f"{secrets} name a file that holds the value instead.", ""])


def test_the_page_of_settings_is_the_one_the_settings_make() -> None:
    if os.environ.get("UPDATE_DOCS"):
        SETTINGS.write_text(settings_page())
    assert SETTINGS.read_text() == settings_page(), "run UPDATE_DOCS=1 make test ARGS=tests/docs"


def tools_page() -> str:
    """Return the page of tools, made from the catalog."""
    lines = [
        "# Tools",
        "",
        f"The {len(CATALOG)} tools of the catalog. A host is shown those in **bold** and finds the",
        "others; [choosing tools](choosing-tools.md) shows how to list whole toolsets. Tokens are",
        "about what a host pays for listing a tool in full, at four bytes each. This page is",
        "generated from `shared/operations/`.",
    ]
    for toolset in dict.fromkeys(row.toolset for row in CATALOG.values()):
        rows = [row for row in CATALOG.values() if row.toolset == toolset]
        lines += [
            "",
            f"## {toolset}",
            "",
            f"{len(rows)} tools, {sum(row.tokens for row in rows):,} tokens.",
            "",
            "| tool | kind | tokens | what it does |",
            "|---|---|---|---|",
        ]
        for row in rows:
            name = f"**`{row.name}`**" if row.name in USUAL else f"`{row.name}`"
            lines.append(f"| {name} | {row.kind} | {row.tokens} | {row.description} |")
    return "\n".join([*lines, ""])


def test_the_page_of_tools_is_the_one_the_catalog_makes() -> None:
    if os.environ.get("UPDATE_DOCS"):
        TOOLS.write_text(tools_page())
    assert TOOLS.read_text() == tools_page(), "run UPDATE_DOCS=1 make test ARGS=tests/docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_is_short() -> None:
    assert README.count("\n") < 150


def test_the_readme_lists_every_usual_tool_under_its_queue() -> None:
    rows = dict(re.findall(r"^\| `?(\w+)`? \| ((?:`\w+` ?)+)\|$", README, re.MULTILINE))
    listed = {queue: set(re.findall(r"`(\w+)`", names)) for queue, names in rows.items()}
    expected = {
        str(queue): {name for name in USUAL if CATALOG[name].queue is queue} for queue in Queue
    }
    front = Front(Settings.from_env({"REDIS_URL": "redis://127.0.0.1:1"}))
    front.close()
    published = {tool.name for tool in front.tools}
    assert listed == expected | {"any": published - CATALOG.keys()}


def test_every_error_code_is_explained() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == CODES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_json_example_is_json(page: Path) -> None:
    for block in re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL):
        json.loads(block)
