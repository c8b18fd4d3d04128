"""What operators did: a line in the log for ever, and the last thousand in the store for a page."""

from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

from shared.ledger import PREFIX
from shared.logs import get_logger

KEPT = 1000
_LONGEST = 500

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed: `who` did `what` to `which` with which `result`."""

    who: str
    what: str
    which: str
    result: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed and when it was done, in seconds since the epoch, by the store."""

    at: float
    deed: Deed


class Audit:
    """The list of deeds. Redis errors pass through unchanged; the log has the line before."""

    def __init__(self, client: "Redis", *, prefix: str = PREFIX) -> None:
        self._client = client
        self._key = f"{prefix}audit"

    def record(self, deed: Deed) -> None:
        """Log a deed and keep it."""
        log.info("audit", **asdict(deed))
        self.keep(deed)

    def keep(self, deed: Deed) -> None:
        """Keep a deed; the oldest of a thousand makes room."""
        fields: Any = {name: _short(value) for name, value in asdict(deed).items()}
        self._client.xadd(self._key, fields, maxlen=KEPT, approximate=False)

    def newest(self, *, limit: int = 100) -> list[Entry]:
        """Return what was done, the latest first."""
        found: Any = self._client.xrevrange(self._key, count=limit)
        return [Entry(int(at.partition("-")[0]) / 1000, Deed(**fields)) for at, fields in found]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
