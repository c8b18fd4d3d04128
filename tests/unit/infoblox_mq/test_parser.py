"""The options: every command explains itself, and nothing heavy is imported to read them."""

import subprocess
import sys

import pytest

from infoblox_mq import ROOT, __version__
from infoblox_mq.main import main
from infoblox_mq.parser import QUEUES, make_parser, read
from shared.catalog import Queue

COMMANDS = [
    "up",
    "demo",
    "stdio",
    "http",
    "ops",
    "ops login",
    "worker",
    "sandbox",
    "tools",
    "call",
    "bulk",
    "jobs list",
    "jobs show",
    "jobs cancel",
    "jobs replay",
    "jobs watch",
    "queue pause",
    "queue resume",
    "queue drain",
    "doctor",
    "health",
    "status",
    "config show",
    "init",
]


@pytest.mark.parametrize("command", ["", *COMMANDS, "jobs", "config"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"usage: infoblox-mq {command}".strip() in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_function(command: str) -> None:
    import importlib

    given = {"worker": ["infoblox"], "call": ["x"], "bulk": ["x", "--csv", "x"]}
    given |= {f"queue {action}": ["all"] for action in ("pause", "resume", "drain")}
    given |= {f"jobs {action}": ["x"] for action in ("show", "cancel", "replay")}
    args = make_parser().parse_args([*command.split(), *given.get(command, [])])
    module, _, function = args.command.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "jobs",
        "config",
        "unknown",
        "worker",
        "worker nobody",
        "worker infoblox --processes 0",
        "http --port 70000",
        "http --port x",
        "call tool --strange name=value",
        "tools name=value",
    ],
)
def test_a_wrong_command_line_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    assert "usage: infoblox-mq" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["call tool a=1 b=2 --json", "call tool --json a=1 b=2", "call tool a=1 --json b=2"]
)
def test_values_of_a_call_may_stand_anywhere(line: str) -> None:
    args = read(line.split())
    assert (args.tool, args.arguments, args.json) == ("tool", ["a=1", "b=2"], True)


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"infoblox-mq {__version__}\n"


def test_the_queues_are_those_of_the_catalog() -> None:
    assert list(QUEUES) == [str(queue) for queue in Queue]


def test_reading_the_options_imports_nothing_heavy() -> None:
    program = (
        "import sys; from infoblox_mq.parser import make_parser; make_parser(); "
        "print([name for name in ('pydantic', 'redis', 'mcp', 'rich', 'dramatiq') "
        "if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
