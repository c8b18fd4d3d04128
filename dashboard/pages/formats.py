"""Figures as people read them. None, which is what was not measured, is a dash."""

from datetime import UTC, datetime

DASH = "\u2013"
_KILO = 1024
_MINUTE = 60
# Up to so many seconds: the big unit, its name, the small unit, its name.
_SCALES = (
    (3600, 60, "m", 1, "s"),
    (86_400, 3600, "h", 60, "m"),
    (float("inf"), 86_400, "d", 3600, "h"),
)


def age(seconds: float | None) -> str:
    """Return a span of time: 340 ms, 4.2 s, 3 m 20 s, 2 h 5 m, 3 d 4 h."""
    if seconds is None:
        return DASH
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:  # noqa: PLR2004 - from here on a tenth says nothing
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    _, big, one, small, two = next(scale for scale in _SCALES if whole < scale[0])
    return f"{whole // big} {one} {whole % big // small} {two}"


def coarse(seconds: float | None) -> str:
    """Return a span in whole seconds, for what changes while one looks."""
    return DASH if seconds is None else age(max(1.0, round(seconds))).replace(".0 s", " s")


def rate(per_minute: float | None) -> str:
    """Return a rate per minute."""
    if per_minute is None:
        return DASH
    few = 0 < per_minute < 10  # noqa: PLR2004 - as above
    return f"{per_minute:.1f}" if few else f"{per_minute:.0f}"


def share(part: float | None) -> str:
    """Return a share in per cent."""
    if part is None:
        return DASH
    percent = 100 * part
    return f"{percent:.1f} %" if 0 < percent < 10 else f"{percent:.0f} %"  # noqa: PLR2004


def size(count: float | None) -> str:
    """Return bytes."""
    if count is None:
        return DASH
    for unit in ("B", "kB", "MB"):
        if count < _KILO:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"  # noqa: PLR2004
        count /= _KILO
    return f"{count:.1f} GB"


def moment(at: float | None) -> str:
    """Return a time of day in UTC; the browser shows its own zone."""
    return DASH if at is None else f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def stamp(at: float | None) -> str:
    """Return a time as ISO 8601."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def number(value: float | None) -> str:
    """Return a count with thin spaces between thousands."""
    return DASH if value is None else f"{value:,.0f}".replace(",", "\u202f")


FILTERS = {
    "age": age,
    "coarse": coarse,
    "rate": rate,
    "share": share,
    "size": size,
    "moment": moment,
    "stamp": stamp,
    "number": number,
}
