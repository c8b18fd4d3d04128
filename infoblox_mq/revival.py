"""When a process that died is started again: at once the first time, then later and later."""

from infoblox_mq.processes import Child
from shared.clock import Clock

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
# One that has run for so long has recovered: its next death is a first one again.
RECOVERED_SECONDS = 60.0


def delay(deaths: int) -> float:
    """Return the seconds to wait after so many deaths in a row."""
    return 0.0 if deaths <= 1 else min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (deaths - 2))


class Revival:
    """Watches one child and starts it again."""

    def __init__(self, child: Child, clock: Clock) -> None:
        """Watch a child that has just been started."""
        self.child = child
        self.restarts = 0
        self._clock = clock
        self._deaths = 0
        self._since = clock.steady()
        self._due: float | None = None

    def tick(self) -> str | None:
        """Look once; return what happened, if anything did."""
        now = self._clock.steady()
        if self._due is not None:
            return self._start(now) if now >= self._due else None
        code = self.child.ended()
        if code is None:
            return None
        self._deaths = 1 if now - self._since > RECOVERED_SECONDS else self._deaths + 1
        seconds = delay(self._deaths)
        self._due = now + seconds
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"{self.child.name} {how}; starting it again in {seconds:.1f} s"

    def _start(self, now: float) -> str:
        self.child.start()
        self._due = None
        self._since = now
        self.restarts += 1
        return (
            f"{self.child.name} started again as process {self.child.pid}, restart {self.restarts}"
        )
