"""Whom the scan brings to the second look, and by which of their fingers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._passes import Scored
from tenprint.gallery._plan import MOST, Plan
from tenprint.model import TEN_FINGERS

#: Prints of known position by which people are compared at first, where others' are unknown.
FIRST_KNOWN = 2

#: A stored finger as a number: its person's number times this, and its position.
SLOTS = 16


@dataclass(frozen=True, eq=False)
class Brought:
    """The people whom the scan brings to one search.

    Attributes
    ----------
    ids : ndarray of int64
        Their numbers, the best first.
    fingers : dict or None
        By number of a print of the probe: whose fingers it brought, as numbers (see `SLOTS`). They
        alone are compared with it at first. None where people are compared as a whole.
    """

    ids: NDArray[np.int64]
    fingers: dict[int, NDArray[np.int64]] | None = None


def brought(plan: Plan, found: Sequence[Scored]) -> Brought:
    """What the queries of a plan bring together."""
    if plan.prints is None:
        return Brought(_interleaved([ids for ids, _ in found]))
    return _by_finger(plan, plan.prints, found)


def _interleaved(found: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The rows of several queries, the best of each first, each once."""
    if len(found) == 1:
        return found[0]
    rank = np.concatenate([np.arange(len(each)) for each in found])
    rows = np.concatenate(found)[np.argsort(rank, kind="stable")]
    _, first = np.unique(rows, return_index=True)
    return np.asarray(rows[np.sort(first)])


def _by_finger(plan: Plan, prints: list[list[int]], found: Sequence[Scored]) -> Brought:
    """The likest pairs of a print and a stored finger, of all planes together.

    A pair counts for what it scores and for what the person's likest fingers score with the probe's
    other prints: whoever is like two prints comes before those who are like one. Several prints
    find people more surely than one, so together they bring no more pairs than one does.
    """
    queries = np.repeat(np.arange(len(found)), [len(ids) for ids, _ in found])
    ids = np.concatenate([ids for ids, _ in found])
    people, person = np.unique(ids, return_inverse=True)
    merit, others = np.zeros(len(ids)), np.zeros(len(people))
    for asked in {tuple(numbers) for numbers in prints}:
        own = [n for n, numbers in enumerate(prints) if tuple(numbers) == asked]
        mine = np.isin(queries, own)
        # What an unlike finger scores says nothing: only what is above the least that is brought.
        least = max((int(found[n][1][-1]) for n in own if len(found[n][1])), default=0)
        score = np.concatenate([found[n][1] for n in own]).astype(float) - least
        best = np.zeros(len(people))
        np.maximum.at(best, person[mine], score)
        merit[mine] += score - best[person[mine]]
        others += best
    merit += others[person]
    order = np.lexsort((ids, -merit))[: min(len(TEN_FINGERS) * plan.candidates, MOST)]
    _, first = np.unique(ids[order], return_index=True)
    fingers: dict[int, list[NDArray[np.int64]]] = {}
    for n, ((positions, _), numbers) in enumerate(zip(plan.queries, prints, strict=True)):
        mine = ids[order[queries[order] == n]]
        for position, number in list(zip(positions, numbers, strict=True))[:FIRST_KNOWN]:
            fingers.setdefault(number, []).append(mine * SLOTS + position)
    return Brought(
        ids[order[np.sort(first)]], {number: np.concatenate(own) for number, own in fingers.items()}
    )
