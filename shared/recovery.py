"""What a write needs of what is there: to be found again, and not to erase what it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a possibly applied create is found again: list, compare, look for our marker.

    `where` maps a filter field to the place of the body that holds its value; `check` does the
    same for fields that cannot be filtered and are compared after the read. `path` is the list;
    without one it is where the object was posted. For an update it finds what has its new name.
    """

    path: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    check: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a PUT, which replaces an object whole, sends along of what is there.

    `fields` names the parts of each kept field that can be written, or none for all of it.
    `instead` is an argument that takes a kept field's place. `pages` is a field that the API
    shows in pages.
    """

    fields: Mapping[str, tuple[str, ...]]
    instead: Mapping[str, str] = field(default_factory=dict)
    pages: str | None = None
