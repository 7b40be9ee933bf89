"""The cheap look at everybody that shares anything with the query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.model import Sex
from tenprint.names._compare import FoldedPerson
from tenprint.names._memory import Memory
from tenprint.names._plan import Lookup, Plan
from tenprint.names._postings import Postings, Rows
from tenprint.names._segment import Segment
from tenprint.names._vocabulary import Vocabulary

#: What an identifier is worth: more than any name.
_IDENTIFIER = 1000.0


@dataclass(slots=True)
class Ranked:
    """Somebody who shares something with the query, and what that is worth.

    `identified` counts the query's identifiers that are the person's.
    """

    key: int
    worth: float
    identified: tuple[int, ...]
    place: Segment | Memory
    row: int

    def person(self, vocabulary: Vocabulary) -> FoldedPerson | None:
        """What is known of the person, unless it is gone from the dictionaries by now."""
        if isinstance(self.place, Memory):
            return self.place.people.get(self.key)
        return self.place.person(self.row, vocabulary)

    def brief(self, vocabulary: Vocabulary) -> tuple[list[tuple[str, ...]], list[int], Sex] | None:
        """The words of the person's names, dates and sex."""
        if isinstance(self.place, Segment):
            return self.place.brief(self.row, vocabulary)
        known = self.place.people.get(self.key)
        if known is None:
            return None
        return [name.texts for name in known.names], list(known.dates), known.sex


class Scratch:
    """Room for sums over a segment's people; zero between searches."""

    def __init__(self) -> None:
        self.total = np.zeros(0, np.float32)
        self.latest = np.zeros(0, np.float32)

    def reach(self, rows: int) -> None:
        """Make room for so many people."""
        if len(self.total) < rows:
            self.total = np.zeros(rows, np.float32)
            self.latest = np.zeros(rows, np.float32)


def rank_segment(segment: Segment, plan: Plan, wanted: int, scratch: Scratch) -> list[Ranked]:
    """The people of a segment that share most with the query, some by their names alone."""
    scratch.reach(len(segment))
    total, latest = scratch.total, scratch.latest
    touched: list[Rows] = []
    for lookup in plan.words:
        _add(segment.words, lookup, np.uint32, total, latest, touched)
    _add(segment.joined, plan.joined, np.uint32, total, latest, touched)
    named = np.concatenate(touched) if touched else np.empty(0, np.int32)
    by_name = total[named]
    _add(segment.dates, plan.dates, np.uint32, total, latest, touched)
    for low, high, worth in plan.years:
        rows = segment.dates.between(low, high)
        total[rows] = total[rows] + np.float32(worth)
        touched.append(rows)
    identified: dict[int, tuple[int, ...]] = {}
    for at, code in enumerate(plan.identifiers):
        rows = segment.identifiers.of(code)
        for row in rows.tolist():
            identified[row] = (*identified.get(row, ()), at)
        total[rows] = total[rows] + np.float32(_IDENTIFIER)
        touched.append(rows)
    everybody = np.concatenate(touched) if touched else named
    summed = total[everybody]
    rows = _best(everybody, summed, wanted)
    if plan.dates.codes:
        rows = np.union1d(rows, _best(named, by_name, wanted // 3))
    rows = rows[segment.alive[rows]]
    worth_of = total[rows]
    total[everybody] = 0
    return [
        Ranked(key, worth, identified.get(row, ()), segment, row)
        for key, worth, row in zip(
            segment.keys[rows].tolist(), worth_of.tolist(), rows.tolist(), strict=True
        )
    ]


def _add(
    postings: Postings,
    lookup: Lookup,
    kind: type[np.uint32],
    total: NDArray[np.float32],
    latest: NDArray[np.float32],
    touched: list[Rows],
) -> None:
    """Add to each person the most that one of the alternatives is worth."""
    if not lookup.codes:
        return
    lists = postings.many(np.array(lookup.codes, kind))
    sizes = [len(each) for each in lists]
    if not any(sizes):
        return
    rows = np.concatenate(lists)
    # Alternatives come least first, and the last of several values written to a place stays.
    latest[rows] = np.repeat(np.array(lookup.worth, np.float32), sizes)
    total[rows] = total[rows] + latest[rows]
    touched.append(rows)


def _best(rows: Rows, worth: NDArray[np.float32], wanted: int) -> Rows:
    """Those of most worth, each once, some more than wanted where several are alike."""
    # A person found by several words stands here several times.
    many = wanted * 6
    if len(rows) > many:
        some = np.argpartition(worth, len(rows) - many)[len(rows) - many :]
        rows, worth = rows[some], worth[some]
    rows, first = np.unique(rows, return_index=True)
    worth = worth[first]
    if len(rows) > wanted:
        rows = rows[np.argpartition(worth, len(rows) - wanted)[len(rows) - wanted :]]
    return rows


def rank_memory(memory: Memory, plan: Plan, wanted: int) -> list[Ranked]:
    """The same for the people in dictionaries."""
    total: defaultdict[int, float] = defaultdict(float)

    def add(lists: dict[int, list[int]], lookup: Lookup) -> None:
        best: dict[int, float] = {}
        for code, worth in zip(lookup.codes, lookup.worth, strict=True):
            for key in lists.get(code, ()):
                best[key] = worth
        for key, worth in best.items():
            total[key] += worth

    for lookup in plan.words:
        add(memory.words, lookup)
    add(memory.joined, plan.joined)
    add(memory.dates, plan.dates)
    for low, high, worth in plan.years:
        for code in [each for each in list(memory.dates) if low <= each <= high]:
            for key in memory.dates[code]:
                total[key] += worth
    identified: dict[int, tuple[int, ...]] = {}
    for at, code in enumerate(plan.identifiers):
        for key in set(memory.identifiers.get(code, ())):
            known = memory.codes.get(key)
            if known and code in known[1]:
                identified[key] = (*identified.get(key, ()), at)
                total[key] += _IDENTIFIER
    best = sorted(total.items(), key=lambda pair: -pair[1])[:wanted]
    return [Ranked(key, worth, identified.get(key, ()), memory, 0) for key, worth in best]
