"""What is to be copied into a host's configuration is well-formed, names what exists, and works."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infoblox_mq.parser import make_parser
from infoblox_mq.processes import PREFIXES, environment, ourselves
from shared.settings import variables

ROOT = Path(__file__).parents[2]
HOSTS = ROOT / "docs" / "hosts"
PAGES = sorted(HOSTS.glob("*.md"))
TOLD = [*PAGES, ROOT / "docs" / "stack.md", ROOT / "README.md"]
Json = dict[str, Any]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def entries(page: Path) -> Iterator[Json]:
    """Yield every entry of a server that a page shows."""
    whole = [json.loads(block) for block in blocks(page, "json")]
    whole += [tomllib.loads(block) for block in blocks(page, "toml")]
    for config in whole:
        for name in ("mcpServers", "servers", "mcp_servers"):
            yield from config.get(name, {}).values()


def understood(words: list[str]) -> None:
    """Fail when the command line would refuse these words."""
    try:
        make_parser().parse_args(words)
    except SystemExit:
        pytest.fail(f"refused: infoblox-mq {shlex.join(words)}")


def test_each_host_has_a_page_that_the_index_names() -> None:
    pages = {page.name for page in PAGES} - {"README.md"}
    assert {"claude-desktop.md", "claude-code.md", "vscode.md", "cursor.md", "codex.md"} <= pages
    assert set(re.findall(r"\((\w[\w-]*\.md)\)", (HOSTS / "README.md").read_text())) == pages


@pytest.mark.parametrize(
    "page", [page for page in TOLD if list(entries(page))], ids=lambda p: p.name
)
def test_an_entry_names_our_command_and_settings_that_exist(page: Path) -> None:
    for entry in entries(page):
        assert entry["command"] == "/path/to/.venv/bin/infoblox-mq"
        understood(entry["args"])
        assert set(entry.get("env", {})) <= variables().keys()
        assert entry.get("type", "stdio") == "stdio"


def test_vs_code_is_told_the_type_and_asks_for_the_key() -> None:
    (block,) = blocks(HOSTS / "vscode.md", "json")
    config = json.loads(block)
    (wanted,) = config["inputs"]
    assert wanted["password"] is True
    assert config["servers"]["infoblox"]["type"] == "stdio"
    assert config["servers"]["infoblox"]["env"] == {
        "INFOBLOX_API_KEY": f"${{input:{wanted['id']}}}"
    }


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_every_command_and_setting_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    typed = re.findall(r"^(?:\S*/)?infoblox-mq (.+)$", "\n".join(blocks(page, "sh")), re.MULTILINE)
    typed += re.findall(r"^.* -- \S*/infoblox-mq (.+)$", text, re.MULTILINE)
    typed += re.findall(r"`infoblox-mq ((?:[^`\n]|\n)+)`", text)
    for line in typed:
        words = shlex.split(line)
        # In a sentence a command may stand for all of its actions.
        if words not in (["jobs"], ["stack"], ["call"]):
            understood([word for word in words if not word.isupper() or word == "ID"])
    assert set(re.findall(r"\bINFOBLOX_[A-Z_]+\b", text)) <= variables().keys()
    shown = set(re.findall(r'"(--[a-z-]+)"', text))
    assert shown <= {"--sandbox"}


@pytest.mark.slow
def test_the_program_of_the_page_runs(valkey_binary: Path, tmp_path: Path) -> None:
    (program,) = blocks(HOSTS / "sdk.md", "python")
    # Its server gets the few variables that the SDK hands on: the home directory is one of them.
    env = environment(os.environ, without=PREFIXES) | {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    ran = _run([sys.executable, "-c", program], env)
    stopped = _run(ourselves("stack", "stop", "--sandbox"), env)
    assert ran.returncode == 0, ran.stderr
    assert len(re.findall(r"^\d+\.\d+\.\d+\.\d+ \S+", ran.stdout, re.MULTILINE)) == 3
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr


def _run(command: list[str], env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=110, check=False
    )
