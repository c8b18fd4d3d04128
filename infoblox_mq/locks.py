"""Locks on directories: nothing runs twice on one, and nothing leaves while it is used.

The kernel gives a lock back when the last process that holds it is gone, however it ended.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from infoblox_mq.guard import alive
from shared.clock import Clock, SystemClock
from shared.errors import NotConfigured

# What a killed owner leaves behind needs a moment to end.
LEAVING_SECONDS = 15.0
_PAUSE_SECONDS = 0.05


class LeftBehind(NotConfigured):
    """What a killed owner left behind does not end."""


class Lock:
    """A locked file. It stays locked while any process holds its descriptor."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock | None = None,
        taken: int | None = None,
        leaving_seconds: float = LEAVING_SECONDS,
    ) -> None:
        """Lock; raise NotConfigured when somebody who is alive holds the lock.

        `taken` is a descriptor that `take` gave, and whoever called it has handed on. What a killed
        owner left behind is waited for, at most `leaving_seconds`.
        """
        self._clock = clock or SystemClock()
        self._leaving_seconds = leaving_seconds
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.descriptor = _opened(path) if taken is None else taken
        os.set_inheritable(self.descriptor, False)
        try:
            self._acquire(path)
        except BaseException:
            self.release()
            raise
        os.truncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock up."""
        if _locked(self.descriptor):
            os.truncate(self.descriptor, 0)
        os.close(self.descriptor)

    def _acquire(self, path: Path) -> None:
        until = self._clock.steady() + self._leaving_seconds
        while not _locked(self.descriptor):
            owner = _owner(self.descriptor)
            if owner and alive(owner):
                raise NotConfigured(
                    f"{path.parent} is in use by process {owner}",
                    advice="Use that one, stop it, or set INFOBLOX_MQ_DATA_DIR to another place.",
                )
            if self._clock.steady() > until:
                raise LeftBehind(
                    f"{path.parent} is still in use by what a killed process left behind",
                    advice="It sees a running job through: try again in a minute.",
                )
            self._clock.sleep(_PAUSE_SECONDS)


class Uses:
    """Says that something is in use, as often at once as one likes."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _opened(path)
        self._count = 0

    def __enter__(self) -> Self:
        """Use it whether it is about to leave or not."""
        self.begin()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def begin(self) -> bool:
        """Begin to use it; False when it leaves just now."""
        if not self._count and not _locked(self._descriptor, fcntl.LOCK_SH):
            return False
        self._count += 1
        os.utime(self._descriptor)
        return True

    def end(self) -> None:
        """End what `begin` began."""
        self._count -= 1
        os.utime(self._descriptor)
        if not self._count:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Use it no more."""
        os.close(self._descriptor)


def take(path: Path) -> int | None:
    """Return the descriptor of a lock that is free, locked now; None when somebody holds it."""
    descriptor = _opened(path)
    if _locked(descriptor):
        # A killed owner is none any more.
        os.truncate(descriptor, 0)
        return descriptor
    os.close(descriptor)
    return None


def held(path: Path) -> bool:
    """Tell whether somebody holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        # Shared, so that two who look at once do not take each other for an owner.
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def owner(path: Path) -> int:
    """Return the process that holds the lock; 0 when nobody does or it has not said so yet."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return 0
    try:
        return 0 if _locked(descriptor, fcntl.LOCK_SH) else _owner(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _owner(descriptor: int) -> int:
    return int(os.pread(descriptor, 20, 0) or 0)


def _locked(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
