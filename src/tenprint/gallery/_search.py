"""Searches: one pass over everybody's codes, then the second look at the best."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._candidate import Candidate
from tenprint.gallery._code import CodeParameters
from tenprint.gallery._matrix import ACTIVE, CodeMatrix
from tenprint.gallery._plan import Plan, make_plan, mirrored
from tenprint.gallery._second import SEQUENCE, Fetch, check_sequence, second_look
from tenprint.gallery._threshold import stated_fpir
from tenprint.model import Finger, Template

#: Where the best candidate's rate of false identifications is higher, swapped hands are looked
#: for too; they must be surer, as they are a second try.
DOUBT, SURE = 1e-3, 1e-4

#: Searches that share one pass over the codes.
BATCH = 8

Found = list[tuple[int, Candidate]]


@dataclass(frozen=True)
class Whom:
    """Who counts in a search.

    Attributes
    ----------
    galleries : int
        Bit mask; people in at least one of these galleries.
    statuses : int
        Bit mask of `tenprint.store.PersonStatus` values.
    """

    galleries: int = 0xFFFFFFFF
    statuses: int = ACTIVE


@dataclass(frozen=True, eq=False)
class Searcher:
    """What a search needs; immutable, safe to share between threads."""

    matrix: CodeMatrix
    code: CodeParameters
    fetch: Fetch
    source: str
    threads: int

    def plan(self, probe: Sequence[Template], people: int) -> Plan:
        """The queries of one search."""
        unknown = self.matrix.planes[0] is not None
        return make_plan(probe, self.code, people, has_unknown=unknown, threads=self.threads)

    def first_look(self, plans: Sequence[Plan], whom: Whom) -> list[NDArray[np.int64]]:
        """The numbers of the people worth a second look, for each search; one pass."""
        queries = [query for plan in plans for query in plan.queries]
        most = max((plan.candidates for plan in plans), default=1)
        hits = iter(self._scan(queries, most, whom))
        found = []
        for plan in plans:
            own = [next(hits)[: plan.candidates] for _ in plan.queries]
            found.append(_interleaved(own))
        return found

    def _scan(
        self, queries: Sequence[tuple[list[int], NDArray[np.uint8]]], k: int, whom: Whom
    ) -> list[NDArray[np.int64]]:
        found = self.matrix.scan(
            queries,
            k,
            galleries=whom.galleries,
            statuses=whom.statuses,
            threads=self.threads,
        )
        return [rows + 1 for rows, _ in found]

    def search(
        self,
        probes: Sequence[Sequence[Template]],
        people: int,
        whom: Whom,
        limit: int = 10,
        *,
        swapped: bool = True,
    ) -> list[Found]:
        """The candidates of each search, best first, by number.

        `swapped`: whether swapped hands are looked for where nobody is found for sure.
        """
        answers: list[Found] = []
        for start in range(0, len(probes), BATCH):
            some = probes[start : start + BATCH]
            plans = [self.plan(probe, people) for probe in some]
            looked = self.first_look(plans, whom)
            found = self._second_looks(some, looked, limit)
            if swapped:
                self._look_for_swapped(some, plans, found, people, whom)
            answers += found
        return answers

    def _second_looks(
        self, probes: Sequence[Sequence[Template]], ids: Sequence[NDArray[np.int64]], limit: int
    ) -> list[Found]:
        """One search uses all threads; of several each has one, and some read while others run."""
        if len(probes) == 1 or self.threads == 1:
            pairs = zip(probes, ids, strict=True)
            return [self._answer(probe, own, limit, self.threads) for probe, own in pairs]
        with ThreadPoolExecutor(2 * self.threads) as pool:
            return list(pool.map(lambda p, own: self._answer(p, own, limit, 1), probes, ids))

    def _answer(
        self, probe: Sequence[Template], ids: NDArray[np.int64], limit: int, threads: int
    ) -> Found:
        found, prints = second_look(probe, ids, self.fetch, self.source, threads, limit)
        found = _ranked(found)
        best = check_sequence(probe, found[:SEQUENCE], prints, self.source, threads)
        return _ranked(best) + found[SEQUENCE:]

    def _look_for_swapped(
        self,
        probes: Sequence[Sequence[Template]],
        plans: Sequence[Plan],
        found: list[Found],
        people: int,
        whom: Whom,
    ) -> None:
        """Where nobody was found for sure, try the hands the other way round; into `found`."""
        again = [
            n
            for n, plan in enumerate(plans)
            if plan.swapped and (not found[n] or _fpir(found[n][0][1], people) > DOUBT)
        ]
        if not again:
            return
        queries = [plan.swapped for n in again if (plan := plans[n]).swapped]
        hits = self._scan(queries, max(plans[n].candidates for n in again), whom)
        for n, ids in zip(again, hits, strict=True):
            turned = [_mirrored(template) for template in probes[n]]
            fresh, prints = second_look(turned, ids[: plans[n].candidates], self.fetch,
                                        self.source, self.threads)  # fmt: skip
            # Only who is clearly the one: the order given is the likelier.
            best = _ranked(fresh)[:SEQUENCE]
            sure = [(k, _turned_back(c)) for k, c in best if _fpir(c, people) <= SURE]
            if sure:
                known = {key for key, _ in sure}
                merged = check_sequence(probes[n], sure, prints, self.source, self.threads)
                merged += [each for each in found[n] if each[0] not in known]
                found[n] = _ranked(merged)


def _fpir(candidate: Candidate, people: int) -> float:
    return stated_fpir(candidate.score, people, fingers=max(1, len(candidate.fingers)))


def _ranked(found: Found) -> Found:
    """The best first, the lower number first among equals."""
    return sorted(found, key=lambda each: (-each[1].score, each[0]))


def named(found: Found, names: dict[int, str]) -> list[Candidate]:
    """The candidates under their names; those deleted meanwhile are left out."""
    return [replace(each, person=names[key]) for key, each in found if key in names]


def _interleaved(found: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The rows of several queries, the best of each first, each once."""
    if len(found) == 1:
        return found[0]
    rank = np.concatenate([np.arange(len(each)) for each in found])
    rows = np.concatenate(found)[np.argsort(rank, kind="stable")]
    _, first = np.unique(rows, return_index=True)
    return np.asarray(rows[np.sort(first)])


def _mirrored(template: Template) -> Template:
    return replace(template, finger=Finger(mirrored(template.finger)))


def _turned_back(candidate: Candidate) -> Candidate:
    """A candidate found with hands swapped, its probe's prints under the positions given."""
    back = {finger: Finger(mirrored(finger)) for finger in Finger if finger <= Finger.LEFT_LITTLE}
    matches = tuple(replace(each, finger=back[each.finger]) for each in candidate.matches)
    scores = {back[finger]: score for finger, score in candidate.fingers.items()}
    return replace(candidate, matches=matches, fingers=dict(sorted(scores.items())))
