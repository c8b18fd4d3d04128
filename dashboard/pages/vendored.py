"""What the pages bring along from others: name, version, licence and checksum of each file."""

import json
from dataclasses import dataclass
from importlib.resources import files

STATIC = files("dashboard").joinpath("static")


@dataclass(frozen=True, slots=True)
class Vendored:
    """One file under static/vendor, as it is in the npm package."""

    file: str
    name: str
    version: str
    license: str
    license_file: str
    npm: str
    path: str
    sha256: str


def manifest() -> tuple[Vendored, ...]:
    """Return all of them."""
    text = STATIC.joinpath("vendor", "manifest.json").read_text()
    return tuple(Vendored(**entry) for entry in json.loads(text))
