"""Named points at which tests kill, stop or delay a process. Off unless the settings name one."""

import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

Point = Literal[
    "accept.before",
    "accept.after_write",
    "accept.after_hint",
    "claim.before",
    "claim.after",
    "send.before_mark",
    "send.after_mark",
    "send.after_post",
    "record.before",
    "record.after",
    "ack.before",
    "ack.after",
    "wait.after_schedule",
    "sweep.after_claim",
    "reconcile.before",
    "reconcile.after_lookup",
    "result.before",
    "result.after",
]

POINTS: frozenset[str] = frozenset(get_args(Point))
_armed: dict[str, Callable[[], None]] = {}


def fault_point(name: Point) -> None:
    """Do nothing, unless a test has armed this point."""
    if _armed and (act := _armed.pop(name, None)):
        act()


def arm(text: str) -> None:
    """Arm points from a text such as `send.after_mark=exit,claim.after=sleep:2`; each acts once."""
    for part in filter(None, text.split(",")):
        name, _, action = part.partition("=")
        if name not in POINTS:
            raise ValueError(f"{name!r} is not a fault point")
        _armed[name] = _action(action)


def _action(text: str) -> Callable[[], None]:
    kind, _, seconds = text.partition(":")
    if kind == "sleep":
        return partial(_sleep, float(seconds))
    actions: dict[str, Callable[[], None]] = {
        "exit": partial(os.kill, os.getpid(), signal.SIGKILL),
        "stop": partial(os.kill, os.getpid(), signal.SIGSTOP),
        "raise": _fail,
    }
    if text not in actions:
        raise ValueError(f"{text!r} is not one of exit, stop, sleep:SECONDS, raise")
    return actions[text]


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


def _fail() -> None:
    raise RuntimeError("a fault point was told to raise")
