"""One search: every probe print against every enrolled print it could be, fused per person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.gallery._index import POSITIONS, Index
from tenprint.match import best_of, extrapolated, fuse
from tenprint.model import Finger, Template

#: People whose fingers are fused: the best this many by sum, by mean and by best finger.
SHORTLIST = 100


@dataclass(frozen=True, eq=False)
class _Scan:
    """The comparisons of one probe print with one plane: scores, and the person's slot of each."""

    probe: int
    finger: Finger
    plane: Finger
    scores: NDArray[np.float32]
    slots: NDArray[np.int64]


def search(
    index: Index, probe: Sequence[Template], limit: int, threshold: float | None
) -> list[Candidate]:
    """The best candidates for a probe, best first."""
    scans = [
        scan for number, template in enumerate(probe) for scan in _scan(index, number, template)
    ]
    people = _shortlist(scans, len(index.names), max(SHORTLIST, limit))
    found = _candidates(index, scans, people)
    if threshold is not None:
        found = [candidate for candidate in found if candidate.score >= threshold]
    found.sort(key=lambda candidate: (-candidate.score, candidate.person))
    return found[:limit]


def _scan(index: Index, number: int, template: Template) -> list[_Scan]:
    """Compare one print with its own position and the unknown ones, or with all."""
    own = template.finger
    planes = POSITIONS if own is Finger.UNKNOWN else (own, Finger.UNKNOWN)
    return [
        _Scan(number, own, plane, *index.planes[plane].search(template))
        for plane in planes
        if len(index.planes[plane])
    ]


def _shortlist(scans: Sequence[_Scan], people: int, size: int) -> NDArray[np.intp]:
    """The slots of the people worth fusing."""
    by_probe: dict[int, NDArray[np.float32]] = {}
    for scan in scans:
        best = by_probe.setdefault(scan.probe, np.full(people, -1, np.float32))
        np.maximum.at(best, scan.slots, scan.scores)
    if not by_probe:
        return np.empty(0, np.intp)
    scores = np.stack(list(by_probe.values()))
    compared = (scores >= 0).sum(axis=0)
    known = np.flatnonzero(compared)
    if len(known) <= 3 * size:
        return known
    total = np.where(scores > 0, scores, 0).sum(axis=0)
    chosen = [
        known[np.argpartition(-measure[known], size)[:size]]
        for measure in (total, total / np.maximum(compared, 1), scores.max(axis=0))
    ]
    return np.unique(np.concatenate(chosen))


def _candidates(index: Index, scans: Sequence[_Scan], people: NDArray[np.intp]) -> list[Candidate]:
    wanted = np.zeros(len(index.names), bool)
    wanted[people] = True
    matches: dict[int, list[FingerMatch]] = defaultdict(list)
    for scan in scans:
        plane = index.planes[scan.plane]
        for position in np.flatnonzero(wanted[scan.slots]):
            owner = plane.owner(int(position))
            score = float(scan.scores[position])
            match = FingerMatch(
                *(scan.probe, scan.finger, scan.plane, owner.encounter, owner.view, score)
            )
            matches[owner.slot].append(match)
    found = []
    for slot, tried in matches.items():
        name = index.names[slot]
        if name is not None:
            found.append(_fuse(name, tried))
    return found


def _fuse(person: str, tried: Sequence[FingerMatch]) -> Candidate:
    """One person's comparisons as a candidate: each finger used once, the best pairs first."""
    attempts: dict[int, int] = defaultdict(int)
    for match in tried:
        attempts[match.probe] += 1
    used: set[object] = set()
    kept: list[FingerMatch] = []
    for match in sorted(tried, key=lambda each: (-each.score, each.probe, each.enrolled)):
        # Enrolled prints of unknown position may be different fingers, so each counts alone.
        unknown = match.enrolled is Finger.UNKNOWN
        enrolled = (match.encounter, match.view) if unknown else match.enrolled
        own = match.probe if match.finger is Finger.UNKNOWN else match.finger
        if ("probe", own) in used or ("enrolled", enrolled) in used:
            continue
        used |= {("probe", own), ("enrolled", enrolled)}
        tries = sum(
            attempts[other] for other in {each.probe for each in tried if _same_finger(each, match)}
        )
        score = best_of([match.score] * tries)  # as good as the best of that many
        kept.append(
            FingerMatch(
                *(match.probe, match.finger, match.enrolled, match.encounter, match.view, score)
            )
        )
    best: dict[Finger, float] = {}
    for match in kept:
        position = match.enrolled if match.finger is Finger.UNKNOWN else match.finger
        best[position] = max(match.score, best.get(position, 0.0))
    fingers = {finger: best[finger] for finger in sorted(best)}
    score = float(fuse([match.score for match in kept]))
    return Candidate(person, score, fingers, bool(extrapolated(score)), tuple(kept))


def _same_finger(one: FingerMatch, other: FingerMatch) -> bool:
    """Whether two comparisons are of the same probe finger: several impressions of it count."""
    if other.finger is Finger.UNKNOWN:
        return one.probe == other.probe
    return one.finger is other.finger
