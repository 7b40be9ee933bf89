"""Searches: one pass over everybody's codes, then the second look at the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._brought import Brought, brought
from tenprint.gallery._candidate import Candidate
from tenprint.gallery._code import CodeParameters
from tenprint.gallery._matrix import CodeMatrix
from tenprint.gallery._passes import Passes, Whom
from tenprint.gallery._plan import Plan, make_plan, mirrored
from tenprint.gallery._second import SEQUENCE, Fetch, check_sequence, leading, second_look
from tenprint.gallery._threshold import stated_fpir
from tenprint.model import Finger, Template

#: Where the best candidate's rate of false identifications is higher, swapped hands are looked
#: for too; they must be surer, as they are a second try.
DOUBT, SURE = 1e-3, 1e-4

#: Searches that share one pass over the codes.
BATCH = 16

#: The best of the scan are looked at before the others it brings: this share of them, and at least
#: so many. Where the person is among them for sure, nobody else is looked at.
FEW_SHARE, FEW = 1 / 16, 64

Found = list[tuple[int, Candidate]]


@dataclass(frozen=True, eq=False)
class Searcher:
    """What a search needs; immutable, safe to share between threads."""

    matrix: CodeMatrix
    code: CodeParameters
    fetch: Fetch
    source: str
    threads: int
    passes: Passes

    def plan(self, probe: Sequence[Template], people: int) -> Plan:
        """The queries of one search."""
        unknown = self.matrix.planes[0] is not None
        return make_plan(probe, self.code, people, has_unknown=unknown, threads=self.threads)

    def first_look(self, plans: Sequence[Plan], whom: Whom) -> list[NDArray[np.int64]]:
        """The numbers of the people worth a second look, for each search; one pass."""
        return [each.ids for each in self._brought(plans, whom)]

    def _brought(self, plans: Sequence[Plan], whom: Whom) -> list[Brought]:
        hits = iter(self.passes.scored([one for plan in plans for one in plan.asked()], whom))
        return [brought(plan, [next(hits) for _ in plan.queries]) for plan in plans]

    def search(
        self,
        probes: Sequence[Sequence[Template]],
        people: int,
        whom: Whom,
        limit: int = 10,
        *,
        swapped: bool = True,
        passed: list[NDArray[np.int64]] | None = None,
    ) -> list[Found]:
        """The candidates of each search, best first, by number.

        Some searches share a pass over the codes; while the next ones scan, those before are
        looked at twice, each by one thread.

        Parameters
        ----------
        probes : sequence of sequence of Template
        people : int
            How many the gallery holds.
        whom : Whom
        limit : int
            How many candidates are exact; some more may follow.
        swapped : bool
            Whether swapped hands are looked for where nobody is found for sure.
        passed : list, optional
            Takes the numbers of the people whom the scan passed on, for each search.
        """
        if len(probes) == 1 or self.threads == 1:
            return self._search(probes, people, whom, limit, swapped, passed, map)
        with ThreadPoolExecutor(2 * self.threads) as pool:  # some read while others compare
            alone = replace(self, threads=1)
            return alone._search(probes, people, whom, limit, swapped, passed, pool.map)

    def _search(
        self,
        probes: Sequence[Sequence[Template]],
        people: int,
        whom: Whom,
        limit: int,
        swapped: bool,
        passed: list[NDArray[np.int64]] | None,
        each: Callable[..., Iterable[Found]],
    ) -> list[Found]:
        plans: list[Plan] = []
        second: list[Iterable[Found]] = []
        for start in range(0, len(probes), BATCH):
            some = probes[start : start + BATCH]
            planned = [self.plan(probe, people) for probe in some]
            looked = self._brought(planned, whom)
            plans += planned
            if passed is not None:
                passed += [one.ids for one in looked]
            second.append(each(lambda p, own: self._answer(p, own, limit, people), some, looked))
        found = [answer for answers in second for answer in answers]
        if swapped:
            self._look_for_swapped(probes, plans, found, people, whom, each)
        return found

    def _answer(self, probe: Sequence[Template], own: Brought, limit: int, people: int) -> Found:
        """The candidates, best first: most searches are for somebody whom the scan put in front."""
        count = len(own.ids)
        few = max(FEW, int(FEW_SHARE * count), 2 * limit)
        if few < count // 2 and (count < people or own.fingers is not None):
            found = self._compared(probe, replace(own, ids=own.ids[:few]), limit, sure=True)
            if found and _fpir(found[0][1], people) <= SURE:
                return found
        return self._compared(probe, own, limit)

    def _compared(
        self, probe: Sequence[Template], own: Brought, limit: int, *, sure: bool = False
    ) -> Found:
        ids = own.ids
        if own.fingers is not None:
            ids = leading(probe, own, self.fetch, self.source, self.threads, limit)
        found, prints = second_look(
            probe, ids, self.fetch, self.source, self.threads, limit, sure=sure
        )
        found = _ranked(found)
        best = check_sequence(probe, found[:SEQUENCE], prints, self.source, self.threads)
        return _ranked(best) + found[SEQUENCE:]

    def _look_for_swapped(
        self,
        probes: Sequence[Sequence[Template]],
        plans: Sequence[Plan],
        found: list[Found],
        people: int,
        whom: Whom,
        each: Callable[..., Iterable[Found]],
    ) -> None:
        """Where nobody was found for sure, try the hands the other way round; into `found`."""
        again = [
            n
            for n, plan in enumerate(plans)
            if plan.swapped and (not found[n] or _fpir(found[n][0][1], people) > DOUBT)
        ]
        second: list[tuple[list[int], Iterable[Found]]] = []
        for start in range(0, len(again), BATCH):
            some = again[start : start + BATCH]
            asked = [
                (query, plans[n].turned, plans[n].early)
                for n in some
                if (query := plans[n].swapped)
            ]
            looked = self.passes.scan(asked, whom)
            tried = each(lambda n, ids: self._swapped(probes[n], ids, people), some, looked)
            second.append((some, tried))
        for numbers, answers in second:
            for n, sure in zip(numbers, answers, strict=True):
                known = {key for key, _ in sure}
                rest = [other for other in found[n] if other[0] not in known]
                found[n] = _ranked(sure + rest) if sure else found[n]

    def _swapped(self, probe: Sequence[Template], ids: NDArray[np.int64], people: int) -> Found:
        """Who is clearly the one with hands swapped: the order given is the likelier."""
        turned = [_mirrored(template) for template in probe]
        fresh, prints = second_look(
            turned, ids, self.fetch, self.source, self.threads, SEQUENCE, sure=True
        )
        best = _ranked(fresh)[:SEQUENCE]
        sure = [(key, _turned_back(own)) for key, own in best if _fpir(own, people) <= SURE]
        return check_sequence(probe, sure, prints, self.source, self.threads) if sure else []


def _fpir(candidate: Candidate, people: int) -> float:
    return stated_fpir(candidate.score, people, fingers=max(1, len(candidate.fingers)))


def _ranked(found: Found) -> Found:
    """The best first, the lower number first among equals."""
    return sorted(found, key=lambda each: (-each[1].score, each[0]))


def named(found: Found, names: dict[int, str]) -> list[Candidate]:
    """The candidates under their names; those deleted meanwhile are left out."""
    return [replace(each, person=names[key]) for key, each in found if key in names]


def _mirrored(template: Template) -> Template:
    return replace(template, finger=Finger(mirrored(template.finger)))


def _turned_back(candidate: Candidate) -> Candidate:
    """A candidate found with hands swapped, its probe's prints under the positions given."""
    back = {finger: Finger(mirrored(finger)) for finger in Finger if finger <= Finger.LEFT_LITTLE}
    matches = tuple(replace(each, finger=back[each.finger]) for each in candidate.matches)
    scores = {back[finger]: score for finger, score in candidate.fingers.items()}
    return replace(candidate, matches=matches, fingers=dict(sorted(scores.items())))
