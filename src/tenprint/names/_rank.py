"""The cheap look at everybody that shares anything with the query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint._native._kernels import NameSums
from tenprint.names._compare import FoldedPerson
from tenprint.names._memory import Memory
from tenprint.names._plan import Lookup, Plan
from tenprint.names._postings import Rows
from tenprint.names._segment import Segment
from tenprint.names._vocabulary import Vocabulary

_Group = tuple[int, NDArray[np.uint32], NDArray[np.uint32] | None, NDArray[np.float32]]

#: What an identifier is worth: more than any name.
_IDENTIFIER = 1000.0


@dataclass(slots=True)
class Shares:
    """People of a segment who share most with the query.

    Attributes
    ----------
    rows, worth : arrays
    identified : dict
        Rows to the places of the query's identifiers that are theirs.
    """

    rows: Rows
    worth: NDArray[np.float32]
    identified: dict[int, tuple[int, ...]]


@dataclass(slots=True)
class Ranked:
    """Somebody who shares something with the query, and what that is worth.

    `identified` counts the query's identifiers that are the person's.
    """

    key: int
    worth: float
    identified: tuple[int, ...]
    place: Segment | FoldedPerson
    row: int

    def person(self, vocabulary: Vocabulary) -> FoldedPerson:
        """What is known of the person."""
        if isinstance(self.place, Segment):
            return self.place.person(self.row, vocabulary)
        return self.place


def rank_segment(segment: Segment, plan: Plan, wanted: int, sums: NameSums) -> Shares:
    """The people of a segment that share most with the query, some by their names alone."""
    lists = [segment.words.packed, segment.joined.packed, segment.dates.packed]
    groups: list[_Group] = [(0, each.codes, None, each.worth) for each in plan.words]
    groups.append((1, plan.joined.codes, None, plan.joined.worth))
    names = len(groups)
    groups.append((2, plan.dates.codes, None, plan.dates.worth))
    for low, high, worth in plan.years:
        span = np.array([low], np.uint32), np.array([high], np.uint32)
        groups.append((2, *span, np.array([worth], np.float32)))
    identified: dict[int, tuple[int, ...]] = {}
    for at, code in enumerate(plan.identifiers):
        theirs = segment.identifiers.of(code)
        for row in theirs.tolist():
            identified[row] = (*identified.get(row, ()), at)
        if len(theirs):
            one = np.ones(1, np.uint32)
            groups.append((len(lists), one, None, np.array([_IDENTIFIER], np.float32)))
            lists.append((one, np.array([0, len(theirs)], np.uint32), theirs))
    named = wanted // 3 if len(plan.dates.codes) else 0
    rows, worths = sums.best(lists, groups, names, segment.alive.view(np.uint8), wanted, named)
    return Shares(rows, worths, identified)


def rank_memory(memory: Memory, plan: Plan, wanted: int) -> list[Ranked]:
    """The same for the people in dictionaries."""
    total: defaultdict[int, float] = defaultdict(float)

    def add(lists: dict[int, list[int]], lookup: Lookup) -> None:
        best: dict[int, float] = {}
        for code, worth in zip(lookup.codes.tolist(), lookup.worth.tolist(), strict=True):
            for key in lists.get(code, ()):
                best[key] = max(worth, best.get(key, 0.0))
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
    best = sorted(total.items(), key=lambda pair: -pair[1])
    found: list[Ranked] = []
    for key, worth in best:
        # Now, not later: whoever is gone by now stands in what is looked at after this.
        if (person := memory.people.get(key)) is not None:
            found.append(Ranked(key, worth, identified.get(key, ()), person, 0))
            if len(found) == wanted:
                break
    return found
