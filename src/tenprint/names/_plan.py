"""What a search looks up, and what each thing found is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint._native._kernels import near_dates
from tenprint.names._compare import FoldedPerson
from tenprint.names._fold import FoldedName, Kind, fold_word, sound_of
from tenprint.names._vocabulary import (
    LEAST_ALIKE,
    Likenesses,
    Numbers,
    Vocabulary,
    word_code,
)

#: A birth date is worth at most so much, in natural logarithms of rarity, as a word of a name.
_DATE_WORTH = 7.0

#: What a word of a name is worth at least and at most.
_LEAST, _MOST_WORTH = 0.5, 11.0

#: Words of the longest name that are looked up.
_WORDS = 8


@dataclass(slots=True)
class Lookup:
    """One thing to look up: alternatives, and what each is worth."""

    codes: NDArray[np.uint32]
    worth: NDArray[np.float32]


@dataclass(slots=True)
class Plan:
    """All that a search looks up."""

    words: list[Lookup]
    joined: Lookup
    dates: Lookup
    years: list[tuple[int, int, float]]
    identifiers: list[int]


def make_plan(
    who: FoldedPerson, identifiers: list[int], vocabulary: Vocabulary, people: int
) -> Plan:
    """Plan a search among so many people."""
    words: list[Lookup] = []
    joined: dict[int, float] = {}
    names = sorted(who.names, key=lambda name: -len(name.words))[:4]
    seen: set[str] = set()
    for name in names:
        for word in name.words[:_WORDS]:
            if word.text in seen:
                continue
            seen.add(word.text)
            if word.kind in (Kind.PARTICLE, Kind.TITLE) and len(name.words) > 1:
                continue
            found = vocabulary.alike(word)
            if len(found[0]):
                words.append(_weighed(*found, vocabulary, people))
            if len(word.text) >= 6:
                joined[word_code("+" + word.sound)] = 8.0
        words += _run_together(name, vocabulary, people)
    return Plan(
        words,
        _lookup(joined),
        _days(who.dates, people),
        _years(who.dates),
        identifiers,
    )


def _lookup(worth: dict[int, float]) -> Lookup:
    size = len(worth)
    return Lookup(
        np.fromiter(worth, np.uint32, size), np.fromiter(worth.values(), np.float32, size)
    )


def _weighed(numbers: Numbers, likeness: Likenesses, vocabulary: Vocabulary, people: int) -> Lookup:
    """The rarer a word, the more it is worth; a frequent spelling of it sets the limit."""
    frequency = vocabulary.packed.frequencies(numbers)
    own = frequency[0] if likeness[0] == 1.0 else 1
    rarity = np.log(1 + people / (1.0 + np.maximum(own, frequency)))
    shape = np.maximum(0.1, (likeness - LEAST_ALIKE / 2) / (1 - LEAST_ALIKE / 2))
    worth = np.minimum(np.maximum(rarity, _LEAST), _MOST_WORTH) * shape
    return Lookup(numbers, worth.astype(np.float32))


def _run_together(name: FoldedName, vocabulary: Vocabulary, people: int) -> list[Lookup]:
    """Words in a row that somebody else writes as one."""
    found = []
    words = name.words[:_WORDS]
    for start in range(len(words) - 1):
        text = words[start].text
        for end in range(start + 1, min(start + 4, len(words))):
            text += words[end].text
            numbers = vocabulary.sounding(sound_of(text))
            exact = vocabulary.find(text)
            if exact is not None:
                numbers = [exact, *(n for n in numbers if n != exact)]
            numbers = [n for n in numbers[:8] if fold_word(vocabulary.texts[n]).kind is Kind.NAME]
            if numbers:
                likeness = np.full(len(numbers), 0.95)
                found.append(_weighed(np.array(numbers, np.uint32), likeness, vocabulary, people))
    return found


def _days(dates: tuple[int, ...], people: int) -> Lookup:
    """Dates that may be meant: as given, swapped, off by one, one digit wrong."""
    if not dates:
        return _lookup({})
    worth = min(_DATE_WORTH, math.log(1 + people / 40) + 1)
    near = [near_dates(each) for each in dates[:4]]
    # Of a date that stands here twice the better counts.
    codes = np.concatenate([each for each, _ in near])
    likeness = np.concatenate([each for _, each in near])
    return Lookup(codes, (worth * likeness).astype(np.float32))


def _years(dates: tuple[int, ...]) -> list[tuple[int, int, float]]:
    """Spans of dates for birth dates of which only the year or month is known."""
    spans = []
    for packed in dates[:4]:
        month, day = packed // 100 % 100, packed % 100
        if not day:
            low = packed
            high = packed + (1231 if not month else 31)
            spans.append((low, high, 2.5 if month else 1.5))
    return spans
