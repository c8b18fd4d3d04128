"""Every scenario of the official conformance runner passes, or is listed with the reason why not.

A scenario may want tools with names of its own: it has to pass against the real front end or
against the one that has them.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conformance.conftest import Served
from tests.conformance.programs import Programs

RUNNER = "@modelcontextprotocol/conformance/dist/index.js"
LIST = Path(__file__).with_name("inapplicable.toml")
Found = dict[str, dict[str, str]]


class Inapplicable(NamedTuple):
    """Reasons for whole scenarios, and for single checks as `scenario/check`."""

    scenarios: dict[str, str]
    checks: dict[str, str]


def inapplicable() -> Inapplicable:
    listed = tomllib.loads(LIST.read_text())
    return Inapplicable(listed["scenarios"], listed["checks"])


def run(programs: Programs, url: str, folder: Path) -> Found:
    """Run every scenario; return what failed, as scenario -> check -> why."""
    ran = programs.run(RUNNER, "server", "--url", url, "--suite", "all", "-o", str(folder))
    found: Found = {}
    for path in folder.glob("server-*/checks.json"):
        name = re.sub(r"^server-|-20\d\d-\d\d-\d\dT[\d-]+Z$", "", path.parent.name)
        checks: list[dict[str, Any]] = json.loads(path.read_text())
        found[name] = {
            check["id"]: check.get("errorMessage") or ""
            for check in checks
            if check["status"] == "FAILURE"
        }
    assert found, ran.stdout + ran.stderr
    return found


@pytest.fixture(scope="module")
def results(
    programs: Programs, real: Served, fixtured: Served, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Found, Found]:
    folder = tmp_path_factory.mktemp("conformance")
    return (
        run(programs, real.url, folder / "real"),
        run(programs, fixtured.url, folder / "fixtured"),
    )


def test_every_scenario_passes_or_is_listed(results: tuple[Found, Found]) -> None:
    real, fixtured = results
    listed = inapplicable()
    assert real.keys() == fixtured.keys()
    assert len(real) > 60
    wrong: list[str] = []
    for name in real.keys() - listed.scenarios.keys():
        # The better of the two runs counts.
        failed = min(fixtured[name], real[name], key=len)
        wrong += [
            f"{name}/{check}: {why}"
            for check, why in failed.items()
            if f"{name}/{check}" not in listed.checks
        ]
    assert sorted(wrong) == []


def test_nothing_is_listed_that_passes(results: tuple[Found, Found]) -> None:
    real, fixtured = results
    listed = inapplicable()
    stale = [name for name in listed.scenarios if not (real[name] and fixtured[name])]
    for entry in listed.checks:
        name, check = entry.split("/", 1)
        if not (check in real[name] and check in fixtured[name]):
            stale.append(entry)
    assert stale == []


@pytest.mark.parametrize(
    "name",
    [
        "server-initialize",
        "server-session-lifecycle",
        "ping",
        "tools-list",
        "dns-rebinding-protection",
        "http-header-validation",
    ],
)
def test_scenario_without_fixtures_passes_against_the_real_front_end(
    results: tuple[Found, Found], name: str
) -> None:
    assert results[0][name] == {}


def test_every_reason_is_a_sentence() -> None:
    listed = inapplicable()
    for reason in (*listed.scenarios.values(), *listed.checks.values()):
        assert len(reason) > 20
        assert reason.endswith(".")
