"""Starts the stack of a host's account in the background, and keeps it while calls need it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infoblox_mq import attach, homes
from infoblox_mq.embedded import redis_url, socket_path
from infoblox_mq.locks import Uses, held, owner, take
from infoblox_mq.processes import API_KEY, environment, ourselves
from shared.clock import Clock, SystemClock
from shared.errors import CallError, NotConfigured, Unavailable
from shared.settings import Settings

# A stack that could not start is not tried again before that.
_AGAIN_SECONDS = 10.0
_TAIL_BYTES = 4096


class Keeper:
    """The way of one front end to the stack of one home."""

    def __init__(
        self,
        home: Path,
        *,
        env: Mapping[str, str],
        sandbox: bool = False,
        refusal: CallError | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Keep the stack of this home; with a `refusal` only one that somebody else starts."""
        self._home = home
        self._env = env
        self._sandbox = sandbox
        self._refusal = refusal
        self._clock = clock or SystemClock()
        self._uses = Uses(attach.uses_file(home))
        self._pid = 0
        self._tried: float | None = None
        self._launched: subprocess.Popen[bytes] | None = None

    def enter(self) -> bool:
        """Begin to use the stack; False when it is not known to run, or leaves just now."""
        known = self._pid and owner(attach.stack_lock(self._home)) == self._pid
        return bool(known) and self._uses.begin()

    def leave(self) -> None:
        """End what `enter` began."""
        self._uses.end()

    def look(self) -> bool:
        """Tell whether the stack runs, and start it when nobody does; raises CallError."""
        self._reap()
        stack = attach.running(self._home)
        if stack is not None and stack.ready:
            self._tried = None
            self._pid = stack.pid
            return True
        if not held(attach.stack_lock(self._home)):
            self._start()
        return False

    def close(self) -> None:
        """Let go; the stack stays."""
        self._uses.close()
        if self._launched:
            self._launched.wait()

    def _start(self) -> None:
        if self._refusal:
            raise self._refusal
        now = self._clock.steady()
        if self._tried is not None and now - self._tried < _AGAIN_SECONDS:
            raise Unavailable(
                f"the embedded stack did not start: {last_words(self._home)}",
                retry_after_seconds=_AGAIN_SECONDS,
                advice="Correct what it complains about and call again.",
            )
        lock = take(attach.stack_lock(self._home))
        if lock is None:
            # Another host was faster.
            return
        self._tried = now
        try:
            self._launched = launch(self._home, lock, env=self._env, sandbox=self._sandbox)
        finally:
            # The lock stays: the supervisor has it too.
            os.close(lock)

    def _reap(self) -> None:
        if self._launched and self._launched.poll() is not None:
            self._launched = None


class Homeless:
    """Stands where the settings name no account and no stack runs: every call is refused."""

    def enter(self) -> bool:
        return False

    def leave(self) -> None:
        """Do nothing: nobody has entered."""

    def look(self) -> bool:
        """Say what is missing."""
        raise NotConfigured(
            "INFOBLOX_API_KEY is not set, and no stack runs",
            advice="Set it where this server is started (the `env` of the host's configuration), "
            "or start it as `infoblox-mq stdio --sandbox`, which needs none; then start it again.",
        )

    def close(self) -> None:
        """Do nothing."""


def kept(
    settings: Settings, env: Mapping[str, str], *, sandbox: bool = False, listing: bool = False
) -> tuple[Settings, Keeper | Homeless | None]:
    """Return the settings of a front end, and who keeps its stack; None: REDIS_URL names a store.

    The stack need not run yet: it is started when it is looked for. Raises NotConfigured when
    nothing says which stack, unless a front end that can only list its tools is of use too.
    """
    if not sandbox and attach.checked(settings).redis_url is not None:
        return settings, None
    if sandbox or homes.names_account(settings):
        home = homes.made(settings, sandbox=sandbox)
        keeper = Keeper(home, env=env, sandbox=sandbox)
    else:
        try:
            home, _ = attach.find(settings)
        except NotConfigured:
            if not listing or attach.stacks(homes.root(settings)):
                raise
            return _nowhere(settings), Homeless()
        keeper = Keeper(home, env=env, refusal=_gone(home))
    stack = attach.running(home)
    embedded = redis_url(socket_path(attach.store_directory(home)))
    if stack is not None and stack.redis_url != embedded:
        # `up` on a store of the user's: nobody could start that again in the background.
        keeper.close()
        return attach.with_stack(settings, stack.redis_url, home=home), None
    return attach.with_stack(settings, embedded, home=home), keeper


def launch(
    home: Path, lock: int, *, env: Mapping[str, str], sandbox: bool
) -> "subprocess.Popen[bytes]":
    """Start a supervisor that outlives us, and give it the lock."""
    command = ourselves("stack", "run", "--home", str(home), "--lock", str(lock))
    log = os.open(attach.log_file(home), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        return subprocess.Popen(
            [*command, "--sandbox"] if sandbox else command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(env, without=("REDIS_URL", *API_KEY) if sandbox else ("REDIS_URL",)),
            pass_fds=(lock,),
            start_new_session=True,
        )
    finally:
        os.close(log)


def last_words(home: Path) -> str:
    """Return the last line of a stack's log."""
    try:
        with attach.log_file(home).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
    except OSError:
        lines = []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it left no log")


def _nowhere(settings: Settings) -> Settings:
    url = redis_url(socket_path(homes.root(settings) / "nowhere"))
    return settings.model_copy(update={"redis_url": url})


def _gone(home: Path) -> NotConfigured:
    return NotConfigured(
        f"the stack on {home} has ended, and INFOBLOX_API_KEY is not set to start it again",
        advice="Start it again, or set INFOBLOX_API_KEY where this server is started.",
    )
