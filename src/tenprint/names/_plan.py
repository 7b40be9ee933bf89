"""What a search looks up, and what each thing found is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from tenprint.names._compare import FoldedPerson
from tenprint.names._dates import date_likeness
from tenprint.names._fold import FoldedName, Kind, fold_word, sound_of
from tenprint.names._vocabulary import LEAST_ALIKE, Vocabulary, word_code

#: A birth date is worth at most so much, in natural logarithms of rarity, as a word of a name.
_DATE_WORTH = 7.0

#: What a word of a name is worth at least and at most.
_LEAST, _MOST_WORTH = 0.5, 11.0

#: Words of the longest name that are looked up.
_WORDS = 8


@dataclass(slots=True)
class Lookup:
    """One thing to look up: alternatives with what each is worth, least first."""

    codes: list[int]
    worth: list[float]


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
            lookup = _weighed(found, vocabulary, people)
            if lookup.codes:
                words.append(lookup)
            if len(word.text) >= 6:
                joined[word_code("+" + word.sound)] = 8.0
        words += _run_together(name, vocabulary, people)
    return Plan(
        words,
        Lookup(list(joined), list(joined.values())),
        _days(who.dates, people),
        _years(who.dates),
        identifiers,
    )


def _weighed(found: list[tuple[int, float]], vocabulary: Vocabulary, people: int) -> Lookup:
    """The rarer a word, the more it is worth; a frequent spelling of it sets the limit."""
    if not found:
        return Lookup([], [])
    frequency = vocabulary.frequency
    own = frequency[found[0][0]] if found[0][1] == 1.0 else 1
    weighed = []
    for number, likeness in found:
        rarity = math.log(1 + people / (1 + max(own, frequency[number])))
        shape = (likeness - LEAST_ALIKE / 2) / (1 - LEAST_ALIKE / 2)
        weighed.append((min(max(rarity, _LEAST), _MOST_WORTH) * max(0.1, shape), number))
    weighed.sort()
    return Lookup([number for _, number in weighed], [worth for worth, _ in weighed])


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
                found.append(_weighed([(n, 0.95) for n in numbers], vocabulary, people))
    return found


def _days(dates: tuple[int, ...], people: int) -> Lookup:
    """Dates that may be meant: as given, swapped, off by one, one digit wrong."""
    worth = min(_DATE_WORTH, math.log(1 + people / 40) + 1)
    found: dict[int, float] = {}
    for packed in dates[:4]:
        year, month, day = packed // 10000, packed // 100 % 100, packed % 100
        near = {packed, year * 10000, year * 10000 + month * 100}
        if month and day:
            near |= {year * 10000 + month * 100 + d for d in range(1, 32)}
            near |= {year * 10000 + m * 100 + day for m in range(1, 13)}
            near |= {y * 10000 + month * 100 + day for y in _near_years(year)}
            if day <= 12:
                near.add(year * 10000 + day * 100 + month)
            near.add(year * 10000 + 101)
            for step in (-1, 1):
                try:
                    other = date(year, month, day) + timedelta(days=step)
                except OverflowError:
                    continue
                near.add(other.year * 10000 + other.month * 100 + other.day)
        for each in near:
            if _exists(each):
                likeness = date_likeness(packed, each)[0]
                if likeness >= 0.5:
                    found[each] = max(found.get(each, 0.0), worth * likeness)
    order = sorted(found.items(), key=lambda pair: pair[1])
    return Lookup([code for code, _ in order], [w for _, w in order])


def _near_years(year: int) -> set[int]:
    digits = f"{year:04}"
    near = {year - 1, year + 1}
    for place in (2, 3):
        near |= {int(digits[:place] + d + digits[place + 1 :]) for d in "0123456789"}
    near.add(int(digits[:2] + digits[3] + digits[2]))
    return {each for each in near if 1 <= each <= 9999}


def _exists(packed: int) -> bool:
    year, month, day = packed // 10000, packed // 100 % 100, packed % 100
    if not (month and day):
        return True
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


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
