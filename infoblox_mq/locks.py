"""Locks on directories, so that nothing runs twice on one."""

import fcntl
import os
from pathlib import Path

from infoblox_mq.guard import alive
from shared.clock import Clock, SystemClock
from shared.errors import NotConfigured

# What a killed owner leaves behind needs a moment to end.
_LEAVING_SECONDS = 15.0
_PAUSE_SECONDS = 0.05


class Lock:
    """A locked file. It stays locked while any process holds its descriptor."""

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        """Lock; raise NotConfigured when somebody who is alive holds the lock."""
        self._clock = clock or SystemClock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
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
        until = self._clock.steady() + _LEAVING_SECONDS
        while not _locked(self.descriptor):
            owner = int(os.pread(self.descriptor, 20, 0) or 0)
            if owner and alive(owner):
                raise NotConfigured(
                    f"{path.parent} is in use by process {owner}",
                    advice="Use that one, stop it, or set INFOBLOX_MQ_DATA_DIR to another place.",
                )
            if self._clock.steady() > until:
                raise NotConfigured(
                    f"{path.parent} is still in use by what a killed process left behind",
                    advice="It sees a running job through: try again in a minute.",
                )
            self._clock.sleep(_PAUSE_SECONDS)


def held(path: Path) -> bool:
    """Tell whether somebody holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
