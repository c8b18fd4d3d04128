"""Finding a tool by a question: a full-text index of all tools, asked in operators' words.

SQLite's FTS5 finds the tools of each word, stemmed; a rare word counts more, and of several that
mean the same the best. The length of a text does not count, as it would in BM25: the tools used
most have the most words. What the question wants done, and things that are recognised in it, then
tell tools of the same object apart. A question without a word of our field finds nothing.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import log

from mcp_front.asking import Question, asked, named

COLUMNS = ("name", "title", "keywords", "description", "arguments")
# How much a word counts by where it stands; the first two places are strong: operators' own words.
_PLACES = (("name title", 1.2), ("keywords", 1.0), ("description", 0.4), ("arguments", 0.15))
_STRONG = 2
# Where words stand in sentences.
_TEXTS = (_PLACES[0], _PLACES[2])
_FEW, _OF_A_FAMILY = 5, 3
# Two words that stand together as in the question count that much of themselves once more.
_PAIR = 0.6
_LONG = 0.02
# How much one word can say that a question is ours.
_MOST_RARE = 3.5
_TWO = 2
_LONGEST = 2000


# What speaks for a tool, and by how many words.
Spoken = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool as it is found: `deeds` out of read, create, update, delete; `prior` is how likely
    somebody wants it, compared with others; a `family` has one kind of object."""

    name: str
    title: str
    description: str
    keywords: str
    arguments: str
    deeds: frozenset[str]
    prior: float = 1.0
    family: str = ""


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
        if called := named(text, among):
            return called[:limit]
        question = asked(text)
        scores, spoken, missed = self._weighed(question)
        ranked = sorted(
            (self._numbers[name] for name in among if self._numbers[name] in scores),
            key=lambda number: (-scores[number] * self._fit(number, question), number),
        )
        best = max((spoken.get(number, (0.0, 0.0)) for number in ranked[:_FEW]), default=(0.0, 0.0))
        if not _ours(question, evidence=best[0], known=best[1], missed=missed):
            return []
        return [self._entries[number].name for number in self._mixed(ranked)[:limit]]

    def _mixed(self, ranked: list[int]) -> list[int]:
        """Return the best with few of one family in front: their deeds may be misread, and the
        right one be of another."""
        seen: Counter[str] = Counter()
        front: list[int] = []
        for number in ranked:
            family = self._entries[number].family
            seen[family] += 1
            if seen[family] <= _OF_A_FAMILY:
                front.append(number)
        return [*front, *(number for number in ranked if number not in set(front))]

    def _weighed(self, question: Question) -> tuple[dict[int, float], dict[int, Spoken], float]:
        """Return by tool how well it fits, and what in its name or keywords speaks for it by how
        many words; and how many words of the question speak for none."""
        scores: dict[int, float] = defaultdict(float)
        spoken: dict[int, Spoken] = {}
        missed = 0.0
        for weight, words in question.groups:
            found, strong = self._ranked(words)
            for number, score in found.items():
                scores[number] += weight * score
            for number, rarity in strong.items():
                evidence, known = spoken.get(number, (0.0, 0.0))
                spoken[number] = (evidence + weight * rarity, known + weight)
            missed += 0 if strong else weight
        for pair in question.pairs:
            for number, score in self._ranked([pair], places=_TEXTS)[0].items():
                scores[number] += _PAIR * score
        return scores, spoken, missed

    def _ranked(
        self, words: Iterable[str], *, places: tuple[tuple[str, float], ...] = _PLACES
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return by tool the score of the best of some words, and how rare a word is that it has in
        its name or keywords."""
        found: dict[int, float] = {}
        strong: dict[int, float] = {}
        for word in words:
            seen = [self._matches(word, within=within) for within, _ in places]
            named = set().union(*seen[:_STRONG])
            rarity = log(1 + len(self._entries) / (1 + len(named)))
            for (_, weight), numbers in zip(places, seen, strict=True):
                for number in numbers:
                    found[number] = max(found.get(number, 0.0), weight * rarity)
            for number in named:
                strong[number] = max(strong.get(number, 0.0), min(_MOST_RARE, rarity))
        return found, strong

    def _matches(self, word: str, *, within: str) -> set[int]:
        rows = self._store.execute(
            "SELECT rowid FROM tools WHERE tools MATCH ?", (f'{{{within}}} : "{word}"',)
        )
        return {number for (number,) in rows}

    def _fit(self, number: int, question: Question) -> float:
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


def _ours(question: Question, *, evidence: float, known: float, missed: float) -> bool:
    """Tell whether a question is about our field at all.

    evidence  what speaks for the best tool, and by how many words that are `known`
    missed    the words that are in no tool's name or keywords
    """
    if question.core:
        return evidence >= 1.0 + 3.0 * question.foreign + 0.05 * missed
    if question.foreign:
        return evidence >= 2.5 + 5.0 * question.foreign + 0.3 * missed
    # One word may be there by accident.
    return evidence >= 1.0 and (not missed or (known >= _TWO and known >= missed))


def deeds_of(kind: str) -> frozenset[str]:
    """Return what a tool of this kind does, as questions put it."""
    both = ("create", "update")
    known = {"configure": both, "action": both}
    return frozenset(known.get(kind, (kind,)))
