"""Making a value of JSON smaller, and saying exactly what was taken away."""

from typing import Any

from mcp_front.plain import size_of

Json = dict[str, Any]
# A piece of less says nothing any more, and costs its name.
_LEAST = 48
_MOST_CUTS = 12
_PLACE_LENGTH = 80
# For the brackets of the list and the number of those not named.
_COUNT = 40


class Cuts:
    """What is missing: the field, how much of it is shown, and of how much."""

    def __init__(self) -> None:
        self._cuts: list[tuple[int, Json]] = []

    def add(self, place: str, shown: int, of: int, *, unit: str) -> None:
        """Note a field that is not shown as a whole."""
        name = place if len(place) <= _PLACE_LENGTH else f"{place[:_PLACE_LENGTH]}..."
        cut = {"field": name, "shown": shown, "of": of, "unit": unit}
        self._cuts.append((place.count("."), cut))

    def as_list(self, room: int) -> list[Json]:
        """Return them in at most so many bytes, outer fields first; the last entry counts those
        that are not named."""
        ranked = [cut for _, cut in sorted(self._cuts, key=lambda cut: cut[0])]
        told: list[Json] = []
        room -= _COUNT
        for cut in ranked[:_MOST_CUTS]:
            room -= size_of(cut) + 1
            if room < 0:
                break
            told.append(cut)
        more = len(ranked) - len(told)
        return [*told, *([{"and_more_fields": more}] if more else [])]


def trimmed(value: Any, room: int, cuts: Cuts, *, place: str = "") -> Any:
    """Return a value of at most about `room` bytes of JSON; small fields are kept whole."""
    if size_of(value) <= room:
        return value
    match value:
        case str():
            return _text(value, room, cuts, place=place)
        case list():
            return _list(value, room, cuts, place=place)
        case dict():
            return _object(value, room, cuts, place=place)
    return value


def _text(text: str, room: int, cuts: Cuts, *, place: str) -> str:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if size_of(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    cuts.add(place, low, len(text), unit="characters")
    return text[:low]


def _list(entries: list[Any], room: int, cuts: Cuts, *, place: str) -> list[Any]:
    left = room - 2
    kept: list[Any] = []
    for entry in entries:
        size = size_of(entry) + 1
        if size > left:
            break
        kept.append(entry)
        left -= size
    if not kept and left > _LEAST:
        kept.append(trimmed(entries[0], left, cuts, place=f"{place}.0"))
    if len(kept) < len(entries):
        cuts.add(place, len(kept), len(entries), unit="entries")
    return kept


def _object(fields: Json, room: int, cuts: Cuts, *, place: str) -> Json:
    """Share the room: what needs less than its share leaves the rest to the others."""
    left = room - 2
    sizes = {name: size_of(value) for name, value in fields.items()}
    kept: Json = {}
    for waiting, name in zip(
        range(len(sizes), 0, -1), sorted(sizes, key=sizes.__getitem__), strict=True
    ):
        share = left // waiting - size_of(name) - 2
        if share < min(_LEAST, sizes[name]):
            continue
        inner = f"{place}.{name}" if place else name
        kept[name] = trimmed(fields[name], share, cuts, place=inner)
        left -= size_of(name) + 2 + size_of(kept[name])
    if len(kept) < len(fields):
        cuts.add(place, len(kept), len(fields), unit="fields")
    return {name: kept[name] for name in fields if name in kept}
