"""Drawings made on the server, in numbers only: what people without scripts see."""

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 240.0, 44.0


def path(values: Sequence[float], most: float, *, closed: bool = False) -> str:
    """Return the path of a line chart of values up to `most`."""
    if not values:
        return ""
    step = WIDTH / max(1, len(values) - 1)
    points = [
        f"{index * step:.1f} {HEIGHT - 2 - (HEIGHT - 4) * value / (most or 1):.1f}"
        for index, value in enumerate(values)
    ]
    line = "M" + "L".join(points)
    return f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z" if closed else line


def pips(attempts: int, most: int, statuses: Sequence[str]) -> list[dict[str, Any]]:
    """Return a mark for each try there may be; more than 24 would be no marks."""
    if most > 24:  # noqa: PLR2004 - as said
        return []
    return [
        {
            "x": index * 8,
            "kind": statuses[index]
            if index < len(statuses)
            else ("used" if index < attempts else "left"),
        }
        for index in range(most)
    ]


def kind_of(status: int | None, *, ended: bool, lost: bool = False) -> str:
    """Return the word that colours an attempt."""
    if not ended:
        return "now"
    if lost or status is None:
        return "bad"
    if status < 300:  # noqa: PLR2004 - 2xx
        return "good"
    return "busy" if status in {409, 429} else "bad"
