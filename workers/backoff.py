"""How long to wait before the next try. Pure arithmetic: nothing is read and nothing waits."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 600.0
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_JITTER_SHARE = 0.2
# 2.0 ** 1024 overflows; every cap is reached long before this.
_MOST_DOUBLINGS = 64


def retry_after_seconds(header: str | None, *, now: float) -> float | None:
    """Return the wait a Retry-After header asks for, 1 to 600 s; None if it says nothing."""
    text = (header or "").strip()
    if _NUMBER.fullmatch(text):
        seconds = float(text)
    else:
        instant = _instant(text)
        if instant is None:
            return None
        seconds = instant - now
    return min(LONGEST_SECONDS, max(SHORTEST_SECONDS, seconds))


def _instant(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # The zone -0000 yields a time without a zone, and means UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def full_jitter(attempt: int, *, base: float, cap: float, jitter: float) -> float:
    """Return a wait from nothing to the longest of this attempt: callers that failed together part.

    `jitter` is a chance from 0 to 1.
    """
    return jitter * min(cap, base * 2.0 ** min(max(attempt - 1, 0), _MOST_DOUBLINGS))


def delay(attempt: int, *, base: float, cap: float, asked: float | None, jitter: float) -> float:
    """Return the wait after this attempt, counted from 1; `jitter` is a chance from 0 to 1."""
    if asked is not None:
        return asked
    doublings = min(max(attempt - 1, 0), _MOST_DOUBLINGS)
    return min(cap, base * 2.0**doublings) * (1 + _JITTER_SHARE * jitter)
