"""Finding a tool by a question: a full-text index of all tools, asked in operators' words.

SQLite's FTS5 finds the tools of each word, stemmed; a rare word counts more, and of several that
mean the same the best. The length of a text does not count, as it would in BM25: the tools used
most have the most words. What the question wants done, and things that are recognised in it, then
tell tools of the same object apart. A question without a word of our field finds nothing.
"""

import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

from mcp_front.vocabulary import CORE, DEEDS, FOREIGN, GERMAN, IDLE, TELLING

COLUMNS = ("name", "title", "keywords", "description", "arguments")
# How much a word counts by where it stands; the first two places are strong: operators' own words.
_PLACES = (("name title", 1.2), ("keywords", 1.0), ("description", 0.4), ("arguments", 0.15))
_STRONG = 2
# Two words that stand together as in the question count that much of themselves once more.
_PAIR = 0.6
_MOST_WORDS = 40
_LONG = 0.02
_SLIGHT = 0.35
# How much one word can say that a question is ours.
_MOST_RARE = 3.5
_LONGEST = 2000
_STEM, _ENDING = 4, 3
# Letters that German endings are made of.
_ENDINGS = "esn"


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool as it is found: `deeds` out of read, create, update, delete; `prior` is how likely
    somebody wants it, compared with others."""

    name: str
    title: str
    description: str
    keywords: str
    arguments: str
    deeds: frozenset[str]
    prior: float = 1.0


@dataclass(slots=True)
class _Question:
    """What a text asks: groups of words that mean one thing, with how much they count."""

    groups: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)
    deeds: set[str] = field(default_factory=set)
    foreign: int = 0
    core: bool = False
    one: bool = False


class Index:
    """The tools, to be found."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._numbers = {entry.name: number for number, entry in enumerate(self._entries)}
        self._store = sqlite3.connect(":memory:", check_same_thread=False)
        self._store.execute(
            f"CREATE VIRTUAL TABLE tools USING fts5({', '.join(COLUMNS)}, "
            'tokenize="porter unicode61 remove_diacritics 2")'
        )
        self._store.executemany(
            "INSERT INTO tools(rowid, name, title, keywords, description, arguments) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    entry.name.replace("_", " "),
                    entry.title,
                    entry.keywords,
                    entry.description,
                    entry.arguments,
                )
                for number, entry in enumerate(self._entries)
            ],
        )

    def find(self, text: str, *, among: Collection[str], limit: int) -> list[str]:
        """Return the names of the tools that fit best, or none."""
        text = text[:_LONGEST]
        named = _named(text, among)
        if named:
            return named[:limit]
        question = asked(text)
        scores, evidence, missed = self._weighed(question)
        ranked = sorted(
            (self._numbers[name] for name in among if self._numbers[name] in scores),
            key=lambda number: (-scores[number] * self._fit(number, question), number),
        )
        if not ranked or not _ours(question, evidence.get(ranked[0], 0.0), missed):
            return []
        return [self._entries[number].name for number in ranked[:limit]]

    def _weighed(self, question: _Question) -> tuple[dict[int, float], dict[int, float], float]:
        """Return by tool how well it fits, and what in its name or keywords speaks for it; and how
        many words of the question speak for none."""
        scores: dict[int, float] = defaultdict(float)
        evidence: dict[int, float] = defaultdict(float)
        missed = 0.0
        for weight, words in question.groups:
            found, strong = self._ranked(words)
            for number, score in found.items():
                scores[number] += weight * score
            for number, rarity in strong.items():
                evidence[number] += weight * rarity
            missed += 0 if strong else weight
        for pair in question.pairs:
            for number, score in self._ranked([pair])[0].items():
                scores[number] += _PAIR * score
        return scores, evidence, missed

    def _ranked(self, words: Iterable[str]) -> tuple[dict[int, float], dict[int, float]]:
        """Return by tool the score of the best of some words, and how rare a word is that it has in
        its name or keywords."""
        found: dict[int, float] = {}
        strong: dict[int, float] = {}
        for word in words:
            places = [self._matches(word, within=within) for within, _ in _PLACES]
            rarity = log(1 + len(self._entries) / (1 + len(set().union(*places[:_STRONG]))))
            for (_, weight), numbers in zip(_PLACES, places, strict=True):
                for number in numbers:
                    found[number] = max(found.get(number, 0.0), weight * rarity)
            for number in set().union(*places[:_STRONG]):
                strong[number] = max(strong.get(number, 0.0), min(_MOST_RARE, rarity))
        return found, strong

    def _matches(self, word: str, *, within: str) -> set[int]:
        rows = self._store.execute(
            "SELECT rowid FROM tools WHERE tools MATCH ?", (f'{{{within}}} : "{word}"',)
        )
        return {number for (number,) in rows}

    def _fit(self, number: int, question: _Question) -> float:
        """Return how well a tool's kind goes with what is asked to be done."""
        entry = self._entries[number]
        factor = entry.prior
        if question.deeds:
            factor *= 1.4 if entry.deeds & question.deeds else 0.7
        else:
            factor *= 1.15 if "read" in entry.deeds else 0.7 if "delete" in entry.deeds else 1.0
        if entry.name.startswith("get_") and not question.one:
            factor *= 0.9
        # Of two that fit, the plainer one is meant.
        factor *= 1 - _LONG * entry.name.count("_")
        return factor


def asked(text: str) -> _Question:
    """Read a question."""
    question = _Question()
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
        question.core |= _begins(word, CORE)
        question.foreign += _begins(word, FOREIGN)
        # A word for what is to be done mostly says less about to what.
        slight = deeds and not _begins(word, TELLING)
        question.groups.append((_SLIGHT if slight else 1.0, (word, *meant)))
    return question


def _ours(question: _Question, evidence: float, missed: float) -> bool:
    """Tell whether a question is about our field at all."""
    needed, each, miss = (1.0, 2.0, 0.1) if question.core else (2.5, 5.0, 0.3)
    return evidence >= needed + each * question.foreign + miss * missed


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
    for one in (word, plain):
        bare = one.rstrip(_ENDINGS)
        for key, words in GERMAN.items():
            if one.startswith(key) or (len(key) >= _STEM and bare.endswith(key.rstrip(_ENDINGS))):
                found |= dict.fromkeys(words.split())
    return tuple(found)


def _named(text: str, among: Collection[str]) -> list[str]:
    """Return the tools that a question calls by their names."""
    return [word for word in re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)+", text) if word in among]


def deeds_of(kind: str) -> frozenset[str]:
    """Return what a tool of this kind does, as questions put it."""
    both = ("create", "update")
    known = {"configure": both, "action": both}
    return frozenset(known.get(kind, (kind,)))
