"""Ids and choices that look random and are the same for the same seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN_LENGTH = 32
VARIANTS = "89ab"


class Entropy:
    """A stream of numbers made from a seed and a counter."""

    def __init__(self, seed: str) -> None:
        """Begin the stream of this seed."""
        self._seed = seed.encode()
        self._drawn = 0

    def twin(self) -> Entropy:
        """Copy the stream: both go on with the same numbers."""
        made = Entropy(self._seed.decode())
        made._drawn = self._drawn
        return made

    def _draw(self) -> bytes:
        self._drawn += 1
        return hashlib.sha256(self._seed + b"/%d" % self._drawn).digest()

    def number(self, low: int, high: int) -> int:
        """Draw a whole number between two bounds, both included."""
        return low + int.from_bytes(self._draw()[:8], "big") % (high - low + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of several."""
        return choices[self.number(0, len(choices) - 1)]

    def uuid(self) -> str:
        """Draw a random-looking UUID."""
        drawn = self._draw().hex()
        variant = VARIANTS[int(drawn[16], 16) % len(VARIANTS)]
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:32]}"

    def token(self) -> str:
        """Draw an id of 32 lower-case letters and digits."""
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in self._draw()[:TOKEN_LENGTH])
