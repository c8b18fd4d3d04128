"""Reading a question: the words that tell what it is about, and what shall be done to it."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from mcp_front.vocabulary import CORE, DEEDS, FOREIGN, GERMAN, IDLE, TELLING

_MOST_WORDS = 40
_SLIGHT = 0.35
_STEM, _ENDING = 4, 3
# Letters that German endings are made of.
_ENDINGS = "esn"
_PLURALS, _LONG_WORD = ("en", "n", "er", "e", "s"), 6


@dataclass(slots=True)
class Question:
    """What a text asks: groups of words that mean one thing, with how much they count."""

    groups: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)
    deeds: set[str] = field(default_factory=set)
    foreign: int = 0
    core: bool = False
    one: bool = False


def asked(text: str) -> Question:
    """Read a question."""
    question = Question()
    text = _JOINED.sub(r"\1\2", folded(text))
    if _UNWANTED.search(text):
        question.deeds.add("delete")
    plain, things = _recognised(text)
    question.one = "object" in things
    question.core = bool(things.keys() - _UNSURE)
    question.groups += [(0.7, (word,)) for words in things.values() for word in words.split()]
    said = list(dict.fromkeys(_words(plain)))[:_MOST_WORDS]
    question.pairs = [
        f"{one} {other}" for one, other in pairwise(said) if IDLE.isdisjoint((one, other))
    ]
    for word in said:
        deeds = _deeds(word)
        question.deeds |= deeds
        if word in IDLE:
            continue
        meant = _meaning(word)
        question.core |= any(_begins(one, CORE) for one in (word, *meant))
        question.foreign += _begins(word, FOREIGN)
        # A word for what is to be done mostly says less about to what.
        slight = deeds and not _begins(word, TELLING)
        question.groups.append((_SLIGHT if slight else 1.0, (word, *meant)))
    return question


def folded(text: str) -> str:
    """Return a text in small letters without accents; umlauts as two letters."""
    text = text.lower().translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue", 0xDF: "ss"})
    return "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )


# Things that a question may hold, in the order they are looked for, and what they make likely.
_THINGS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (kind, re.compile(pattern), words)
    for kind, pattern, words in (
        ("object", r"\b[a-z]+/[a-z_]+/[a-z0-9-]{3,}\b", "id"),
        ("mac", r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", "mac lease fixed"),
        ("dotted mac", r"\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b", "mac lease fixed"),
        (
            "network",
            r"\b\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}\b|(?<![\w/])/\d{1,2}\b",
            "network subnet address block",
        ),
        ("network6", r"[0-9a-f:]*::[0-9a-f:]*/\d+", "network subnet ipv6"),
        ("address", r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<!\d)\.\d{1,3}\b", "ip address"),
        ("address6", r"\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}", "ipv6 address"),
        ("host", r"\b[a-z]{2,}(?:-[a-z]+)*-?\d{1,3}\b(?!\.)(?<!ipv4)(?<!ipv6)", "host name"),
        ("name", r"\b(?:[a-z0-9_-]+\.)+(?!arpa)[a-z]{2,}\b|\bwww\b", "dns record domain"),
    )
)
# One of these makes sure that a question is of our field; any computer may have a name.
_UNSURE = frozenset({"host"})
_WORD = re.compile(r"[a-z0-9]+")
_JOINED = re.compile(r"\b(set|block|black|deny|allow|white)[ -](up|list)")
_UNWANTED = re.compile(r"\b(?:no longer|not needed|any ?more|nicht mehr)\b")


def _recognised(text: str) -> tuple[str, dict[str, str]]:
    """Return a text without the things recognised in it, and what they make likely."""
    found: dict[str, str] = {}
    for kind, pattern, words in _THINGS:
        text, count = pattern.subn(" ", text)
        if count:
            found[kind] = words
    return text, found


def _words(text: str) -> Iterator[str]:
    """Return the words, and those with a hyphen both in parts and as one."""
    for part in re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", text):
        words = _WORD.findall(part)
        yield from words
        if len(words) > 1:
            yield "".join(words)


def _deeds(word: str) -> set[str]:
    if word.endswith(("ung", "ungen")):
        # The thing that was done.
        return set()
    return {deed for deed, stems in DEEDS.items() if _begins(word, stems)}


def _begins(word: str, stems: Collection[str]) -> bool:
    """Tell whether a word is one of these, with an ending or without."""
    shortest = max(_STEM, len(word) - _ENDING)
    return word in stems or any(word[:size] in stems for size in range(shortest, len(word)))


def _meaning(word: str) -> tuple[str, ...]:
    """Return the other words for a word: without the umlaut of a plural, and in English."""
    plain = word.replace("aeu", "au").replace("ae", "a").replace("oe", "o").replace("ue", "u")
    found = dict.fromkeys([plain] if plain != word else [])
    for ending in _PLURALS:
        if len(plain) > _LONG_WORD and plain.endswith(ending):
            found[plain.removesuffix(ending)] = None
    for one in (word, plain):
        bare = one.rstrip(_ENDINGS)
        for key, words in GERMAN.items():
            if one.startswith(key) or (len(key) >= _STEM and bare.endswith(key.rstrip(_ENDINGS))):
                found |= dict.fromkeys(words.split())
    return tuple(found)


def named(text: str, among: Collection[str]) -> list[str]:
    """Return the tools that a question calls by their names."""
    return [word for word in re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)+", text) if word in among]
