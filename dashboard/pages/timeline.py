"""A job's life as one line: its attempts, the waits between them, and what followed."""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.parts import Json

LENGTH = 1000.0
# So that a request of some milliseconds in a job of minutes can be seen.
_NARROWEST = 4.0


def line(
    attempts: Sequence[Json], *, began: float, ends: float, followed: float | None = None
) -> list[dict[str, Any]]:
    """Return the pieces from left to right; `followed` is when provisioning began."""
    whole = max(0.001, ends - began)

    def piece(kind: str, since: float, until: float, *, about: str) -> dict[str, Any]:
        left = max(0.0, min(LENGTH, (since - began) / whole * LENGTH))
        right = max(0.0, min(LENGTH, (until - began) / whole * LENGTH))
        thin = _NARROWEST if kind not in {"wait", "follow"} else 0.0
        width = max(thin, right - left)
        return {
            "kind": kind,
            "x": round(min(left, LENGTH - width), 1),
            "width": round(width, 1),
            "about": about,
        }

    def pieces() -> Iterator[dict[str, Any]]:
        # What is drawn later lies above: attempts are short, so they come last.
        if followed is not None:
            yield piece("follow", followed, ends, about="provisioning")
        for one, following in zip(attempts, [*attempts[1:], None], strict=False):
            if one["wait_seconds"] is not None and one["ended"]:
                until = following["started"] if following else one["ended"] + one["wait_seconds"]
                yield piece("wait", one["ended"], until, about=f"waits {one['wait_seconds']} s")
        for one in attempts:
            said = f"attempt {one['number']}: {one['status'] or 'no answer'}"
            yield piece(one["kind"], one["started"], one["ended"] or ends, about=said)

    return list(pieces())
