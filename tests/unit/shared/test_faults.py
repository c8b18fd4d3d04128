from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from shared import faults
from shared.faults import Point, arm, fault_point

ROOT = Path(__file__).parents[3]
POINTS: tuple[Point, ...] = get_args(Point)


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    faults._armed.clear()


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: sent.append(number))
    return sent


def test_nothing_happens_at_any_point_when_none_is_armed(signals: list[int]) -> None:
    arm("")
    for point in POINTS:
        fault_point(point)
    assert signals == []


def test_an_armed_point_acts_once(signals: list[int]) -> None:
    arm("claim.after=exit")
    fault_point("claim.before")
    fault_point("claim.after")
    fault_point("claim.after")
    assert signals == [signal.SIGKILL]


def test_several_points_are_armed_at_once(signals: list[int]) -> None:
    arm("claim.after=exit,ack.before=stop")
    fault_point("ack.before")
    fault_point("claim.after")
    assert signals == [signal.SIGSTOP, signal.SIGKILL]


@pytest.mark.parametrize("text", ["claim.aftr=exit", "claim.after=explode", "claim.after"])
def test_a_misspelt_point_or_action_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        arm(text)


def test_every_point_stands_in_the_code_or_in_the_front_end() -> None:
    used: set[str] = set()
    for folder in ("workers", "shared", "mcp_front"):
        for file in (ROOT / folder).rglob("*.py"):
            used |= set(re.findall(r'fault_point\("([a-z_.]+)"\)', file.read_text()))
    assert used <= set(POINTS)
    assert {point for point in POINTS if not point.startswith("accept.")} <= used


def test_the_documentation_lists_the_same_points() -> None:
    rows = re.findall(r"^\| (`.+`) \|", (ROOT / "docs/fault-points.md").read_text(), re.MULTILINE)
    assert {point for row in rows for point in re.findall(r"`([^`]+)`", row)} == set(POINTS)
